// The enclave page cache map, one 16-bit entry for each page of ELRANGE: what the hardware would know (valid,
// type, permissions, PENDING, MODIFIED, PR), what the host's page tables would allow, and what is installed
// in the real ones.
#pragma once

#include <atomic>

#include "base/result.h"
#include "sgx/architecture.h"

namespace occlum::host::model {

struct EpcmEntry {
    u16 bits = 0;

    static constexpr u16 kValid = 1, kPending = 1 << 10, kModified = 1 << 11, kRestricted = 1 << 12;
    static constexpr unsigned kEpcmShift = 1, kTableShift = 4, kInstalledShift = 7, kTypeShift = 13;

    bool valid() const { return (bits & kValid) != 0; }
    bool pending() const { return (bits & kPending) != 0; }
    bool modified() const { return (bits & kModified) != 0; }
    bool restricted() const { return (bits & kRestricted) != 0; }
    u64 permissions() const { return field(kEpcmShift); }
    u64 table() const { return field(kTableShift); }
    u64 installed() const { return field(kInstalledShift); }
    sgx::PageType type() const { return static_cast<sgx::PageType>(field(kTypeShift)); }
    /// What software in the enclave may do with the page.
    u64 effective() const {
        const bool usable = valid() && !pending() && !modified() && type() == sgx::PageType::Reg;
        return usable ? permissions() & table() : 0;
    }

    EpcmEntry with(u16 flags) const { return {static_cast<u16>(bits | flags)}; }
    EpcmEntry without(u16 flags) const { return {static_cast<u16>(bits & ~flags)}; }
    EpcmEntry permissions(u64 value) const { return set(kEpcmShift, value); }
    EpcmEntry table(u64 value) const { return set(kTableShift, value); }
    EpcmEntry installed(u64 value) const { return set(kInstalledShift, value); }
    EpcmEntry type(sgx::PageType value) const { return set(kTypeShift, static_cast<u8>(value)); }

private:
    u64 field(unsigned shift) const { return (bits >> shift) & 7; }
    EpcmEntry set(unsigned shift, u64 value) const {
        return {static_cast<u16>((bits & ~(7 << shift)) | static_cast<int>((value & 7) << shift))};
    }
};

class Epcm {
public:
    /// Reserves the map for [base, base + size). `most_pieces`: as room_for() says; 0: as the host's limit of
    /// mappings (proc(5), vm.max_map_count) allows.
    static Result<Epcm> create(u64 base, u64 size, u64 most_pieces = 0);
    Epcm(Epcm&& other) noexcept;
    Epcm& operator=(Epcm&&) = delete;
    ~Epcm();

    u64 base() const { return base_; }
    u64 size() const { return size_; }
    bool contains(u64 address) const { return address - base_ < size_; }

    EpcmEntry load(u64 address) const { return {cell(address).load(std::memory_order_acquire)}; }
    void store(u64 address, EpcmEntry entry) { cell(address).store(entry.bits, std::memory_order_release); }
    /// Replaces `from` by `to` unless somebody was faster.
    bool replace(u64 address, EpcmEntry from, EpcmEntry to) {
        return cell(address).compare_exchange_strong(from.bits, to.bits, std::memory_order_acq_rel);
    }

    /// Makes the host's page tables agree with the entries of [address, address + size). Memory comes with
    /// the first touch (backing whole runs at once was measured: no cheaper a page, and pages that stay
    /// untouched cost too). One thread at a time, each with the entries as they are then: whoever changes
    /// entries installs after it, so what is installed last is right. False when the host is out of memory or
    /// mappings.
    bool install(u64 address, u64 size);
    /// The same for the pages around `address` that are in the same state as its page.
    bool install_around(u64 address);
    /// Whether the host will take these pages with these permissions installed. Each piece of ELRANGE with
    /// permissions of its own is a mapping of the host's, which has a limit; what is refused here is refused
    /// before anything has changed.
    bool room_for(u64 address, u64 size, u64 wanted) const;

private:
    Epcm(u64 base, u64 size, std::atomic<u16>* cells, u64 most_pieces)
        : base_(base), size_(size), cells_(cells), most_pieces_(most_pieces) {}
    bool install_locked(u64 address, u64 size);
    i64 more_pieces(u64 address, u64 size, u64 wanted) const;
    std::atomic<u16>& cell(u64 address) const { return cells_[(address - base_) / kPageSize]; }

    u64 base_, size_;
    std::atomic<u16>* cells_;
    u64 most_pieces_;
    std::atomic<i64> pieces_{1};
    std::atomic<bool> installing_{false};
};

}  // namespace occlum::host::model

// What is known of each page of a domain: whether it is committed, the protection the hardware gives it, and
// what its contents mean. Sparse: a byte and a stamp for each page, in leaves of 2 MiB.
//
//   absent ── commit ──> stale ── bring in ──> live ── unmap, exit ──> stale ── decommit ──> absent
//
// A live page is part of a mapping and holds what the guest sees. A stale page is left over: guest code must
// not reach it, so once a space is settled its hardware protection is none.
#pragma once

#include <array>
#include <memory>

#include "base/types.h"
#include "enclave/pages.h"
#include "sfi/dialect.h"

namespace occlum::kernel {

/// A page's state byte. Zero: absent.
inline constexpr u8 kHardwareMask = 3;  ///< enclave::Protection: none, read, read|write
inline constexpr u8 kPageCommitted = 4;
inline constexpr u8 kPageLive = 8;
inline constexpr u8 kPageDirty = 16;  ///< not known to be zero
inline constexpr u8 kPageTranslated =
    32;  ///< the translator has read code from it: a write must invalidate first

constexpr enclave::Protection hardware_of(u8 state) {
    return static_cast<enclave::Protection>(state & kHardwareMask);
}

/// Page numbers: [first, end).
struct PageRange {
    u64 first = 0, end = 0;
    u64 count() const { return end - first; }
};

class PageTable {
public:
    static constexpr u64 kPages = sfi::kDomainSize / kPageSize;

    u8 state(u64 page) const;
    void set_state(u64 page, u8 state);

    /// Two read-only pages with the same stamp hold the same bytes; 0: unknown.
    u64 stamp(u64 page) const;
    void set_stamp(u64 page, u64 stamp);

    /// The end of the run of pages with the same state as `first`, at most `limit`.
    u64 run_end(u64 first, u64 limit) const;
    /// The first committed page in [first, limit), or limit.
    u64 next_committed(u64 first, u64 limit) const;

    /// Gives back the memory for parts of the domain where no page is committed.
    void shrink();

    u64 committed() const { return committed_; }
    u64 live() const { return live_; }
    u64 peak_live() const { return peak_live_; }
    void reset_peak() { peak_live_ = live_; }

private:
    static constexpr u64 kLeafPages = 512;
    struct Leaf {
        std::array<u64, kLeafPages / 64> committed{};  ///< a bit a page, to find them fast
        std::array<u8, kLeafPages> states{};
        std::array<u64, kLeafPages> stamps{};
    };
    static constexpr u64 kGroupLeaves = 64;
    using Group = std::array<std::unique_ptr<Leaf>, kGroupLeaves>;
    const Leaf* leaf(u64 page) const;
    u64 next_leaf(u64 index) const;

    /// In groups, each there once a leaf of it was: an idle process has few.
    std::array<std::unique_ptr<Group>, kPages / kLeafPages / kGroupLeaves> groups_;
    std::array<u64, kPages / kLeafPages / 64> present_{};  ///< a bit a leaf
    u64 committed_ = 0, live_ = 0, peak_live_ = 0;
};

}  // namespace occlum::kernel

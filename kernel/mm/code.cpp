// Executable mappings as the code cache sees them, and the code cache's memory.
//
// Code in writable memory: a page from which code was read is write-protected. A write to it faults, its
// translations are forgotten, and it is writable again until code is read from it once more. An instruction
// that writes to its own page would never get on, so after such a fault the next instruction in the page is
// translated alone, without protecting the page, and forgotten when the kernel is entered again: the page is
// being "stepped".
#include <algorithm>

#include "abi/enclave_map.h"
#include "enclave/host.h"
#include "kernel/mm/address_space.h"
#include "kernel/sched/vcpus.h"
#include "sfi/translator/decoder.h"

namespace occlum::kernel {

namespace {

class EnclaveCacheMemory final : public sfi::CacheMemory {
public:
    Result<void> commit(u64 address, u64 size) override {
        const u64 offset = address - enclave::elrange_base() - abi::kCodeOffset;
        const auto protection = offset < abi::kCodeSize ? enclave::kProtAll : enclave::kProtReadWrite;
        auto done = enclave::commit_pages(address, size, protection);
        if (!done && domain_pool().reclaim()) done = enclave::commit_pages(address, size, protection);
        return done;
    }
    void decommit(u64 address, u64 size) override {
        if (!enclave::decommit_pages(address, size)) enclave::panic("code cache: the host keeps pages");
    }
    void keep_guests_out() override { stop_all_guests(); }
};

std::unique_ptr<sfi::CodeCache>& the_cache() {
    static std::unique_ptr<sfi::CodeCache> cache;
    return cache;
}

}  // namespace

Result<void> init_code_cache(u64 size) {
    static EnclaveCacheMemory memory;
    const u64 base = enclave::elrange_base();
    const sfi::CacheLayout layout{.code = base + abi::kCodeOffset,
                                  .code_size = std::min(size, abi::kCodeSize),
                                  .tables = base + abi::kTablesOffset,
                                  .table_count = abi::kTableCount};
    the_cache() = TRY(sfi::CodeCache::create(layout, memory));
    return {};
}

sfi::CodeCache& code_cache() { return *the_cache(); }

size_t PrivateCode::read(u64 offset, std::span<u8> out) const {
    return space_ ? space_->read_code(offset, out) : 0;
}

std::vector<sfi::ExecMapping> AddressSpace::exec_mappings() const {
    std::vector<sfi::ExecMapping> mappings;
    for (const Vma& vma : vmas_) {
        if (!vma.executable()) continue;
        const bool from_file = vma.code_identity == 0 && vma.file;
        mappings.push_back(
            {.start = {vma.start},
             .size = vma.size(),
             .bytes = from_file ? Ref<sfi::CodeBytes>(*vma.file) : Ref<sfi::CodeBytes>(private_code_),
             .offset = from_file ? vma.offset : vma.start,
             .identity = from_file ? vma.file->identity() : vma.code_identity});
    }
    return mappings;
}

Result<sfi::CodeSpace*> AddressSpace::code_space() {
    if (stepped_) end_step();
    if (code_changed_) {
        if (code_space_) recover_tasks_of(*this);
        RefPtr<sfi::CodeSpace> space = TRY(code_cache().space(exec_mappings(), own_code_));
        code_space_ = std::move(space);
        code_changed_ = false;
    }
    return code_space_.get();
}

/// For the first private executable mapping and all that follow.
u64 AddressSpace::own_code() {
    if (own_code_ == 0) own_code_ = fresh_number();
    return own_code_;
}

/// These pages' bytes go away, and with them what was translated from them.
void AddressSpace::forget_code(PageRange range) {
    if (own_code_ == 0 || !code_space_) return;
    recover_tasks_of(*this);
    code_cache().invalidate(*code_space_, {range.first * kPageSize}, range.count() * kPageSize);
}

void AddressSpace::end_step() {
    recover_tasks_of(*this);
    if (code_space_) code_cache().invalidate(*code_space_, {stepped_page_ * kPageSize}, kPageSize);
    stepped_page_ = kNoPage;
    stepped_ = false;
}

/// The one instruction at the address, when it lies in the stepped page; otherwise 0.
size_t AddressSpace::read_stepped(u64 address, std::span<u8> out) {
    constexpr size_t kMaxLength = 15;
    const u64 page = address / kPageSize, last = (address + kMaxLength - 1) / kPageSize;
    if (stepped_page_ < page || stepped_page_ > last) return 0;
    std::array<u8, kMaxLength> bytes{};
    const size_t count = fetch({address}, bytes);
    sfi::translator::Insn insn;
    const auto decoded = sfi::translator::decode(std::span(bytes).first(count), address, insn);
    const size_t length = decoded == sfi::translator::Decoded::Ok ? insn.length : count;
    if (stepped_page_ != page && (address + length - 1) / kPageSize != stepped_page_) return 0;
    const size_t given = std::min(length, out.size());
    std::ranges::copy(std::span(bytes).first(given), out.begin());
    stepped_ = true;
    return given;
}

size_t AddressSpace::read_code(u64 address, std::span<u8> out) {
    if (stepped_page_ != kNoPage)
        if (const size_t count = read_stepped(address, out)) return count;
    PageTable& pages = domain_->pages();
    size_t done = 0;
    while (done < out.size()) {
        const u64 at = address + done;
        const Vma* vma = vmas_.find(at);
        if (!vma || !vma->executable() || fault({at}, Access::Read) != FaultOutcome::Resolved) break;
        const u64 page = at / kPageSize;
        if (page == stepped_page_ && !stepped_) stepped_page_ = kNoPage;  // read on from the page before
        // Stores must be noticed from before the bytes are read.
        pages.set_state(page, static_cast<u8>(pages.state(page) | kPageTranslated));
        if (!domain_->set_hardware({page, page + 1}, enclave::kProtRead)) break;
        const size_t count = std::min<size_t>(out.size() - done, (page + 1) * kPageSize - at);
        if (!copy_in(out.subspan(done, count), {at})) break;
        done += count;
    }
    return done;
}

size_t AddressSpace::fetch(GuestAddr from, std::span<u8> to) {
    size_t done = 0;
    while (done < to.size()) {
        const u64 at = from.value + done;
        const Vma* vma = vmas_.find(at);
        if (!vma || !vma->executable()) break;
        auto piece = to.subspan(done);
        piece = piece.first(std::min<size_t>(piece.size(), vma->end - at));
        size_t got = 0;
        if (vma->code_identity == 0 && vma->file)
            got = vma->file->read(vma->offset_of(at), piece);
        else if (copy_in(piece, {at}))
            got = piece.size();
        done += got;
        if (got < piece.size()) break;
    }
    return done;
}

}  // namespace occlum::kernel

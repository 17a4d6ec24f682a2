#include <algorithm>

#include "kernel/mm/address_space.h"
#include "kernel/mm/shared_memory.h"
#include "kernel/mm/unsafe/domain_memory.h"

namespace occlum::kernel {

namespace {

/// Files that are mapped shared and writable.
std::map<Inode*, SharedMemory*>& shared_files() {
    static std::map<Inode*, SharedMemory*> files;
    return files;
}

/// As in fault.cpp: a call to the host costs more than a page.
constexpr u64 kRunPages = 16;

bool is_free(SharedMemory& memory, u64 index) {
    const auto beyond = memory.beyond_end(index);
    const SharedMemory::Holder* holder = memory.find(index);
    return beyond && !*beyond && (!holder || !holder->space);
}

bool fill_page(u64 base, u64 page, const std::vector<u8>& bytes) {
    return bytes.empty() ? fill_domain(base, page * kPageSize, 0, kPageSize)
                         : copy_to_domain(base, page * kPageSize, bytes);
}

}  // namespace

Ref<SharedMemory> SharedMemory::anonymous() { return Ref<SharedMemory>::adopt(*new SharedMemory(nullptr)); }

Ref<SharedMemory> SharedMemory::of(Inode& inode) {
    if (auto known = shared_files().find(&inode); known != shared_files().end())
        return Ref<SharedMemory>(*known->second);
    auto memory = Ref<SharedMemory>::adopt(*new SharedMemory(&inode));
    shared_files().emplace(&inode, memory.get());
    return memory;
}

bool SharedMemory::maps(Inode& inode) { return shared_files().contains(&inode); }

SharedMemory::~SharedMemory() {
    if (!inode_) return;
    (void)sync(0, ~u64{0});
    shared_files().erase(inode_.get());
}

Result<bool> SharedMemory::beyond_end(u64 index) const {
    if (!inode_) return false;
    return index >= page_up(TRY(inode_->attributes()).size) / kPageSize;
}

SharedMemory::Holder* SharedMemory::find(u64 index) {
    const auto found = pages_.find(index);
    return found == pages_.end() ? nullptr : &found->second;
}

Result<SharedMemory::Holder*> SharedMemory::holder(u64 index) {
    if (Holder* known = find(index)) return known;
    Holder fresh;
    if (inode_) {
        fresh.stored.resize(kPageSize);
        for (size_t filled = 0; filled < kPageSize;) {
            const size_t got =
                TRY(inode_->read_at(index * kPageSize + filled, std::span(fresh.stored).subspan(filled)));
            if (got == 0) break;
            filled += got;
        }
    }
    return &pages_.emplace(index, std::move(fresh)).first->second;
}

void SharedMemory::take_back(Holder& holder) {
    if (inode_ || ref_count() > 1) holder.stored = holder.space->page_bytes(holder.page);
    holder.space = nullptr;
}

Result<void> SharedMemory::write_page(u64 index, const Holder& holder, u64 file_size) {
    const std::vector<u8> page = holder.space ? holder.space->page_bytes(holder.page) : holder.stored;
    const u64 offset = index * kPageSize;
    if (page.empty() || offset >= file_size) return {};
    const auto bytes = std::span(page).first(std::min(kPageSize, file_size - offset));
    for (size_t written = 0; written < bytes.size();) {
        const size_t count = TRY(inode_->write_at(offset + written, bytes.subspan(written)));
        if (count == 0) return err(Errno::Eio);
        written += count;
    }
    return {};
}

Result<void> SharedMemory::sync(u64 first, u64 end) {
    if (!inode_) return {};
    const u64 size = TRY(inode_->attributes()).size;
    for (auto page = pages_.lower_bound(first); page != pages_.end() && page->first < end; ++page)
        TRY(write_page(page->first, page->second, size));
    return {};
}

void SharedMemory::drop(u64 first, u64 end) {
    for (auto page = pages_.lower_bound(first); page != pages_.end() && page->first < end;) {
        const Holder& holder = page->second;
        if (holder.space && (holder.space->domain_->pages().state(holder.page) & kPageTranslated))
            holder.space->forget_code(holder.page);
        // Should the host refuse, the page keeps its old bytes.
        if (holder.space && !holder.space->domain_->discard({holder.page, holder.page + 1}))
            ++page;
        else
            page = pages_.erase(page);
    }
}

void settle_shared_file(Inode& inode, u64 offset, u64 size, Transfer transfer) {
    if (shared_files().empty() || size == 0) return;
    const auto known = shared_files().find(&inode);
    if (known == shared_files().end()) return;
    const u64 last = offset + size - 1;
    const u64 end = last < offset ? ~u64{0} : last / kPageSize + 1;
    // Stores behind the end of the file, in its last page, are lost when it grows.
    if (transfer == Transfer::Write)
        if (const auto now = inode.attributes()) offset = std::min(offset, now->size);
    const u64 first = offset / kPageSize;
    const Ref<SharedMemory> memory(*known->second);
    if (memory->sync(first, end) && transfer == Transfer::Write) memory->drop(first, end);
}

/// A live page's contents, whatever its protection.
std::vector<u8> AddressSpace::page_bytes(u64 page) {
    std::vector<u8> bytes(kPageSize);
    const bool hidden = hardware_of(domain_->pages().state(page)) == enclave::kProtNone;
    if (hidden && !domain_->set_hardware({page, page + 1}, enclave::kProtRead)) return bytes;
    if (!copy_from_domain(base(), page * kPageSize, bytes)) std::ranges::fill(bytes, u8{0});
    if (hidden) (void)domain_->set_hardware({page, page + 1}, enclave::kProtNone);
    return bytes;
}

/// Moves the shared page here, with those behind it that nobody holds. Its last holder loses it first, so
/// that no store is lost in between.
FaultOutcome AddressSpace::bring_in_shared(Vma& vma, u64 page) {
    const auto index_of = [&](u64 at) { return vma.offset_of(at * kPageSize) / kPageSize; };
    const auto beyond = vma.shared->beyond_end(index_of(page));
    if (!beyond || *beyond) return FaultOutcome::BeyondFile;
    const auto found = vma.shared->holder(index_of(page));
    if (!found) return FaultOutcome::BeyondFile;
    SharedMemory::Holder& holder = **found;
    PageTable& pages = domain_->pages();
    if (holder.space == this && holder.page == page) {
        if (pages.state(page) & kPageTranslated) end_translation(page);
        return domain_->set_hardware({page, page + 1}, wanted_hardware(vma, pages.state(page)))
                   ? FaultOutcome::Resolved
                   : FaultOutcome::OutOfMemory;
    }
    if (holder.space) {
        const PageRange there{holder.page, holder.page + 1};
        if (holder.space->domain_->pages().state(holder.page) & kPageTranslated)
            holder.space->forget_code(holder.page);
        if (!holder.space->domain_->set_hardware(there, enclave::kProtRead)) return FaultOutcome::OutOfMemory;
        holder.stored = holder.space->page_bytes(holder.page);
        if (holder.space->domain_->pages().state(holder.page) & kPageTranslated)
            holder.space->forget_code(there);
        if (!holder.space->domain_->discard(there)) return FaultOutcome::OutOfMemory;
        holder.space = nullptr;
    }
    PageRange run{page, page + 1};
    const u64 last = std::min(vma.end / kPageSize, page + kRunPages);
    while (run.end < last && is_free(*vma.shared, index_of(run.end))) ++run.end;
    if (!make_writable(run)) return FaultOutcome::OutOfMemory;
    for (u64 at = run.first; at < run.end; ++at) {
        const auto taken = vma.shared->holder(index_of(at));
        if (!taken || !fill_page(base(), at, (*taken)->stored)) {
            // What was not filled may hold another process's bytes.
            (void)domain_->discard({at, run.end});
            return at > page ? FaultOutcome::Resolved : FaultOutcome::BeyondFile;
        }
        **taken = {.space = this, .page = at, .stored = {}};
    }
    return domain_->set_hardware(run, wanted_hardware(vma, 0)) ? FaultOutcome::Resolved
                                                               : FaultOutcome::OutOfMemory;
}

/// The vma's range is being unmapped: pages that it holds go to the store.
void AddressSpace::release_shared(const Vma& vma) {
    PageTable& pages = domain_->pages();
    for (u64 page = vma.start / kPageSize; page < vma.end / kPageSize; ++page) {
        page = pages.next_committed(page, vma.end / kPageSize);
        if (page == vma.end / kPageSize || !(pages.state(page) & kPageLive)) continue;
        const u64 index = vma.offset_of(page * kPageSize) / kPageSize;
        if (SharedMemory::Holder* holder = vma.shared->find(index);
            holder && holder->space == this && holder->page == page)
            vma.shared->take_back(*holder);
    }
    (void)vma.shared->sync(vma.offset / kPageSize, vma.offset_of(vma.end) / kPageSize);
}

AddressSpace::SharedKey AddressSpace::shared_key(GuestAddr address) const {
    const Vma* vma = vmas_.find(address.value);
    if (vma && vma->shared) return {vma->shared.get(), vma->offset_of(address.value)};
    return {this, address.value};
}

}  // namespace occlum::kernel

#include <algorithm>

#include "kernel/fs/own_contents.h"
#include "kernel/mm/address_space.h"
#include "kernel/mm/shared_memory.h"
#include "kernel/mm/unsafe/domain_memory.h"
#include "kernel/sched/errands.h"

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
    if (inode_) shared_files().erase(inode_.get());
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

Result<void> SharedMemory::withdraw(Holder& holder) {
    AddressSpace& space = *holder.space;
    const u64 page = holder.page;
    const auto forget_code = [&] {
        if (space.domain_->pages().state(page) & kPageTranslated) space.forget_code(page);
    };
    forget_code();
    TRY(space.domain_->set_hardware({page, page + 1}, enclave::kProtRead));
    std::vector<u8> bytes = space.page_bytes(page);
    forget_code();
    TRY(space.domain_->discard({page, page + 1}));
    holder = {.space = nullptr, .page = 0, .stored = std::move(bytes)};
    return {};
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

// Pages are found by number each time: others may come and go while one is written.
Result<void> SharedMemory::sync(u64 first, u64 end) {
    if (!inode_) return {};
    const OwnTurn turn(inode_->contents_turn());  // so that no older bytes are written after newer ones
    const u64 size = TRY(inode_->attributes()).size;
    for (auto page = pages_.lower_bound(first); page != pages_.end() && page->first < end;) {
        const u64 index = page->first;
        TRY(write_page(index, page->second, size));
        page = pages_.upper_bound(index);
    }
    return {};
}

void SharedMemory::forget_free(u64 first, u64 end) {
    for (auto page = pages_.lower_bound(first); page != pages_.end() && page->first < end;)
        page = page->second.space ? std::next(page) : pages_.erase(page);
}

void SharedMemory::sync_later(u64 first, u64 end) {
    if (!inode_) return;
    leave_errand([self = Ref<SharedMemory>(*this), first, end] {
        const OwnContents turn(*self->inode_);
        if (self->sync(first, end)) self->forget_free(first, end);
    });
}

/// Whether there were any.
Result<bool> SharedMemory::withdraw_held(u64 first, u64 end) {
    bool any = false;
    for (auto page = pages_.lower_bound(first); page != pages_.end() && page->first < end; ++page) {
        if (!page->second.space) continue;
        TRY(withdraw(page->second));
        any = true;
    }
    return any;
}

// While they are written some may be mapped again, and stored to.
Result<void> SharedMemory::withdraw_all(u64 first, u64 end) {
    constexpr int kMostRounds = 8;
    for (int round = 0; TRY(withdraw_held(first, end)) || round == 0; ++round) {
        if (round < kMostRounds) {
            TRY(sync(first, end));
        } else {
            const NoLongCalls nobody_maps_them_again;
            TRY(sync(first, end));
        }
    }
    forget_free(first, end);
    return {};
}

Result<void> SharedMemory::follow(u64 start, u64 end) {
    const u64 first = start / kPageSize, last = (end + kPageSize - 1) / kPageSize;
    if (start == end || pages_.lower_bound(first) == pages_.lower_bound(last)) return {};
    if (LongCalls::allowed()) inode_->prefetch(start, end - start);
    std::vector<u8> bytes(kPageSize);
    for (auto page = pages_.lower_bound(first); page != pages_.end() && page->first < last; ++page) {
        const u64 from = std::max(start, page->first * kPageSize);
        const auto part = std::span(bytes).first(std::min(end, (page->first + 1) * kPageSize) - from);
        const size_t got = TRY(inode_->read_at(from, part));
        Holder& holder = page->second;
        const u64 at = from % kPageSize;
        if (holder.space)
            TRY(holder.space->put_bytes(holder.page, at, part.first(got)));
        else if (!holder.stored.empty())
            std::ranges::copy(part.first(got), std::span(holder.stored).subspan(at).begin());
    }
    return {};
}

namespace {

RefPtr<SharedMemory> shared_file(Inode& inode) {
    if (shared_files().empty()) return nullptr;
    const auto known = shared_files().find(&inode);
    return known == shared_files().end() ? nullptr : RefPtr<SharedMemory>(*known->second);
}

/// The pages that [offset, offset + size) touches.
PageRange pages_of(u64 offset, u64 size) {
    const u64 last = offset + size - 1;
    return {offset / kPageSize, last < offset ? ~u64{0} : last / kPageSize + 1};
}

}  // namespace

Result<void> settle_shared_file(Inode& inode, u64 offset, u64 size) {
    const RefPtr<SharedMemory> memory = shared_file(inode);
    if (!memory || size == 0) return {};
    const PageRange pages = pages_of(offset, size);
    const OwnContents turn(inode);
    return memory->sync(pages.first, pages.end);
}

void withdraw_shared_file(Inode& inode, u64 offset, u64 size) {
    const RefPtr<SharedMemory> memory = shared_file(inode);
    if (!memory || size == 0) return;
    // Stores behind the end of the file, in its last page, are lost when it grows.
    if (const auto now = inode.attributes()) offset = std::min(offset, now->size);
    const PageRange pages = pages_of(offset, size);
    const OwnContents turn(inode);
    (void)memory->withdraw_all(pages.first, pages.end);
}

void update_shared_file(Inode& inode, u64 offset, u64 size, u64 old_size) {
    const RefPtr<SharedMemory> memory = shared_file(inode);
    if (memory && size != 0) (void)memory->follow(std::min(offset, old_size), offset + size);
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

/// Into a live page, whatever its protection.
Result<void> AddressSpace::put_bytes(u64 page, u64 offset, std::span<const u8> bytes) {
    if (domain_->pages().state(page) & kPageTranslated) forget_code(page);
    const auto before = hardware_of(domain_->pages().state(page));
    TRY(domain_->set_hardware({page, page + 1}, enclave::kProtReadWrite));
    const bool copied = copy_to_domain(base(), page * kPageSize + offset, bytes);
    TRY(domain_->set_hardware({page, page + 1}, before));
    return copied ? Result<void>() : err(Errno::Efault);
}

/// Moves the shared page here, with those behind it that nobody holds.
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
    if (holder.space && !SharedMemory::withdraw(holder)) return FaultOutcome::OutOfMemory;
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
    vma.shared->sync_later(vma.offset / kPageSize, vma.offset_of(vma.end) / kPageSize);
}

AddressSpace::SharedKey AddressSpace::shared_key(GuestAddr address) const {
    const Vma* vma = vmas_.find(address.value);
    if (vma && vma->shared) return {vma->shared.get(), vma->offset_of(address.value)};
    return {this, address.value};
}

}  // namespace occlum::kernel

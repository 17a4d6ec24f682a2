// Hosted pages: one reservation as large as ELRANGE, committed by mprotect. A bitmap refuses what the EPC
// would refuse (adding twice, removing or protecting what is absent).
#include "enclave/pages.h"

#include <sys/mman.h>

#include <atomic>
#include <map>
#include <mutex>

#include "abi/enclave_map.h"
#include "enclave/host.h"
#include "enclave/hosted/hosted.h"

namespace occlum::enclave {

namespace {

struct Reservation {
    u64 base = 0;
    std::mutex lock;
    std::map<u64, u64> runs;  ///< committed runs: start → end
    Reservation() {
        for (u64 slot = 6; slot >= 1 && base == 0; --slot) {
            void* wanted = reinterpret_cast<void*>(slot * abi::kElrangeSize);
            void* got = mmap(wanted, abi::kElrangeSize, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
            if (got == wanted)
                base = slot * abi::kElrangeSize;
            else if (got != MAP_FAILED)
                munmap(got, abi::kElrangeSize);
        }
        // A sanitizer's own memory may leave no room. Then addresses mean something, but no page can be had.
        if (base == 0) base = abi::kElrangeSize;
    }

    bool none_present(u64 start, u64 end) const {
        auto next = runs.lower_bound(end);
        return next == runs.begin() || std::prev(next)->second <= start;
    }
    bool all_present(u64 start, u64 end) const {
        auto next = runs.upper_bound(start);
        return next != runs.begin() && std::prev(next)->second >= end;
    }
    void insert(u64 start, u64 end) {
        auto next = runs.upper_bound(start);
        if (next != runs.end() && next->first == end) {
            end = next->second;
            runs.erase(next);
        }
        auto before = runs.upper_bound(start);
        if (before != runs.begin() && std::prev(before)->second == start)
            std::prev(before)->second = end;
        else
            runs[start] = end;
    }
    void erase(u64 start, u64 end) {
        auto run = std::prev(runs.upper_bound(start));
        const u64 run_start = run->first, run_end = run->second;
        runs.erase(run);
        if (run_start < start) runs[run_start] = start;
        if (end < run_end) runs[end] = run_end;
    }
};

Reservation& reservation() {
    static Reservation instance;
    return instance;
}

// SAFETY: callers pass ranges checked to lie inside the reservation.
void* at(u64 address) { return reinterpret_cast<void*>(address); }

int native(Protection protection) {
    const int bits = protection & kProtAll;
    return (bits & kProtRead ? PROT_READ : 0) | (bits & kProtWrite ? PROT_READ | PROT_WRITE : 0) |
           (bits & kProtExecute ? PROT_EXEC : 0);
}

bool inside(u64 address, u64 size) {
    const u64 base = reservation().base;
    return page_aligned(address) && page_aligned(size) && size != 0 && address >= base &&
           size <= abi::kElrangeSize && address - base <= abi::kElrangeSize - size;
}

}  // namespace

u64 elrange_base() { return reservation().base; }

Result<void> commit_pages(u64 address, u64 size, Protection protection, PagesFor whom) {
    if (!inside(address, size)) panic("commit_pages: bad range");
    auto& all = reservation();
    const std::lock_guard guard(all.lock);
    if (!all.none_present(address, address + size)) panic("commit_pages: page already there");
    TRY(charge_pages(size, whom));
    if (mprotect(at(address), size, native(protection)) != 0) {
        release_pages(size);
        return err(Errno::Enomem);
    }
    all.insert(address, address + size);
    return {};
}

Result<void> protect_pages(u64 address, u64 size, Protection, Protection to) {
    if (!inside(address, size)) panic("protect_pages: bad range");
    auto& all = reservation();
    const std::lock_guard guard(all.lock);
    if (!all.all_present(address, address + size)) panic("protect_pages: page absent");
    if (mprotect(at(address), size, native(to)) != 0) return err(Errno::Enomem);
    return {};
}

Result<void> decommit_pages(u64 address, u64 size) {
    if (!inside(address, size)) panic("decommit_pages: bad range");
    auto& all = reservation();
    const std::lock_guard guard(all.lock);
    if (!all.all_present(address, address + size)) panic("decommit_pages: page absent");
    if (madvise(at(address), size, MADV_DONTNEED) != 0) return err(Errno::Enomem);
    if (mprotect(at(address), size, PROT_NONE) != 0) return err(Errno::Enomem);
    all.erase(address, address + size);
    release_pages(size);
    return {};
}

// Tests run on the process's own heap.
HeapUse heap_use() { return {}; }

void zero_pages(u64 address, u64 size) {
    if (!inside(address, size)) panic("zero_pages: bad range");
    __builtin_memset(at(address), 0, size);
}

}  // namespace occlum::enclave

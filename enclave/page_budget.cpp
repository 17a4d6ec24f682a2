#include "enclave/page_budget.h"

#include <algorithm>
#include <atomic>

#include "abi/enclave_map.h"

namespace occlum::enclave {

namespace {

constexpr u64 kLeastReserve = u64{64} << 20;

std::atomic<u64> limit{abi::kElrangeSize};
std::atomic<u64> committed{0};

u64 reserve(u64 of_limit) { return std::max(of_limit / 16, kLeastReserve); }

}  // namespace

void set_memory_limit(u64 bytes) { limit.store(std::min(bytes, abi::kElrangeSize)); }

PageUse page_use() { return {limit.load(), committed.load()}; }

Result<void> charge_pages(u64 bytes, PagesFor whom) {
    const u64 guests = limit.load();
    const u64 most = whom == PagesFor::Guest ? guests : guests + reserve(guests);
    u64 now = committed.load();
    do {
        if (bytes > most || now > most - bytes) return err(Errno::Enomem);
    } while (!committed.compare_exchange_weak(now, now + bytes));
    return {};
}

void release_pages(u64 bytes) { committed.fetch_sub(bytes); }

Result<void> room_for_objects() {
    if (committed.load() >= limit.load()) return err(Errno::Enomem);
    return {};
}

}  // namespace occlum::enclave

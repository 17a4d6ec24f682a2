#include "host/model/epcm.h"

#include <sched.h>
#include <sys/mman.h>

#include <utility>

namespace occlum::host::model {

namespace {

/// Neighbours that one first touch brings in, each way, in bytes.
constexpr u64 kAround = 256 * kPageSize;

void* at(u64 address) { return reinterpret_cast<void*>(address); }
u64 map_size(u64 size) { return size / kPageSize * sizeof(u16); }

}  // namespace

Result<Epcm> Epcm::create(u64 base, u64 size) {
    void* map = mmap(nullptr, map_size(size), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) return err(Errno::Enomem);
    return Epcm(base, size, static_cast<std::atomic<u16>*>(map));
}

Epcm::Epcm(Epcm&& other) noexcept
    : base_(other.base_), size_(other.size_), cells_(std::exchange(other.cells_, nullptr)) {}

Epcm::~Epcm() {
    if (cells_ != nullptr) munmap(cells_, map_size(size_));
}

// Also called from signal handlers and leaf functions, but never by a thread that is in here already: these
// come from enclave code, and the code below is the host's.
bool Epcm::install(u64 address, u64 size) {
    while (installing_.exchange(true, std::memory_order_acquire)) sched_yield();
    const bool done = install_locked(address, size);
    installing_.store(false, std::memory_order_release);
    return done;
}

bool Epcm::install_locked(u64 address, u64 size) {
    const u64 end = address + size;
    while (address < end) {
        const u64 wanted = load(address).effective();
        bool differs = false;
        u64 run = address;
        for (; run < end && load(run).effective() == wanted; run += kPageSize)
            differs = differs || load(run).installed() != wanted;
        if (differs) {
            if (mprotect(at(address), run - address, static_cast<int>(wanted)) != 0) return false;
            for (u64 page = address; page < run; page += kPageSize) {
                EpcmEntry old = load(page);
                while (!replace(page, old, old.installed(wanted))) old = load(page);
            }
        }
        address = run;
    }
    return true;
}

bool Epcm::install_around(u64 address) {
    const u64 page = page_down(address);
    const EpcmEntry state = load(page);
    u64 start = page, end = page + kPageSize;
    while (start > base_ && page - start < kAround && load(start - kPageSize).bits == state.bits)
        start -= kPageSize;
    while (end < base_ + size_ && end - page < kAround && load(end).bits == state.bits) end += kPageSize;
    return install(start, end - start);
}

}  // namespace occlum::host::model

#include "host/model/epcm.h"

#include <sched.h>
#include <sys/mman.h>

#include <cstdio>
#include <utility>

namespace occlum::host::model {

namespace {

/// Neighbours that one first touch brings in, each way, in bytes.
constexpr u64 kAround = 256 * kPageSize;

void* at(u64 address) { return reinterpret_cast<void*>(address); }
u64 map_size(u64 size) { return size / kPageSize * sizeof(u16); }

/// For all that is not ELRANGE, and for what has to work when there is no room for more.
constexpr u64 kOtherMappings = 4096;

u64 host_limit() {
    constexpr u64 kUsual = 65530;
    unsigned long long limit = kUsual;
    if (FILE* const file = std::fopen("/proc/sys/vm/max_map_count", "re")) {
        if (std::fscanf(file, "%llu", &limit) != 1) limit = kUsual;
        std::fclose(file);
    }
    return limit > 2 * kOtherMappings ? limit - kOtherMappings : limit / 2;
}

}  // namespace

Result<Epcm> Epcm::create(u64 base, u64 size, u64 most_pieces) {
    void* map = mmap(nullptr, map_size(size), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (map == MAP_FAILED) return err(Errno::Enomem);
    return Epcm(base, size, static_cast<std::atomic<u16>*>(map),
                most_pieces != 0 ? most_pieces : host_limit());
}

Epcm::Epcm(Epcm&& other) noexcept
    : base_(other.base_),
      size_(other.size_),
      cells_(std::exchange(other.cells_, nullptr)),
      most_pieces_(other.most_pieces_) {}

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

/// By how many the pieces would grow.
i64 Epcm::more_pieces(u64 address, u64 size, u64 wanted) const {
    const u64 end = address + size;
    const u64 before = address > base_ ? load(address - kPageSize).installed() : wanted;
    const u64 behind = end < base_ + size_ ? load(end).installed() : wanted;
    i64 now = 0;
    u64 last = address > base_ ? before : load(address).installed();
    for (u64 page = address; page < end; page += kPageSize) {
        const u64 here = load(page).installed();
        now += here != last;
        last = here;
    }
    now += end < base_ + size_ && last != behind;
    return (before != wanted) + (behind != wanted) - now;
}

bool Epcm::room_for(u64 address, u64 size, u64 wanted) const {
    const i64 more = more_pieces(address, size, wanted);
    return more <= 0 || pieces_.load(std::memory_order_relaxed) + more <= static_cast<i64>(most_pieces_);
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
            const i64 more = more_pieces(address, run - address, wanted);
            if (mprotect(at(address), run - address, static_cast<int>(wanted)) != 0) return false;
            pieces_.fetch_add(more, std::memory_order_relaxed);
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

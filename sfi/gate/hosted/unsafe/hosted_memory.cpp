// SAFETY: every address is inside the range that this object reserved, by the checks of in_range().
#include "sfi/gate/hosted/hosted_memory.h"

#include <sys/mman.h>

#include <cstdlib>

namespace occlum::sfi {
namespace {

constexpr int kReserve = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void* pointer(u64 address) { return reinterpret_cast<void*>(address); }

int protection(Access access) {
    switch (access) {
        case Access::None:
            return PROT_NONE;
        case Access::Read:
            return PROT_READ;
        case Access::ReadWrite:
            return PROT_READ | PROT_WRITE;
        case Access::ReadExecute:
            return PROT_READ | PROT_EXEC;
        case Access::All:
            return PROT_READ | PROT_WRITE | PROT_EXEC;
    }
    abort();
}

void check(bool holds) {
    if (!holds) abort();
}

}  // namespace

HostedRange::HostedRange(u64 size, u64 alignment) : size_(size) {
    const u64 reserved = size + alignment;
    void* found = mmap(nullptr, reserved, PROT_NONE, kReserve, -1, 0);
    check(found != MAP_FAILED);
    const u64 from = reinterpret_cast<u64>(found);
    start_ = (from + alignment - 1) & ~(alignment - 1);
    if (start_ != from) munmap(found, start_ - from);
    munmap(pointer(start_ + size), from + reserved - (start_ + size));
}

HostedRange::HostedRange(Exactly, u64 address, u64 size) : size_(size) {
    void* found = mmap(pointer(address), size, PROT_NONE, kReserve | MAP_FIXED_NOREPLACE, -1, 0);
    start_ = found == MAP_FAILED ? 0 : address;
}

HostedRange::~HostedRange() {
    if (start_ != 0) munmap(pointer(start_), size_);
}

void HostedRange::protect(u64 offset, u64 size, Access access) {
    check(offset <= size_ && size <= size_ - offset);
    check(mprotect(pointer(start_ + offset), size, protection(access)) == 0);
}

void HostedRange::drop(u64 offset, u64 size) {
    check(offset <= size_ && size <= size_ - offset);
    check(mmap(pointer(start_ + offset), size, PROT_NONE, kReserve | MAP_FIXED, -1, 0) != MAP_FAILED);
}

std::span<u8> HostedRange::bytes(u64 offset, u64 size) {
    check(offset <= size_ && size <= size_ - offset);
    return {static_cast<u8*>(pointer(start_ + offset)), size};
}

}  // namespace occlum::sfi

// operator new and delete over the heap region. Sizes are rounded up to classes, four for each doubling; each
// class keeps a list of its free blocks, and memory that is new comes from the region's end, which grows by
// whole steps of committed pages. Blocks are never split, joined or given back: classes waste at most a
// quarter, and a kernel's sizes repeat. In front of each block stands a header that names its class and
// recognises a second delete.
#include <algorithm>
#include <array>
#include <bit>
#include <new>

#include "abi/enclave_map.h"
#include "enclave/host.h"
#include "enclave/pages.h"
#include "enclave/spin_lock.h"

namespace occlum::enclave {

namespace {

constexpr u64 kStep = 1 << 20;
constexpr u64 kSmallest = 32;
constexpr u64 kLargest = u64{16} << 30;
constexpr size_t kClasses = 128;
constexpr u64 kHeader = 16;
constexpr u32 kUsed = 0x5ed51e5d, kFree = 0xf4eeb10c;

/// Just in front of the bytes that the caller gets.
struct Header {
    u32 size_class;
    u32 mark;
    u64 start;  ///< of the block: below the header when the caller wanted more alignment
};
static_assert(sizeof(Header) == kHeader);

struct FreeBlock {
    FreeBlock* next;
};

struct SizeClass {
    u32 index;
    u64 size;
};

/// Sizes 32·{1, 1¼, 1½, 1¾}·2^k, rounded to 16.
SizeClass class_of(u64 size) {
    size = std::max(size, kSmallest);
    const auto power = static_cast<u32>(std::bit_width(size - 1)) - 1;  // 2^power < size ≤ 2^(power+1)
    const u64 floor = u64{1} << power;
    const u64 quarter = std::max<u64>(floor / 4, 16);
    const u64 steps = (size - floor + quarter - 1) / quarter;
    return {(power - 4) * 4 + static_cast<u32>(steps), (floor + steps * quarter + 15) & ~u64{15}};
}

SpinLock lock;
std::array<FreeBlock*, kClasses> free_blocks __attribute__((guarded_by(lock))) = {};
u64 top __attribute__((guarded_by(lock))) = 0;        ///< first byte never given out
u64 committed __attribute__((guarded_by(lock))) = 0;  ///< end of what is committed

/// Address of a new block, 16-byte aligned, or 0.
u64 grow(u64 size) __attribute__((requires_capability(lock))) {
    const u64 start = elrange_base() + abi::kHeapOffset;
    if (top == 0) top = committed = start;
    if (size > start + abi::kHeapSize - top) return 0;
    if (top + size > committed) {
        const u64 wanted = (top + size - committed + kStep - 1) & ~(kStep - 1);
        if (!commit_pages(committed, wanted, kProtReadWrite)) return 0;
        committed += wanted;
    }
    const u64 block = top;
    top += size;
    return block;
}

/// SAFETY: blocks are disjoint, inside committed heap pages, and hold at least a header and a FreeBlock.
void* allocate(u64 size, u64 alignment) {
    if (size > kLargest || alignment > kStep) return nullptr;
    const u64 slack = alignment > 16 ? alignment : 0;
    const SizeClass wanted = class_of(size + kHeader + slack);
    u64 block = 0;
    {
        const SpinGuard guard(lock);
        if (FreeBlock* first = free_blocks[wanted.index]; first != nullptr) {
            free_blocks[wanted.index] = first->next;
            block = reinterpret_cast<u64>(first);
        } else {
            block = grow(wanted.size);
        }
    }
    if (block == 0) return nullptr;
    u64 bytes = block + kHeader;
    if (slack != 0) bytes = (bytes + alignment - 1) & ~(alignment - 1);
    *reinterpret_cast<Header*>(bytes - kHeader) = {wanted.index, kUsed, block};
    return reinterpret_cast<void*>(bytes);
}

void release(void* pointer) {
    if (pointer == nullptr) return;
    Header& header = *reinterpret_cast<Header*>(reinterpret_cast<u64>(pointer) - kHeader);
    if (header.mark == kFree) panic("heap: deleted twice");
    if (header.mark != kUsed || header.size_class >= kClasses) panic("heap: not a block, or overwritten");
    const u32 size_class = header.size_class;
    auto* block = reinterpret_cast<FreeBlock*>(header.start);
    header.mark = kFree;
    const SpinGuard guard(lock);
    block->next = free_blocks[size_class];
    free_blocks[size_class] = block;
}

void* allocate_or_die(u64 size, u64 alignment) {
    void* bytes = allocate(size, alignment);
    if (bytes == nullptr) panic("heap: out of memory");
    return bytes;
}

}  // namespace

}  // namespace occlum::enclave

using occlum::enclave::allocate;
using occlum::enclave::allocate_or_die;
using occlum::enclave::release;

const std::nothrow_t std::nothrow{};

void* operator new(size_t size) { return allocate_or_die(size, 16); }
void* operator new[](size_t size) { return allocate_or_die(size, 16); }
void* operator new(size_t size, std::align_val_t alignment) {
    return allocate_or_die(size, static_cast<size_t>(alignment));
}
void* operator new[](size_t size, std::align_val_t alignment) {
    return allocate_or_die(size, static_cast<size_t>(alignment));
}
void* operator new(size_t size, const std::nothrow_t&) noexcept { return allocate(size, 16); }
void* operator new[](size_t size, const std::nothrow_t&) noexcept { return allocate(size, 16); }
void operator delete(void* pointer) noexcept { release(pointer); }
void operator delete[](void* pointer) noexcept { release(pointer); }
void operator delete(void* pointer, size_t) noexcept { release(pointer); }
void operator delete[](void* pointer, size_t) noexcept { release(pointer); }
void operator delete(void* pointer, std::align_val_t) noexcept { release(pointer); }
void operator delete[](void* pointer, std::align_val_t) noexcept { release(pointer); }
void operator delete(void* pointer, size_t, std::align_val_t) noexcept { release(pointer); }
void operator delete[](void* pointer, size_t, std::align_val_t) noexcept { release(pointer); }

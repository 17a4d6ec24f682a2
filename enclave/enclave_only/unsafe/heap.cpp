// operator new and delete over the heap region. Sizes are rounded up to classes, four for each doubling; each
// class keeps a list of its free blocks, and memory that is new comes from the region's end, which grows by
// whole steps of committed pages. Blocks are never split or joined: classes waste at most a quarter, and a
// kernel's sizes repeat. Of free large blocks only kKeptLarge bytes keep their pages. In front of each block
// stands a header that names its class and recognises a second delete.
#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <utility>

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
/// From here on a block is worth two host calls.
constexpr u64 kLarge = 256 << 10;
constexpr u64 kKeptLarge = u64{32} << 20;
constexpr u32 kUsed = 0x5ed51e5d, kFree = 0xf4eeb10c;

/// Just in front of the bytes that the caller gets.
struct Header {
    u32 size_class;
    u32 mark;
    u64 start;  ///< of the block: below the header when the caller wanted more alignment
};
static_assert(sizeof(Header) == kHeader);

/// At the start of a free block; of a bare one, all whole pages behind it are given back to the host.
struct FreeBlock {
    FreeBlock* next;
    bool bare;
};

/// Where a large block's pages may be given back.
struct Inside {
    u64 start, size;
};

struct SizeClass {
    u32 index;
    u64 size;  ///< of a block, with its header
};

u64 quarter_of(u64 floor) { return std::max<u64>(floor / 4, 16); }

/// Index 4·(k-4) + q, q = 1…4, is for 2^k·(1 + q/4) bytes, rounded to 16; so powers of two fit exactly. The
/// header comes on top.
SizeClass class_at(u32 index) {
    const u64 floor = u64{1} << ((index - 1) / 4 + 4);
    const u64 bytes = floor + ((index - 1) % 4 + 1) * quarter_of(floor);
    return {index, ((bytes + 15) & ~u64{15}) + kHeader};
}

SizeClass class_of(u64 size) {
    size = std::max(size, kSmallest);
    const auto power = static_cast<u32>(std::bit_width(size - 1)) - 1;  // 2^power < size ≤ 2^(power+1)
    const u64 floor = u64{1} << power;
    const u64 steps = (size - floor + quarter_of(floor) - 1) / quarter_of(floor);
    return class_at((power - 4) * 4 + static_cast<u32>(steps));
}

SpinLock lock;
std::array<FreeBlock*, kClasses> free_blocks __attribute__((guarded_by(lock))) = {};
u64 top __attribute__((guarded_by(lock))) = 0;         ///< first byte never given out
u64 committed __attribute__((guarded_by(lock))) = 0;   ///< end of what is committed
u64 kept_large __attribute__((guarded_by(lock))) = 0;  ///< bytes of free large blocks with their pages
u64 in_use __attribute__((guarded_by(lock))) = 0;      ///< bytes of blocks given out
u64 bare_bytes __attribute__((guarded_by(lock))) = 0;  ///< bytes of free blocks without pages

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

Inside inside(u64 block, u64 size) {
    const u64 start = page_up(block + sizeof(FreeBlock));
    return {start, page_down(block + size) - start};
}

/// A free block of the class that has its pages, or 0.
u64 reuse(SizeClass wanted) {
    FreeBlock* block = nullptr;
    {
        const SpinGuard guard(lock);
        in_use += wanted.size;
        block = free_blocks[wanted.index];
        if (block == nullptr) {
            const u64 fresh = grow(wanted.size);
            if (fresh == 0) in_use -= wanted.size;
            return fresh;
        }
        free_blocks[wanted.index] = block->next;
        if (block->bare)
            bare_bytes -= wanted.size;
        else if (wanted.size >= kLarge)
            kept_large -= wanted.size;
    }
    const u64 address = reinterpret_cast<u64>(block);
    if (!block->bare) return address;
    const Inside pages = inside(address, wanted.size);
    if (commit_pages(pages.start, pages.size, kProtReadWrite)) return address;
    const SpinGuard guard(lock);
    in_use -= wanted.size;
    bare_bytes += wanted.size;
    block->next = std::exchange(free_blocks[wanted.index], block);
    return 0;
}

/// Whether the free block keeps its pages.
bool keep(u64 block, SizeClass of) {
    if (of.size < kLarge) return true;
    {
        const SpinGuard guard(lock);
        if (kept_large + of.size <= kKeptLarge) {
            kept_large += of.size;
            return true;
        }
    }
    const Inside pages = inside(block, of.size);
    if (!decommit_pages(pages.start, pages.size)) panic("heap: the host keeps pages");
    return false;
}

/// SAFETY: blocks are disjoint, inside committed heap pages, and hold at least a header and a FreeBlock.
void* allocate(u64 size, u64 alignment) {
    if (size > kLargest || alignment > kStep) return nullptr;
    const u64 slack = alignment > 16 ? alignment : 0;
    const SizeClass wanted = class_of(size + slack);
    const u64 block = reuse(wanted);
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
    if (header.mark != kUsed || header.size_class == 0 || header.size_class >= kClasses)
        panic("heap: not a block, or overwritten");
    const SizeClass size_class = class_at(header.size_class);
    const u64 start = header.start;
    header.mark = kFree;
    const bool bare = !keep(start, size_class);
    const SpinGuard guard(lock);
    in_use -= size_class.size;
    if (bare) bare_bytes += size_class.size;
    FreeBlock*& first = free_blocks[size_class.index];
    first = new (reinterpret_cast<void*>(start)) FreeBlock{first, bare};
}

void* allocate_or_die(u64 size, u64 alignment) {
    void* bytes = allocate(size, alignment);
    if (bytes == nullptr) panic("heap: out of memory");
    return bytes;
}

}  // namespace

HeapUse heap_use() {
    const SpinGuard guard(lock);
    return {in_use, top == 0 ? 0 : committed - elrange_base() - abi::kHeapOffset - bare_bytes};
}

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

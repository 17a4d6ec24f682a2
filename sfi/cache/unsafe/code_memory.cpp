// SAFETY, for all of this file: the addresses come from CodeCacheImpl, which derives them from its own layout
// (code + offset below the committed end, table + 8 * a 32-bit guest offset in a committed page). No C++
// object lives in these ranges, so nothing is aliased; readers are the processor's fetch and confined code's
// loads.
#include "sfi/cache/unsafe/code_memory.h"

#include <cstring>

#include "sfi/gate/gate.h"

namespace occlum::sfi {
namespace {

u8* at(u64 address) { return reinterpret_cast<u8*>(address); }

}  // namespace

void write_stubs(u64 code_start) { write_stub_page(at(code_start)); }

// SAFETY: the bytes go where no verified unit is yet, so nobody executes them before the copy is complete.
void copy_code(u64 address, std::span<const u8> code) { std::memcpy(at(address), code.data(), code.size()); }

// SAFETY: the field lies in 8 aligned bytes, so that the store is seen whole or not at all by fetch on other
// processors, or no guest runs (CodeCacheImpl::link); both the old and the new target are entries of verified
// units.
void patch_rel32(u64 address, u32 value) {
    asm volatile("movl %1, (%0)" : : "r"(address), "r"(value) : "memory");
}

// SAFETY: `address` is page aligned and `size` a multiple of the page size.
void fill_table(u64 address, u64 size, u64 entry) {
    u64* const entries = reinterpret_cast<u64*>(address);
    for (size_t n = 0; n < size / 8; ++n) __atomic_store_n(&entries[n], entry, __ATOMIC_RELAXED);
}

// SAFETY: aligned to 8 bytes; confined code loads it in one access.
void store_table_entry(u64 address, u64 entry) {
    __atomic_store_n(reinterpret_cast<u64*>(address), entry, __ATOMIC_RELEASE);
}

u64 load_table_entry(u64 address) {
    return __atomic_load_n(reinterpret_cast<const u64*>(address), __ATOMIC_ACQUIRE);
}

bool code_equals(u64 address, std::span<const u8> bytes) {
    return std::memcmp(at(address), bytes.data(), bytes.size()) == 0;
}

}  // namespace occlum::sfi

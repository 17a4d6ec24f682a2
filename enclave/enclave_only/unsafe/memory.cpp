// What the compiler calls: memcpy and its kin. Without vector registers, `rep movsb` is the fast way for all
// but short sizes.
#include <cstddef>

#include "base/types.h"

using occlum::u64;
using occlum::u8;

// SAFETY (all): the C library's contracts.
extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);
int bcmp(const void* a, const void* b, size_t size);
void* memchr(const void* in, int value, size_t size);
size_t strlen(const char* text);
}

namespace {

using Word __attribute__((aligned(1), may_alias)) = u64;

Word& word(void* at) { return *static_cast<Word*>(at); }
const Word& word(const void* at) { return *static_cast<const Word*>(at); }

/// Up to 32 bytes: everything is loaded before anything is stored, so overlap does not matter.
__attribute__((no_builtin)) void move_short(u8* to, const u8* from, size_t size) {
    if (size >= 16) {
        const u64 a = word(from), b = word(from + 8), c = word(from + size - 16), d = word(from + size - 8);
        word(to) = a;
        word(to + 8) = b;
        word(to + size - 16) = c;
        word(to + size - 8) = d;
        return;
    }
    if (size >= 8) {
        const u64 a = word(from), b = word(from + size - 8);
        word(to) = a;
        word(to + size - 8) = b;
        return;
    }
    u64 all = 0;
    for (size_t i = 0; i < size; ++i) all |= u64{from[i]} << (8 * i);
    for (size_t i = 0; i < size; ++i) to[i] = static_cast<u8>(all >> (8 * i));
}

}  // namespace

extern "C" {

__attribute__((no_builtin)) void* memcpy(void* __restrict to, const void* __restrict from, size_t size) {
    if (size <= 32) {
        move_short(static_cast<u8*>(to), static_cast<const u8*>(from), size);
        return to;
    }
    void* at = to;
    asm volatile("rep movsb" : "+D"(at), "+S"(from), "+c"(size) : : "memory");
    return to;
}

__attribute__((no_builtin)) void* memmove(void* to, const void* from, size_t size) {
    const u64 distance = reinterpret_cast<u64>(to) - reinterpret_cast<u64>(from);
    if (size <= 32 || distance >= size) {
        if (size <= 32)
            move_short(static_cast<u8*>(to), static_cast<const u8*>(from), size);
        else
            memcpy(to, from, size);
        return to;
    }
    // `to` lies inside the source: from the end, word by word.
    auto* target = static_cast<u8*>(to);
    const auto* source = static_cast<const u8*>(from);
    while (size >= 8) {
        size -= 8;
        word(target + size) = word(source + size);
    }
    while (size-- > 0) target[size] = source[size];
    return to;
}

__attribute__((no_builtin)) void* memset(void* to, int value, size_t size) {
    auto* target = static_cast<u8*>(to);
    if (size < 8) {
        for (size_t i = 0; i < size; ++i) target[i] = static_cast<u8>(value);
        return to;
    }
    if (size <= 64) {
        const u64 all = u64{static_cast<u8>(value)} * 0x0101010101010101;
        for (size_t i = 0; i + 8 <= size; i += 8) word(target + i) = all;
        word(target + size - 8) = all;
        return to;
    }
    void* at = to;
    asm volatile("rep stosb" : "+D"(at), "+c"(size) : "a"(value) : "memory");
    return to;
}

__attribute__((no_builtin)) int memcmp(const void* a, const void* b, size_t size) {
    const auto* x = static_cast<const u8*>(a);
    const auto* y = static_cast<const u8*>(b);
    size_t i = 0;
    while (i + 8 <= size && word(x + i) == word(y + i)) i += 8;
    for (; i < size; ++i)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}

int bcmp(const void* a, const void* b, size_t size) { return memcmp(a, b, size); }

__attribute__((no_builtin)) void* memchr(const void* in, int value, size_t size) {
    const auto* bytes = static_cast<const u8*>(in);
    for (size_t i = 0; i < size; ++i)
        if (bytes[i] == static_cast<u8>(value)) return const_cast<u8*>(bytes + i);
    return nullptr;
}

__attribute__((no_builtin)) size_t strlen(const char* text) {
    size_t size = 0;
    while (text[size] != 0) ++size;
    return size;
}
}

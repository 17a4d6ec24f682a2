// A small seeded generator: the same seed gives the same sequence on every machine.
#pragma once

#include "base/types.h"

namespace occlum::fuzz {

class Random {
public:
    explicit Random(u64 seed) : state_(seed) {}

    /// splitmix64
    u64 next() {
        u64 z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// 0 … bound-1
    u32 below(u32 bound) { return static_cast<u32>(((next() >> 32) * bound) >> 32); }
    /// low … high
    i64 between(i64 low, i64 high) { return low + static_cast<i64>(below(static_cast<u32>(high - low + 1))); }
    bool percent(u32 chance) { return below(100) < chance; }
    template <typename List>
    auto pick(const List& list) {
        return list[below(static_cast<u32>(list.size()))];
    }
    u8 byte() { return static_cast<u8>(next() >> 56); }

private:
    u64 state_;
};

}  // namespace occlum::fuzz

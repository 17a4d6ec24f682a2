// SipHash-1-3 (Aumasson, Bernstein: SipHash: a fast short-input PRF, 2012): a hash of bytes that others
// choose, which they cannot make collide without the key.
#pragma once

#include <array>
#include <bit>
#include <string_view>

#include "base/types.h"

namespace occlum {

using SipKey = std::array<u64, 2>;

class SipState {
public:
    explicit constexpr SipState(const SipKey& key)
        : v_{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
             key[1] ^ 0x7465646279746573} {}
    constexpr void add(u64 word) {
        v_[3] ^= word;
        round();
        v_[0] ^= word;
    }
    constexpr u64 finish() {
        v_[2] ^= 0xff;
        for (int i = 0; i < 3; ++i) round();
        return v_[0] ^ v_[1] ^ v_[2] ^ v_[3];
    }

private:
    constexpr void round() {
        v_[0] += v_[1];
        v_[1] = std::rotl(v_[1], 13) ^ v_[0];
        v_[0] = std::rotl(v_[0], 32);
        v_[2] += v_[3];
        v_[3] = std::rotl(v_[3], 16) ^ v_[2];
        v_[0] += v_[3];
        v_[3] = std::rotl(v_[3], 21) ^ v_[0];
        v_[2] += v_[1];
        v_[1] = std::rotl(v_[1], 17) ^ v_[2];
        v_[2] = std::rotl(v_[2], 32);
    }
    std::array<u64, 4> v_;
};

constexpr u64 sip_hash(const SipKey& key, std::string_view text) {
    constexpr size_t kWord = 8;
    SipState state(key);
    u64 word = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        word |= u64{static_cast<u8>(text[i])} << (8 * (i % kWord));
        if (i % kWord != kWord - 1) continue;
        state.add(word);
        word = 0;
    }
    state.add(word | u64{text.size()} << 56);
    return state.finish();
}

}  // namespace occlum

// The assembly of libcrypto, typed. Callers hold a VectorSection.
#pragma once

#include <array>
#include <span>

#include "base/types.h"

namespace occlum::crypto {

/// An expanded AES key as libcrypto lays it out.
struct alignas(16) AesSchedule {
    std::array<u32, 60> round_keys;
    u32 rounds;
};
/// What the GHASH kernels want in a row: the running hash, H, and powers of H.
struct alignas(16) GhashState {
    std::array<u8, 16> hash;
    std::array<u8, 16> key;
    std::array<u8, 256> table;
};
using Counter = std::array<u8, 16>;  ///< the last four bytes count, big-endian

void kernel_expand_key(std::span<const u8, 16> key, AesSchedule& schedule);
void kernel_encrypt_block(const AesSchedule& schedule, std::span<const u8, 16> in, std::span<u8, 16> out);
/// Whole blocks; `counter` is that of the first and stays. `in` and `out` may be the same.
void kernel_counter_mode(const AesSchedule& schedule, const Counter& counter, std::span<const u8> in,
                         std::span<u8> out);
void kernel_ghash_init(GhashState& state, std::span<const u8, 16> key);
/// Whole blocks.
void kernel_ghash(GhashState& state, std::span<const u8> blocks);
/// Encryption and hashing at once, for as many bytes as suit the kernel: the count, and the counter is moved
/// on.
size_t kernel_gcm_seal(const AesSchedule& schedule, Counter& counter, GhashState& state,
                       std::span<const u8> in, std::span<u8> out);
size_t kernel_gcm_open(const AesSchedule& schedule, Counter& counter, GhashState& state,
                       std::span<const u8> in, std::span<u8> out);
/// Whole blocks of 64 bytes.
void kernel_sha256(std::span<u32, 8> state, std::span<const u8> blocks);
/// Zeroes that the compiler does not leave out.
void wipe(std::span<u8> bytes);

}  // namespace occlum::crypto

// SAFETY, for the whole file: the kernels read and write exactly the lengths they are given, which are the
// spans' sizes, cut to whole blocks and to the shorter of in and out; their other operands are the structures
// above, in the layout that libcrypto's sources give (crypto/modes/asm/aesni-gcm-x86_64.pl, ghash-x86_64.pl,
// crypto/aes/asm/aesni-x86_64.pl). They need 16-byte aligned schedules and hash states, which the types have,
// and some 1 KiB of stack.
#include "crypto/unsafe/kernels.h"

#include <algorithm>

extern "C" {
/// What CPUID would say (leaf 1 EDX, ECX; leaf 7 EBX, ECX): SSE, SSE2; PCLMULQDQ, SSSE3, MOVBE, AES, XSAVE,
/// OSXSAVE, AVX; BMI1, AVX2, BMI2, SHA. An enclave cannot ask; its signature demands AVX, and every processor
/// with SGX2 has the rest.
extern const unsigned crypto_OPENSSL_ia32cap_P[4];
const unsigned crypto_OPENSSL_ia32cap_P[4] = {
    1u << 25 | 1u << 26, 1u << 1 | 1u << 9 | 1u << 22 | 1u << 25 | 1u << 26 | 1u << 27 | 1u << 28,
    1u << 3 | 1u << 5 | 1u << 8 | 1u << 29, 0};

int crypto_aesni_set_encrypt_key(const void* key, int bits, void* schedule);
void crypto_aesni_encrypt(const void* in, void* out, const void* schedule);
void crypto_aesni_ctr32_encrypt_blocks(const void* in, void* out, size_t blocks, const void* schedule,
                                       const void* counter);
void crypto_gcm_init_avx(void* table, const unsigned long long key[2]);
void crypto_gcm_ghash_avx(void* hash, const void* table, const void* in, size_t size);
size_t crypto_aesni_gcm_encrypt(const void* in, void* out, size_t size, const void* schedule, void* counter,
                                void* hash);
size_t crypto_aesni_gcm_decrypt(const void* in, void* out, size_t size, const void* schedule, void* counter,
                                void* hash);
void crypto_sha256_block_data_order(void* state, const void* in, size_t blocks);
}

namespace occlum::crypto {

void kernel_expand_key(std::span<const u8, 16> key, AesSchedule& schedule) {
    crypto_aesni_set_encrypt_key(key.data(), 128, &schedule);
}

void kernel_encrypt_block(const AesSchedule& schedule, std::span<const u8, 16> in, std::span<u8, 16> out) {
    crypto_aesni_encrypt(in.data(), out.data(), &schedule);
}

void kernel_counter_mode(const AesSchedule& schedule, const Counter& counter, std::span<const u8> in,
                         std::span<u8> out) {
    size_t blocks = std::min(in.size(), out.size()) / 16;
    if (blocks != 0)
        crypto_aesni_ctr32_encrypt_blocks(in.data(), out.data(), blocks, &schedule, counter.data());
}

void kernel_ghash_init(GhashState& state, std::span<const u8, 16> key) {
    unsigned long long words[2] = {};
    for (size_t i = 0; i < 16; ++i) words[i / 8] = words[i / 8] << 8 | key[i];
    std::ranges::copy(key, state.key.begin());
    crypto_gcm_init_avx(state.table.data(), words);
}

void kernel_ghash(GhashState& state, std::span<const u8> blocks) {
    size_t size = blocks.size() & ~size_t{15};
    if (size != 0) crypto_gcm_ghash_avx(state.hash.data(), state.table.data(), blocks.data(), size);
}

size_t kernel_gcm_seal(const AesSchedule& schedule, Counter& counter, GhashState& state,
                       std::span<const u8> in, std::span<u8> out) {
    return crypto_aesni_gcm_encrypt(in.data(), out.data(), std::min(in.size(), out.size()), &schedule,
                                    counter.data(), state.hash.data());
}

size_t kernel_gcm_open(const AesSchedule& schedule, Counter& counter, GhashState& state,
                       std::span<const u8> in, std::span<u8> out) {
    return crypto_aesni_gcm_decrypt(in.data(), out.data(), std::min(in.size(), out.size()), &schedule,
                                    counter.data(), state.hash.data());
}

void kernel_sha256(std::span<u32, 8> state, std::span<const u8> blocks) {
    if (blocks.size() >= 64) crypto_sha256_block_data_order(state.data(), blocks.data(), blocks.size() / 64);
}

void wipe(std::span<u8> bytes) {
    std::ranges::fill(bytes, u8{0});
    // An empty statement that might read the bytes.
    asm volatile("" : : "r"(bytes.data()) : "memory");
}

}  // namespace occlum::crypto

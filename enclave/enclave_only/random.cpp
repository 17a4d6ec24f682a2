// Random bytes: O8, never from the host. RDSEED and RDRAND are mixed into a ChaCha20 key, which gives the
// output and then its own successor, so that earlier output cannot be computed from what is in memory later.
#include <algorithm>
#include <array>
#include <bit>

#include "enclave/enclave_only/unsafe/cpu.h"
#include "enclave/host.h"
#include "enclave/spin_lock.h"

namespace occlum::enclave {

namespace {

using Words = std::array<u32, 16>;
using ChaChaKey = std::array<u32, 8>;
/// Calls between fresh entropy.
constexpr u64 kReseed = 256;

void quarter(Words& x, size_t a, size_t b, size_t c, size_t d) {
    x[a] += x[b];
    x[d] = std::rotl(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = std::rotl(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = std::rotl(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = std::rotl(x[b] ^ x[c], 7);
}

Words block(const ChaChaKey& key, u64 counter) {
    Words in{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    std::ranges::copy(key, std::span(in).subspan<4, 8>().begin());
    in[12] = static_cast<u32>(counter);
    in[13] = static_cast<u32>(counter >> 32);
    Words x = in;
    for (int round = 0; round < 10; ++round) {
        for (size_t i = 0; i < 4; ++i) quarter(x, i, 4 + i, 8 + i, 12 + i);
        for (size_t i = 0; i < 4; ++i) quarter(x, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
    }
    for (size_t i = 0; i < x.size(); ++i) x[i] += in[i];
    return x;
}

u64 hardware(bool (*source)(u64&)) {
    for (int attempt = 0; attempt < 100'000; ++attempt) {
        u64 value = 0;
        if (source(value)) return value;
        pause();
    }
    panic("random: the CPU gives no random numbers");
}

SpinLock lock;
ChaChaKey pool __attribute__((guarded_by(lock))) = {};
u64 calls __attribute__((guarded_by(lock))) = 0;

/// A key of its own for each call.
ChaChaKey take_key() {
    const SpinGuard guard(lock);
    if (calls++ % kReseed == 0) {
        for (size_t i = 0; i < pool.size(); i += 2) {
            const u64 fresh = hardware(try_rdseed) ^ hardware(try_rdrand);
            pool[i] ^= static_cast<u32>(fresh);
            pool[i + 1] ^= static_cast<u32>(fresh >> 32);
        }
    }
    pool[0] ^= static_cast<u32>(hardware(try_rdrand));
    const Words next = block(pool, 0);
    ChaChaKey given{};
    std::ranges::copy(std::span(next).first<8>(), pool.begin());
    std::ranges::copy(std::span(next).last<8>(), given.begin());
    return given;
}

}  // namespace

void random_bytes(std::span<u8> out) {
    const ChaChaKey key = take_key();
    for (u64 counter = 0; !out.empty(); ++counter) {
        const Words words = block(key, counter);
        const size_t size = std::min<size_t>(out.size(), sizeof words);
        for (size_t i = 0; i < size; ++i) out[i] = static_cast<u8>(words[i / 4] >> (8 * (i % 4)));
        out = out.subspan(size);
    }
}

}  // namespace occlum::enclave

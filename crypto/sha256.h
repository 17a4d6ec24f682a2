// SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869) with it.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/types.h"

namespace occlum::crypto {

using Digest = std::array<u8, 32>;

class Sha256 {
public:
    void add(std::span<const u8> bytes);
    Digest finish();

private:
    std::array<u32, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<u8, 64> block_{};
    size_t filled_ = 0;
    u64 size_ = 0;
};

Digest sha256(std::span<const u8> bytes);
Digest hmac_sha256(std::span<const u8> key, std::span<const u8> message);
/// `out` of at most 8,160 bytes.
void hkdf_sha256(std::span<const u8> secret, std::span<const u8> salt, std::string_view purpose,
                 std::span<u8> out);

}  // namespace occlum::crypto

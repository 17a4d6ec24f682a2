// AES-128-GCM (NIST SP 800-38D) with 96-bit nonces. A key and nonce must never seal twice; the callers argue
// for that.
#pragma once

#include <array>
#include <span>

#include "base/types.h"

namespace occlum::crypto {

using Key = std::array<u8, 16>;
using Nonce = std::array<u8, 12>;
using Tag = std::array<u8, 16>;

/// Encrypts `plain` to `cipher` (as long; may be the same memory) and gives the tag over both `associated`
/// and the text.
Tag seal(const Key& key, const Nonce& nonce, std::span<const u8> associated, std::span<const u8> plain,
         std::span<u8> cipher);
/// The opposite. False, and zeroes in `plain`, when the tag does not fit.
[[nodiscard]] bool open(const Key& key, const Nonce& nonce, std::span<const u8> associated,
                        std::span<const u8> cipher, const Tag& tag, std::span<u8> plain);

/// In a time that does not depend on the contents.
[[nodiscard]] bool equal_secrets(std::span<const u8> a, std::span<const u8> b);

}  // namespace occlum::crypto

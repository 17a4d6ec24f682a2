#include "crypto/sha256.h"

#include <algorithm>
#include <vector>

#include "crypto/unsafe/kernels.h"
#include "crypto/vector_section.h"

namespace occlum::crypto {

void Sha256::add(std::span<const u8> bytes) {
    VectorSection section;
    size_ += bytes.size();
    while (!bytes.empty()) {
        if (filled_ == 0 && bytes.size() >= block_.size()) {
            size_t whole = bytes.size() & ~(block_.size() - 1);
            kernel_sha256(state_, bytes.first(whole));
            bytes = bytes.subspan(whole);
            continue;
        }
        size_t count = std::min(bytes.size(), block_.size() - filled_);
        std::ranges::copy(bytes.first(count), std::span(block_).subspan(filled_).begin());
        filled_ += count;
        bytes = bytes.subspan(count);
        if (filled_ < block_.size()) break;
        kernel_sha256(state_, block_);
        filled_ = 0;
    }
}

Digest Sha256::finish() {
    u64 bits = size_ * 8;
    constexpr size_t kLengthAt = 56;
    std::array<u8, 72> padding{0x80};
    size_t zeroes = (filled_ < kLengthAt ? kLengthAt : kLengthAt + 64) - filled_;
    for (size_t i = 0; i < 8; ++i) padding[zeroes + 7 - i] = static_cast<u8>(bits >> 8 * i);
    add(std::span(padding).first(zeroes + 8));
    Digest digest{};
    for (size_t i = 0; i < digest.size(); ++i)
        digest[i] = static_cast<u8>(state_[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
}

Digest sha256(std::span<const u8> bytes) {
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

Digest hmac_sha256(std::span<const u8> key, std::span<const u8> message) {
    std::array<u8, 64> inner{}, outer{};
    Digest shortened{};
    if (key.size() > inner.size()) {
        shortened = sha256(key);
        key = shortened;
    }
    std::ranges::copy(key, inner.begin());
    outer = inner;
    for (u8& byte : inner) byte ^= 0x36;
    for (u8& byte : outer) byte ^= 0x5c;
    Sha256 first, second;
    first.add(inner);
    first.add(message);
    second.add(outer);
    second.add(first.finish());
    wipe(inner);
    wipe(outer);
    return second.finish();
}

void hkdf_sha256(std::span<const u8> secret, std::span<const u8> salt, std::string_view purpose,
                 std::span<u8> out) {
    Digest extracted = hmac_sha256(salt, secret);
    std::vector<u8> message;
    Digest last{};
    for (u8 round = 1; !out.empty(); ++round) {
        for (char letter : purpose) message.push_back(static_cast<u8>(letter));
        message.push_back(round);
        last = hmac_sha256(extracted, message);
        size_t count = std::min(out.size(), last.size());
        std::ranges::copy(std::span(last).first(count), out.begin());
        out = out.subspan(count);
        message.assign(last.begin(), last.end());
    }
    wipe(extracted);
}

}  // namespace occlum::crypto

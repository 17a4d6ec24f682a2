#include "crypto/sha256.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <random>
#include <string>
#include <vector>

namespace occlum::crypto {
namespace {

std::string hex(std::span<const u8> bytes) {
    std::string text;
    for (u8 b : bytes) {
        text += "0123456789abcdef"[b >> 4];
        text += "0123456789abcdef"[b & 15];
    }
    return text;
}

TEST(Sha256, KnownAnswers) {
    EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const std::vector<u8> abc = {'a', 'b', 'c'};
    EXPECT_EQ(hex(sha256(abc)), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, AgreesWithTheLibraryInPieces) {
    std::mt19937 random(2);
    for (size_t size = 0; size < 400; ++size) {
        std::vector<u8> text(size * 3);
        for (u8& b : text) b = static_cast<u8>(random());
        Digest theirs{};
        EVP_Digest(text.data(), text.size(), theirs.data(), nullptr, EVP_sha256(), nullptr);
        Sha256 ours;
        std::span<const u8> rest(text);
        while (!rest.empty()) {
            size_t piece = std::min<size_t>(rest.size(), random() % 150 + 1);
            ours.add(rest.first(piece));
            rest = rest.subspan(piece);
        }
        EXPECT_EQ(ours.finish(), theirs);
        std::vector<u8> key(random() % 100 + 1, 9);
        Digest mac{};
        unsigned length = 0;
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), text.data(), text.size(), mac.data(),
             &length);
        EXPECT_EQ(hmac_sha256(key, text), mac);
    }
}

TEST(Hkdf, Rfc5869) {
    std::vector<u8> secret(22, 0x0b), salt, out(42);
    for (u8 i = 0; i < 13; ++i) salt.push_back(i);
    std::string purpose;
    for (int i = 0xf0; i < 0xfa; ++i) purpose += static_cast<char>(i);
    hkdf_sha256(secret, salt, purpose, out);
    EXPECT_EQ(hex(out),
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

}  // namespace
}  // namespace occlum::crypto

#include "crypto/aead.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "crypto/key_stream.h"

namespace occlum::crypto {
namespace {

std::vector<u8> bytes(const std::string& hex) {
    std::vector<u8> out;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        out.push_back(static_cast<u8>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return out;
}
template <typename T>
T fixed(const std::string& hex) {
    T out{};
    std::ranges::copy(bytes(hex), out.begin());
    return out;
}

struct Vector {
    const char *key, *nonce, *associated, *plain, *cipher, *tag;
};
// The GCM specification's test cases 1 to 4 (McGrew and Viega, appendix B).
const Vector kVectors[] = {
    {"00000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"00000000000000000000000000000000", "000000000000000000000000", "", "00000000000000000000000000000000",
     "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5aa0de657ba637b391aafd255",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b3"
     "96a0aac973d58e091473f5985",
     "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5aa0de657ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b3"
     "96a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
};

TEST(Aead, KnownAnswers) {
    for (const Vector& v : kVectors) {
        auto plain = bytes(v.plain), associated = bytes(v.associated);
        std::vector<u8> cipher(plain.size()), back(plain.size());
        Tag tag = seal(fixed<Key>(v.key), fixed<Nonce>(v.nonce), associated, plain, cipher);
        EXPECT_EQ(cipher, bytes(v.cipher));
        EXPECT_EQ(tag, fixed<Tag>(v.tag));
        EXPECT_TRUE(open(fixed<Key>(v.key), fixed<Nonce>(v.nonce), associated, cipher, tag, back));
        EXPECT_EQ(back, plain);
    }
}

Tag library_seal(const Key& key, const Nonce& nonce, std::span<const u8> associated,
                 std::span<const u8> plain, std::span<u8> cipher) {
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    int length = 0;
    Tag tag{};
    EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, key.data(), nonce.data());
    EVP_EncryptUpdate(context, nullptr, &length, associated.data(), static_cast<int>(associated.size()));
    EVP_EncryptUpdate(context, cipher.data(), &length, plain.data(), static_cast<int>(plain.size()));
    EVP_EncryptFinal_ex(context, nullptr, &length);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag.data());
    EVP_CIPHER_CTX_free(context);
    return tag;
}

TEST(Aead, AgreesWithTheLibraryAtAllLengths) {
    std::mt19937_64 random(1);
    for (size_t size = 0; size < 1500; ++size) {
        size_t length = size < 1400 ? size : 4096 + size % 700;
        Key key{};
        Nonce nonce{};
        std::vector<u8> plain(length), associated(random() % 40), ours(length), theirs(length), back(length);
        for (u8& b : key) b = static_cast<u8>(random());
        for (u8& b : nonce) b = static_cast<u8>(random());
        for (u8& b : plain) b = static_cast<u8>(random());
        for (u8& b : associated) b = static_cast<u8>(random());
        Tag tag = seal(key, nonce, associated, plain, ours);
        ASSERT_EQ(tag, library_seal(key, nonce, associated, plain, theirs)) << length;
        ASSERT_EQ(ours, theirs) << length;
        ASSERT_TRUE(open(key, nonce, associated, ours, tag, back));
        ASSERT_EQ(back, plain);
        // In place, both ways.
        ASSERT_EQ(seal(key, nonce, associated, back, back), tag);
        ASSERT_EQ(back, ours);
        ASSERT_TRUE(open(key, nonce, associated, back, tag, back));
        ASSERT_EQ(back, plain);
    }
}

TEST(Aead, EveryFlippedBitIsSeen) {
    Key key = {1};
    std::vector<u8> cipher(700), plain(700), associated(5);
    Tag tag = seal(key, {}, associated, plain, cipher);
    for (size_t bit = 0; bit < cipher.size() * 8; bit += 7) {
        cipher[bit / 8] ^= static_cast<u8>(1 << bit % 8);
        plain.assign(plain.size(), 7);
        EXPECT_FALSE(open(key, {}, associated, cipher, tag, plain));
        EXPECT_EQ(plain, std::vector<u8>(plain.size())) << "no unchecked text comes out";
        cipher[bit / 8] ^= static_cast<u8>(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 128; ++bit) {
        Tag wrong = tag;
        wrong[bit / 8] ^= static_cast<u8>(1 << bit % 8);
        EXPECT_FALSE(open(key, {}, associated, cipher, wrong, plain));
    }
    associated[2] ^= 1;
    EXPECT_FALSE(open(key, {}, associated, cipher, tag, plain));
}

TEST(KeyStream, NoKeyTwice) {
    KeyStream one(Key{1}), same(Key{1}), other(Key{2});
    std::set<Key> seen;
    for (int i = 0; i < 5000; ++i) {
        Key key = one.next();
        EXPECT_EQ(key, same.next());
        EXPECT_TRUE(seen.insert(key).second);
        EXPECT_TRUE(seen.insert(other.next()).second);
    }
}

}  // namespace
}  // namespace occlum::crypto

#include "crypto/aead.h"

#include <algorithm>

#include "crypto/unsafe/kernels.h"
#include "crypto/vector_section.h"

namespace occlum::crypto {
namespace {

constexpr size_t kBlock = 16;

size_t whole_blocks(size_t size) { return size & ~(kBlock - 1); }

// One message on its way: counter mode from 2 on, hash over associated data, ciphertext and lengths.
class Gcm {
public:
    Gcm(const Key& key, const Nonce& nonce) {
        kernel_expand_key(key, schedule_);
        std::array<u8, kBlock> zero{}, hash_key{};
        kernel_encrypt_block(schedule_, zero, hash_key);
        state_.hash = {};
        kernel_ghash_init(state_, hash_key);
        counter_ = {};
        std::ranges::copy(nonce, counter_.begin());
        counter_[15] = 1;
        kernel_encrypt_block(schedule_, counter_, tag_mask_);
        counter_[15] = 2;
    }
    ~Gcm() {
        // The schedule gives the key away.
        for (u32& word : schedule_.round_keys) word = 0;
        wipe(state_.table);
        wipe(state_.key);
        wipe(tag_mask_);
    }

    void hash_padded(std::span<const u8> bytes) {
        size_t whole = whole_blocks(bytes.size());
        kernel_ghash(state_, bytes.first(whole));
        if (whole == bytes.size()) return;
        std::array<u8, kBlock> last{};
        std::ranges::copy(bytes.subspan(whole), last.begin());
        kernel_ghash(state_, last);
    }

    void encrypt(std::span<const u8> plain, std::span<u8> cipher) {
        size_t done = kernel_gcm_seal(schedule_, counter_, state_, plain, cipher);
        crypt_rest(plain.subspan(done), cipher.subspan(done));
        hash_padded(cipher.subspan(done));
    }
    void decrypt(std::span<const u8> cipher, std::span<u8> plain) {
        size_t done = kernel_gcm_open(schedule_, counter_, state_, cipher, plain);
        hash_padded(cipher.subspan(done));
        crypt_rest(cipher.subspan(done), plain.subspan(done));
    }

    Tag finish(size_t associated, size_t text) {
        std::array<u8, kBlock> lengths{};
        for (size_t i = 0; i < 8; ++i) {
            lengths[7 - i] = static_cast<u8>(u64{associated} * 8 >> 8 * i);
            lengths[15 - i] = static_cast<u8>(u64{text} * 8 >> 8 * i);
        }
        kernel_ghash(state_, lengths);
        Tag tag = state_.hash;
        for (size_t i = 0; i < kBlock; ++i) tag[i] ^= tag_mask_[i];
        return tag;
    }

private:
    void crypt_rest(std::span<const u8> in, std::span<u8> out) {
        size_t whole = whole_blocks(in.size());
        kernel_counter_mode(schedule_, counter_, in.first(whole), out.first(whole));
        if (whole == in.size()) return;
        u32 number = 0;
        for (size_t i = 12; i < kBlock; ++i) number = number << 8 | counter_[i];
        number += static_cast<u32>(whole / kBlock);
        Counter last = counter_;
        for (size_t i = 0; i < 4; ++i) last[15 - i] = static_cast<u8>(number >> 8 * i);
        std::array<u8, kBlock> stream{};
        kernel_encrypt_block(schedule_, last, stream);
        for (size_t i = whole; i < in.size(); ++i) out[i] = in[i] ^ stream[i - whole];
    }

    AesSchedule schedule_;
    GhashState state_;
    Counter counter_;
    std::array<u8, kBlock> tag_mask_;
};

}  // namespace

Tag seal(const Key& key, const Nonce& nonce, std::span<const u8> associated, std::span<const u8> plain,
         std::span<u8> cipher) {
    VectorSection section;
    Gcm gcm(key, nonce);
    gcm.hash_padded(associated);
    gcm.encrypt(plain, cipher.first(plain.size()));
    return gcm.finish(associated.size(), plain.size());
}

bool open(const Key& key, const Nonce& nonce, std::span<const u8> associated, std::span<const u8> cipher,
          const Tag& tag, std::span<u8> plain) {
    VectorSection section;
    Gcm gcm(key, nonce);
    gcm.hash_padded(associated);
    gcm.decrypt(cipher, plain.first(cipher.size()));
    if (equal_secrets(gcm.finish(associated.size(), cipher.size()), tag)) return true;
    std::ranges::fill(plain, u8{0});
    return false;
}

bool equal_secrets(std::span<const u8> a, std::span<const u8> b) {
    if (a.size() != b.size()) return false;
    u8 differing = 0;
    for (size_t i = 0; i < a.size(); ++i) differing |= a[i] ^ b[i];
    return differing == 0;
}

}  // namespace occlum::crypto

// Encryption of an image's blocks: AES in GCM's counter mode, the block's number as the nonce, under a key
// that belongs to this image alone. It hides; that nothing was changed is the hash tree's promise, whose root
// is measured, so no tags are kept.
#pragma once

#include <span>
#include <vector>

#include "crypto/aead.h"
#include "crypto/sha256.h"
#include "storage/image/format.h"

namespace occlum::storage::image {

using ImageKey = std::array<u8, 32>;
using ImageSalt = std::array<u8, 16>;

/// Depends on the contents: images that differ have different keys, so no key and nonce meet two texts; the
/// same image is encrypted to the same bytes. Says nothing to those without the key.
inline ImageSalt image_salt(const ImageKey& key, const std::vector<crypto::Digest>& digests) {
    crypto::Sha256 contents;
    for (const auto& digest : digests) contents.add(digest);
    const crypto::Digest digest = crypto::hmac_sha256(key, contents.finish());
    ImageSalt salt{};
    std::ranges::copy(std::span(digest).first<16>(), salt.begin());
    return salt;
}

class ImageCipher {
public:
    ImageCipher(const ImageKey& key, const ImageSalt& salt) {
        crypto::hkdf_sha256(key, salt, "occlum image", key_);
    }
    /// Encrypts or decrypts: in counter mode the same.
    void apply(u64 block, std::span<u8, kBlock> bytes) const {
        crypto::Nonce nonce{};
        for (size_t i = 0; i < sizeof block; ++i) nonce[i] = static_cast<u8>(block >> 8 * i);
        (void)crypto::seal(key_, nonce, {}, bytes, bytes);
    }

private:
    crypto::Key key_{};
};

}  // namespace occlum::storage::image

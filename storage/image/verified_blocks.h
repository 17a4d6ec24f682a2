// The blocks of an image, from somebody who is not trusted: each is checked against the hash tree when it is
// first used, and its root is known. What does not fit is EIO.
//
//   VerifiedBlocks ──Ref──> VerifiedBlock <──Ref── readers, while they look at it
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>

#include "base/ref.h"
#include "base/result.h"
#include "storage/image/cipher.h"

namespace occlum::storage::image {

/// Where the file is. May lie.
class ImageSource {
public:
    virtual ~ImageSource() = default;
    /// Whole blocks from `first` on. EAGAIN: not now; what asked for them is tried again later.
    virtual Result<void> read(u64 first, std::span<u8> out) = 0;
};

class VerifiedBlock : public RefCounted {
public:
    std::array<u8, kBlock> bytes;  // left as it is: whoever makes one fills it

private:
    friend class VerifiedBlocks;
    bool verified_ = false;
    std::list<u64>::iterator place_;
};

class VerifiedBlocks {
public:
    struct Identity {
        crypto::Digest root{};
        u64 blocks = 0;
    };
    /// EINVAL when there can be no such image. Keeps at most `limit` blocks.
    static Result<std::unique_ptr<VerifiedBlocks>> make(ImageSource& source, const Identity& identity,
                                                        std::optional<ImageCipher> cipher, size_t limit);
    u64 size() const { return identity_.blocks; }
    /// A block of the file system, as it was before it was encrypted.
    Result<Ref<VerifiedBlock>> get(u64 number);

private:
    VerifiedBlocks(ImageSource& source, const Identity& identity, std::optional<ImageCipher> cipher,
                   size_t limit);
    RefPtr<VerifiedBlock> find(u64 place);
    void add(u64 place, Ref<VerifiedBlock> block);
    void remove(u64 place);
    void drop_refuted(u64 place, Errno why);
    Result<void> fetch(u64 place, u64 end);
    Result<Ref<VerifiedBlock>> hashes(size_t level, u64 index);
    Result<void> check(const VerifiedBlock& block, size_t level, u64 index);

    ImageSource& source_;
    Identity identity_;
    std::optional<ImageCipher> cipher_;
    size_t limit_;
    std::vector<u64> levels_;                   // where each begins, the one over the blocks first
    std::map<u64, Ref<VerifiedBlock>> blocks_;  // by their place in the file
    std::list<u64> used_;                       // the same, least recently used first
};

}  // namespace occlum::storage::image

// The store seen through the seal: blocks are written once to a free place with a key of their own, found
// through pointers, and committed all together by a superblock. Mistakes of the store show as EIO. Once a
// write or a commit failed, nothing is written any more.
#pragma once

#include <memory>

#include "crypto/key_stream.h"
#include "storage/block_cache.h"
#include "storage/space.h"
#include "storage/superblock.h"

namespace occlum::storage {

using RandomSource = void (*)(std::span<u8> out);

struct VolumeConfig {
    BlockStore* store = nullptr;
    MasterKey key{};
    TrustedVersion* trusted = nullptr;  ///< null: an old image as a whole is not told from the newest
    RandomSource random = nullptr;
    size_t cache_blocks = 16384;  ///< clean ones kept decrypted
    size_t dirty_blocks = 8192;   ///< past this, data are written out before the next commit
};

class Volume {
public:
    /// An empty one; nothing is written before the first commit.
    static Result<std::unique_ptr<Volume>> create(const VolumeConfig& config, u64 capacity);
    /// The newest complete state. EINVAL: not an image, or the wrong key; ESTALE: an old one; EIO:
    /// incomplete.
    static Result<std::unique_ptr<Volume>> open(const VolumeConfig& config);
    ~Volume();

    Space& space() { return *space_; }
    BlockCache& cache() { return cache_; }
    Superblock& super() { return super_; }

    Result<void> read(const Pointer& pointer, u8 level, Block& out);
    /// Blocks in a row in the store. The count that could be read and was good; an error only for the first.
    Result<size_t> read_run(std::span<const Pointer> pointers, std::span<const Ref<CachedBlock>> out);
    /// To a place from Space::allocate(). Lies in the gathering buffer, with those of
    /// neighbours, until push(); reads and commits do that.
    Result<Pointer> write(u64 location, u8 level, const Block& plain);
    Result<void> push();
    void release(const Pointer& pointer);
    /// All that was written, and super(), become the state to come back to. The store's flush and the trusted
    /// version may let others in, who may change and even commit: what they change is part of the next
    /// commit.
    Result<void> commit();
    /// Ok once no commit is under way.
    Result<void> finish_commit();
    /// Superblocks under another key; the old one opens nothing any more.
    Result<void> change_key(const MasterKey& key);

    // Room. Dirty blocks have no place yet, but will need one.
    void add_dirty() { ++dirty_; }
    void remove_dirty() { --dirty_; }
    u64 dirty() const { return dirty_; }
    bool dirty_full() const { return dirty_ > config_.dirty_blocks; }
    /// Blocks that may still become dirty so that the next commit has room for all.
    u64 room() const;

    bool failed() const { return failed_; }
    void fail() { failed_ = true; }
    u64 commits() const { return commits_; }
    u64 blocks_written() const { return blocks_written_; }

private:
    explicit Volume(const VolumeConfig& config);
    // A commit from the moment when all its bytes are known.
    struct Commit {
        u64 slot;
        Version version;
        Block superblock;
        bool flush_first;  // the superblock does not list what it needs
    };
    bool complete(const Superblock& super);
    Commit prepare_commit();
    Result<void> carry_out(const Commit& commit);

    VolumeConfig config_;
    std::unique_ptr<crypto::KeyStream> keys_;
    std::unique_ptr<Space> space_;
    BlockCache cache_;
    Superblock super_;
    Version trusted_;
    u64 dirty_ = 0;
    bool failed_ = false;
    // Written since the last flush; too many to list when `listing_` is false.
    std::vector<Superblock::Written> written_;
    bool listing_ = true;
    std::vector<u8> sealed_;    // read_run()'s
    std::vector<u8> gathered_;  // of which the first gathered_size_ bytes wait to be written
    size_t gathered_size_ = 0;
    u64 gathered_first_ = 0;
    std::optional<Commit> under_way_;
    u64 commits_ = 0, blocks_written_ = 0;
};

}  // namespace occlum::storage

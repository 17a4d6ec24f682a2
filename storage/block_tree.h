// A sparse array of blocks: leaves of a tree whose index blocks hold pointers. Changed blocks stay in memory
// until written out, each to a new place, leaves first, so that the pointers above can name them.
//
// A dirty block's ancestors are dirty, too: how many blocks the next commit will write is known at any time.
#pragma once

#include <array>
#include <memory>

#include "storage/node_map.h"
#include "storage/volume.h"

namespace occlum::storage {

/// What a block that is going to be changed holds until then.
enum class Before {
    Kept,    ///< what it held
    Unread,  ///< it is of no interest: zeroes, or what it held
    Any,     ///< the caller replaces every byte
};

class BlockTree {
public:
    BlockTree(Volume& volume, const TreeRoot& root) : volume_(volume), root_(root) {}
    ~BlockTree();
    BlockTree(const BlockTree&) = delete;
    BlockTree& operator=(const BlockTree&) = delete;

    const TreeRoot& root() const { return root_; }

    /// Null: a hole. EIO.
    Result<RefPtr<CachedBlock>> read(u64 index);
    /// To be changed by the caller. A hole becomes zeroes (not so with Before::Any) and is counted in
    /// blocks().
    Result<Ref<CachedBlock>> write(u64 index, Before before);
    /// Makes holes of the blocks [first, end).
    Result<void> clear(u64 first, u64 end);
    /// Sets room aside for the holes among [first, end).
    Result<void> reserve(u64 first, u64 end);
    /// A block, or a hole, takes another place; what was there goes. Nothing is copied.
    Result<void> move(u64 from, u64 to);
    /// The first index in [from, end) that is a hole (or is not); `end` when there is none.
    Result<u64> find(u64 from, u64 end, bool hole);
    /// Brings the index blocks above the leaves [next, end) into memory; `next` follows.
    Result<void> foresee(u64& next, u64 end);
    /// Brings a leaf into memory, too.
    Result<void> foresee_block(u64 index);
    /// Leaves that are no holes. Set by the owner at first.
    u64 blocks = 0;
    /// Of these, those only set aside.
    u64 reserved = 0;

    bool is_dirty() const;
    /// Dirty leaves go to the store, their index blocks stay dirty.
    Result<void> write_leaves() { return write_level(0); }
    Result<void> write_all();
    /// Gives each dirty block a place. The number of those that had none.
    Result<size_t> plan_all();

    static constexpr u64 kMaxBlocks = kFanout * kFanout * kFanout * kFanout * kFanout;

    // fsck: calls `visit(pointer, level)` for each block of the tree as it is stored.
    template <typename Visit>
    Result<void> each_block(Visit visit) {
        return each_below(root_.pointer, root_.height, visit);
    }

    /// Whether the leaf is in memory.
    bool holds(u64 index) const { return levels_ && (*levels_)[0].nodes.find(index) != nullptr; }

private:
    friend class BlockCache;
    static constexpr u8 kLevels = kMaxHeight + 1;
    static constexpr u64 span_of(u8 level) {
        u64 span = 1;
        for (u8 i = 0; i < level; ++i) span *= kFanout;
        return span;
    }

    void forget(CachedBlock& block);
    RefPtr<CachedBlock> cached(u8 level, u64 index);
    Result<Pointer> pointer_of(u8 level, u64 index);
    Result<void> set_pointer(u8 level, u64 index, const Pointer& pointer);
    Result<RefPtr<CachedBlock>> load_node(u8 level, u64 index);
    Result<RefPtr<CachedBlock>> load_ahead(u64 index, const Pointer& pointer);
    void insert(u8 level, u64 index, CachedBlock& block);
    Result<Ref<CachedBlock>> change(u8 level, u64 index, Before before);
    Result<void> grow(u64 index);
    Result<bool> is_hole(u64 index);
    void drop_cached(u8 level, u64 index);
    Result<void> clear_below(u8 level, u64 index, u64 first, u64 end);
    Result<u64> find_below(u8 level, u64 index, u64 from, u64 end, bool hole);
    Result<void> plan(CachedBlock& block);
    Result<size_t> plan_level(u8 level);
    Result<void> write_level(u8 level);

    template <typename Visit>
    Result<void> each_below(const Pointer& pointer, u8 level, Visit visit) {
        if (!pointer.is_block()) return {};
        TRY(visit(pointer, level));
        if (level == 0) return {};
        auto block = std::make_unique<Block>();
        TRY(volume_.read(pointer, level, *block));
        for (u64 slot = 0; slot < kFanout; ++slot)
            TRY(each_below(Pointer::decode(*block, slot * Pointer::kSize), static_cast<u8>(level - 1),
                           visit));
        return {};
    }

    Volume& volume_;
    TreeRoot root_;
    struct Level {
        NodeMap nodes;
        DirtyMap dirty;               // all of them are in nodes
        CachedBlock* last = nullptr;  // found last, likely to be asked for again
    };
    Level& level_at(u8 level) { return (*levels_)[level]; }
    std::unique_ptr<std::array<Level, kLevels>> levels_;  // none as long as nothing is in memory
    u64 expected_ = 0;                                    // where a sequential reader would go on
};

}  // namespace occlum::storage

// Which blocks are in use. A block may be written only when it is in use neither now nor in a state that a
// crash goes back to: the last committed one, and the one whose commit is under way.
#pragma once

#include <set>
#include <vector>

#include "storage/block_store.h"

namespace occlum::storage {

class Space {
public:
    /// All free but the superblocks.
    explicit Space(u64 capacity);
    u64 capacity() const { return capacity_; }

    /// ENOSPC.
    Result<u64> allocate();
    void release(u64 block);
    /// Whether no state to come back to knows the block: what was in it is of no use after a crash.
    bool is_fresh(u64 block) const {
        return block < capacity_ && !get(committed_, block) && !get(pending_, block);
    }
    bool in_use(u64 block) const { return block < capacity_ && get(current_, block); }
    u64 used() const { return used_; }
    u64 unused() const { return capacity_ - used_; }
    u64 allocatable() const { return capacity_ - blocked_; }

    // As stored: one bit a block, in pages of one block each.
    static constexpr u64 kBitsPerPage = kBlockSize * 8;
    u64 pages() const { return (capacity_ + kBitsPerPage - 1) / kBitsPerPage; }
    /// Pages that differ from the state last prepared for a commit.
    const std::set<u64>& changed() const { return changed_; }
    void save(u64 page, Block& out) const;
    void load_page(u64 page, const Block& from);
    /// All pages are loaded: now is the committed state.
    void loaded();
    /// Now is what the commit under way makes durable; the state goes on to change.
    void prepare();
    /// What was prepared is the committed state.
    void commit();

private:
    static bool get(const std::vector<u64>& bits, u64 block) {
        return (bits[block / 64] >> block % 64 & 1) != 0;
    }
    void count_all();

    u64 capacity_;
    // Between commits, pending_ is the same as committed_.
    std::vector<u64> current_, pending_, committed_;
    std::set<u64> changed_, prepared_;
    u64 used_ = 0, blocked_ = 0, next_ = 0;
};

}  // namespace occlum::storage

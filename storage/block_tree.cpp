#include "storage/block_tree.h"

namespace occlum::storage {
namespace {

constexpr size_t kReadAhead = 32;

constexpr size_t slot_of(u64 index) { return static_cast<size_t>(index % kFanout) * Pointer::kSize; }

}  // namespace

BlockTree::~BlockTree() {
    if (!levels_) return;
    for (Level& level : *levels_)
        static_cast<void>(level.nodes.each([this](CachedBlock& block) -> Result<void> {
            volume_.cache().remove(block);
            block.owner_ = nullptr;
            if (block.dirty_) volume_.remove_dirty();
            return {};
        }));
}

bool BlockTree::is_dirty() const {
    return levels_ && std::ranges::any_of(*levels_, [](const Level& level) { return !level.dirty.empty(); });
}

void BlockTree::forget(CachedBlock& block) {
    block.owner_ = nullptr;
    u64 index = block.index_;
    Level& level = level_at(block.level_);
    level.last = nullptr;
    level.nodes.erase(index);
}

RefPtr<CachedBlock> BlockTree::cached(u8 level, u64 index) {
    if (!levels_) return nullptr;
    Level& at = level_at(level);
    if (at.last != nullptr && at.last->index_ == index) return at.last;
    CachedBlock* found = at.nodes.find(index);
    if (found != nullptr) at.last = found;
    return found;
}

Result<Pointer> BlockTree::pointer_of(u8 level, u64 index) {
    if (level == root_.height) return index == 0 ? root_.pointer : Pointer{};
    if (level > root_.height) return Pointer{};
    RefPtr<CachedBlock> parent = TRY(load_node(static_cast<u8>(level + 1), index / kFanout));
    return parent ? Pointer::decode(parent->bytes, slot_of(index)) : Pointer{};
}

// The parent is dirty, so it is there.
Result<void> BlockTree::set_pointer(u8 level, u64 index, const Pointer& pointer) {
    if (level == root_.height) {
        root_.pointer = pointer;
        return {};
    }
    RefPtr<CachedBlock> parent = cached(static_cast<u8>(level + 1), index / kFanout);
    if (!parent) return err(Errno::Eio);
    pointer.encode(parent->bytes, slot_of(index));
    return {};
}

void BlockTree::insert(u8 level, u64 index, CachedBlock& block) {
    if (!levels_) levels_ = std::make_unique<std::array<Level, kLevels>>();
    level_at(level).nodes.put(index, block);
    level_at(level).last = &block;
}

Result<RefPtr<CachedBlock>> BlockTree::load_node(u8 level, u64 index) {
    if (RefPtr<CachedBlock> block = cached(level, index)) {
        BlockCache::use(*block);
        return block;
    }
    Pointer pointer = TRY(pointer_of(level, index));
    if (!pointer.is_block()) return RefPtr<CachedBlock>();
    if (level == 0 && index != 0 && index == expected_) return load_ahead(index, pointer);
    auto block = make_ref<CachedBlock>(*this, level, index);
    TRY(volume_.read(pointer, level, block->bytes));
    insert(level, index, *block);
    volume_.cache().add(*block);
    return RefPtr<CachedBlock>(block);
}

// A sequential reader gets the neighbours, too, as far as they lie in a row.
Result<RefPtr<CachedBlock>> BlockTree::load_ahead(u64 index, const Pointer& pointer) {
    std::vector<Pointer> run{pointer};
    while (run.size() < kReadAhead && (index + run.size()) % kFanout != 0 && !cached(0, index + run.size())) {
        Pointer next = TRY(pointer_of(0, index + run.size()));
        if (next.location != pointer.location + run.size()) break;
        run.push_back(next);
    }
    std::vector<Ref<CachedBlock>> blocks_read;
    for (size_t i = 0; i < run.size(); ++i)
        blocks_read.push_back(make_ref<CachedBlock>(*this, u8{0}, index + i));
    blocks_read.erase(blocks_read.begin() + static_cast<i64>(TRY(volume_.read_run(run, blocks_read))),
                      blocks_read.end());
    for (size_t i = 0; i < blocks_read.size(); ++i) {
        insert(0, index + i, *blocks_read[i]);
        volume_.cache().add(*blocks_read[i]);
    }
    return RefPtr<CachedBlock>(blocks_read.front());
}

Result<RefPtr<CachedBlock>> BlockTree::read(u64 index) {
    if (index >= span_of(root_.height)) return RefPtr<CachedBlock>();
    RefPtr<CachedBlock> block = TRY(load_node(0, index));
    expected_ = index + 1;
    return block;
}

Result<bool> BlockTree::is_hole(u64 index) {
    if (index >= span_of(root_.height)) return true;
    if (cached(0, index)) return false;
    return TRY(pointer_of(0, index)).location == Pointer::kHole;
}

// Adds levels on top until the index fits.
Result<void> BlockTree::grow(u64 index) {
    if (index >= kMaxBlocks) return err(Errno::Efbig);
    while (index >= span_of(root_.height)) {
        auto level = static_cast<u8>(root_.height + 1);
        bool empty = !root_.pointer.is_block() && !cached(root_.height, 0);
        Pointer below = std::exchange(root_.pointer, Pointer{});
        root_.height = level;
        if (empty && below.location == Pointer::kHole) continue;
        Ref<CachedBlock> top = TRY(change(level, 0, Before::Unread));
        top->bytes.fill(0);
        below.encode(top->bytes, 0);
    }
    return {};
}

Result<Ref<CachedBlock>> BlockTree::change(u8 level, u64 index, Before before) {
    if (RefPtr<CachedBlock> block = cached(level, index); block && block->dirty_)
        return Ref<CachedBlock>(*block);
    // Ancestors first: what fails must leave nothing dirty without them. Loading them may let clean blocks
    // go.
    if (level < root_.height) TRY(change(static_cast<u8>(level + 1), index / kFanout, Before::Kept));
    RefPtr<CachedBlock> block = cached(level, index);
    if (!block && before == Before::Kept) block = TRY(load_node(level, index));
    if (!block) {
        block = RefPtr<CachedBlock>(make_ref<CachedBlock>(*this, level, index));
        if (before != Before::Any) block->bytes.fill(0);
    } else {
        volume_.cache().remove(*block);
        // A small cache may have let it go again.
        block->owner_ = this;
    }
    insert(level, index, *block);
    block->dirty_ = true;
    volume_.add_dirty();
    level_at(level).dirty.put(index, *block);
    return Ref<CachedBlock>(*block);
}

Result<Ref<CachedBlock>> BlockTree::write(u64 index, Before before) {
    TRY(grow(index));
    RefPtr<CachedBlock> known = cached(0, index);
    if (known && known->dirty_) return Ref<CachedBlock>(*known);
    Pointer old = TRY(pointer_of(0, index));
    Ref<CachedBlock> block = TRY(change(0, index, before));
    if (old.location == Pointer::kHole) ++blocks;
    if (old.location == Pointer::kReserved) {
        TRY(set_pointer(0, index, Pointer{}));
        --reserved;
        --volume_.super().reserved;
    }
    return block;
}

void BlockTree::drop_cached(u8 level, u64 index) {
    RefPtr<CachedBlock> block = cached(level, index);
    if (!block) return;
    volume_.cache().remove(*block);
    if (block->dirty_) {
        volume_.remove_dirty();
        level_at(level).dirty.erase(index);
        block->dirty_ = false;
    }
    forget(*block);
}

// Frees what lies below a node within [first, end), leaf indices. The node's own pointer is the caller's.
Result<void> BlockTree::clear_below(u8 level, u64 index, u64 first, u64 end) {
    u64 span = span_of(level), start = index * span;
    Pointer pointer = TRY(pointer_of(level, index));
    bool there = pointer.location != Pointer::kHole || cached(level, index);
    if (!there) return {};
    bool whole = first <= start && start + span <= end;
    if (level > 0) {
        u64 child_span = span / kFanout;
        u64 from = std::max(first, start) / child_span, to = (std::min(end, start + span) - 1) / child_span;
        for (u64 child = from; child <= to; ++child)
            TRY(clear_below(static_cast<u8>(level - 1), child, first, end));
    }
    if (!whole) return {};
    if (level < root_.height) TRY(change(static_cast<u8>(level + 1), index / kFanout, Before::Kept));
    if (level == 0) {
        --blocks;
        if (pointer.location == Pointer::kReserved) {
            --reserved;
            --volume_.super().reserved;
        }
    }
    drop_cached(level, index);
    volume_.release(pointer);
    return set_pointer(level, index, Pointer{});
}

Result<void> BlockTree::clear(u64 first, u64 end) {
    end = std::min(end, span_of(root_.height));
    if (first >= end) return {};
    TRY(clear_below(root_.height, 0, first, end));
    if (root_.pointer.location == Pointer::kHole && !cached(root_.height, 0)) root_.height = 0;
    return {};
}

Result<void> BlockTree::reserve(u64 first, u64 end) {
    if (first >= end) return {};
    TRY(grow(end - 1));
    Pointer set_aside;
    set_aside.location = Pointer::kReserved;
    for (u64 index = first; index < end; ++index) {
        if (!TRY(is_hole(index))) continue;
        if (root_.height > 0) TRY(change(1, index / kFanout, Before::Kept));
        TRY(set_pointer(0, index, set_aside));
        ++blocks;
        ++reserved;
        ++volume_.super().reserved;
    }
    return {};
}

Result<void> BlockTree::move(u64 from, u64 to) {
    TRY(grow(std::max(from, to)));
    TRY(clear(to, to + 1));
    TRY(grow(std::max(from, to)));
    Pointer pointer = TRY(pointer_of(0, from));
    if (from == to || (pointer.location == Pointer::kHole && !cached(0, from))) return {};
    TRY(change(1, from / kFanout, Before::Kept));
    TRY(change(1, to / kFanout, Before::Kept));
    TRY(set_pointer(0, to, pointer));
    TRY(set_pointer(0, from, Pointer{}));
    RefPtr<CachedBlock> block = cached(0, from);
    if (!block) return {};
    level_at(0).nodes.erase(from);
    block->index_ = to;
    insert(0, to, *block);
    if (block->dirty_) {
        level_at(0).dirty.erase(from);
        level_at(0).dirty.put(to, *block);
    }
    return {};
}

Result<u64> BlockTree::find_below(u8 level, u64 index, u64 from, u64 end, bool hole) {
    u64 span = span_of(level), start = index * span;
    Pointer pointer = TRY(pointer_of(level, index));
    bool there =
        cached(level, index) || (level == 0 ? pointer.is_block() : pointer.location != Pointer::kHole);
    if (!there || level == 0) {
        bool fits = there != hole;
        return fits ? std::max(from, start) : std::min(end, start + span);
    }
    u64 child_span = span / kFanout, stop = std::min(end, start + span);
    u64 at = std::max(from, start);
    while (at < stop) {
        u64 child = at / child_span, child_end = std::min(stop, (child + 1) * child_span);
        u64 found = TRY(find_below(static_cast<u8>(level - 1), child, at, child_end, hole));
        if (found < child_end) return found;
        at = child_end;
    }
    return stop;
}

Result<u64> BlockTree::find(u64 from, u64 end, bool hole) {
    u64 known = std::min(end, span_of(root_.height));
    if (from < known) {
        u64 found = TRY(find_below(root_.height, 0, from, known, hole));
        if (found < known) return found;
    }
    return hole && from < end ? std::max(from, known) : end;
}

Result<void> BlockTree::foresee(u64& next, u64 end) {
    end = std::min(end, span_of(root_.height));
    while (next < end) {
        u8 level = root_.height;
        while (level > 0 && TRY(load_node(level, next / span_of(level)))) --level;
        // What lies below a hole is none, either.
        const u64 step = span_of(std::max(level, u8{1}));
        next = (next / step + 1) * step;
    }
    return {};
}

Result<void> BlockTree::foresee_block(u64 index) {
    if (index >= span_of(root_.height)) return {};
    u64 next = index;
    TRY(foresee(next, index + 1));
    TRY(load_node(0, index));
    return {};
}

Result<void> BlockTree::plan(CachedBlock& block) {
    Pointer old = TRY(pointer_of(block.level_, block.index_));
    block.planned_ = TRY(volume_.space().allocate());
    volume_.release(old);
    return {};
}

Result<size_t> BlockTree::plan_level(u8 level) {
    size_t fresh = 0;
    if (!levels_) return fresh;
    TRY(level_at(level).dirty.each([&](CachedBlock& block) -> Result<void> {
        if (block.planned_ != 0) return {};
        TRY(plan(block));
        ++fresh;
        return {};
    }));
    return fresh;
}

Result<size_t> BlockTree::plan_all() {
    size_t fresh = 0;
    for (u8 level = 0; level <= root_.height; ++level) fresh += TRY(plan_level(level));
    return fresh;
}

Result<void> BlockTree::write_level(u8 level) {
    if (!levels_ || level_at(level).dirty.empty()) return {};
    TRY(level_at(level).dirty.each([&](CachedBlock& block) -> Result<void> {
        if (block.planned_ == 0) TRY(plan(block));
        const Pointer pointer = TRY(volume_.write(block.planned_, level, block.bytes));
        TRY(set_pointer(level, block.index_, pointer));
        block.planned_ = 0;
        block.dirty_ = false;
        volume_.remove_dirty();
        return {};
    }));
    // Each is kept at least until it is itself in the cache, which lets go what it has.
    const DirtyMap written = std::exchange(level_at(level).dirty, {});
    return written.each([&](CachedBlock& block) -> Result<void> {
        volume_.cache().add(block);
        return {};
    });
}

Result<void> BlockTree::write_all() {
    for (u8 level = 0; level <= root_.height; ++level) TRY(write_level(level));
    return {};
}

}  // namespace occlum::storage

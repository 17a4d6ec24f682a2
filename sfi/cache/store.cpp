#include "sfi/cache/store.h"

#include <algorithm>

#include "sfi/cache/unsafe/code_memory.h"
#include "sfi/dialect.h"

namespace occlum::sfi {
namespace {

constexpr u32 align_up(u32 value, u32 alignment) { return (value + alignment - 1) & ~(alignment - 1); }

}  // namespace

CodeStore::CodeStore(const CacheLayout& layout, CacheMemory& memory) : layout_(layout), memory_(memory) {}

Result<void> CodeStore::start() {
    chunks_.emplace_back();
    TRY(commit(0, kFirstUnit));
    write_stubs(layout_.code);
    clear();
    return {};
}

Result<void> CodeStore::commit(u32 number, u32 bytes) {
    Chunk& chunk = chunks_[number];
    if (bytes <= chunk.committed) return {};
    const u32 upto = std::min(align_up(bytes, kCommitStep), kChunkSize);
    TRY(memory_.commit(layout_.code + u64{number} * kChunkSize + chunk.committed, upto - chunk.committed));
    chunk.committed = upto;
    return {};
}

Result<u32> CodeStore::place(Module& module, u32 alignment) {
    if (!module.chunks.empty()) {
        const u32 number = module.chunks.back();
        const u32 used = align_up(chunks_[number].used, alignment);
        if (used < kChunkSize) return number * kChunkSize + used;
    }
    return place_in_new_chunk(module);
}

Result<u32> CodeStore::place_in_new_chunk(Module& module) {
    if (free_.empty()) {
        if ((chunks_.size() + 1) * kChunkSize > layout_.code_size) return err(Errno::Enomem);
        free_.push_back(static_cast<u32>(chunks_.size()));
        chunks_.emplace_back();
    }
    const u32 number = free_.back();
    TRY(commit(number, kCommitStep));
    free_.pop_back();
    chunks_[number].owner = &module;
    chunks_[number].used = first_used(number);
    module.chunks.push_back(number);
    return number * kChunkSize + chunks_[number].used;
}

Result<const Installed*> CodeStore::add(Installed unit, std::span<const u8> code) {
    const u32 number = unit.start / kChunkSize, end = unit.start % kChunkSize + unit.size;
    TRY(commit(number, end));
    copy_code(layout_.code + unit.start, code);
    Chunk& chunk = chunks_[number];
    chunk.used = end;
    ++chunk.live;
    return &chunk.units.emplace_back(std::move(unit));
}

const Installed* CodeStore::at(u32 cache_offset) const {
    const u32 number = cache_offset / kChunkSize;
    if (number >= chunks_.size()) return nullptr;
    const auto& units = chunks_[number].units;
    const auto after = std::ranges::upper_bound(units, cache_offset, {}, &Installed::start);
    if (after == units.begin()) return nullptr;
    const Installed& unit = *std::prev(after);
    return unit.contains(cache_offset) ? &unit : nullptr;
}

const Module* CodeStore::owner(u32 cache_offset) const {
    const u32 number = cache_offset / kChunkSize;
    return number < chunks_.size() ? chunks_[number].owner : nullptr;
}

void CodeStore::patch(const Installed& unit, const Link& link, u32 target) {
    const u32 field = unit.start + link.field;
    patch_rel32(layout_.code + field, target - (field + 4));
}

void CodeStore::remove(u32 start) {
    Chunk& chunk = chunks_[start / kChunkSize];
    Installed& unit = *std::ranges::lower_bound(chunk.units, start, {}, &Installed::start);
    --chunk.live;
    unit.size = 0;
    unit.points = {};
    unit.links = {};
    unit.recovery = {};
}

void CodeStore::free_chunk(u32 number) {
    Chunk& chunk = chunks_[number];
    chunk = Chunk{nullptr, 0, chunk.committed, 0, {}};
    free_.push_back(number);
}

bool CodeStore::in_use(u64 cache_offset) const {
    if (cache_offset < kFirstUnit) return true;
    return cache_offset < chunks_.size() * kChunkSize && owner(static_cast<u32>(cache_offset)) != nullptr;
}

void CodeStore::recycle(Module& module) {
    std::erase_if(module.chunks, [this](u32 number) {
        if (chunks_[number].live != 0) return false;
        free_chunk(number);
        return true;
    });
}

bool CodeStore::mostly_removed(const Module& module) const {
    constexpr size_t kWorthwhile = 8;
    size_t all = 0, live = 0;
    for (const u32 number : module.chunks) {
        all += chunks_[number].units.size();
        live += chunks_[number].live;
    }
    return module.chunks.size() >= kWorthwhile && live * 4 < all;
}

void CodeStore::release(Module& module) {
    for (const u32 number : module.chunks) free_chunk(number);
    module.chunks.clear();
}

void CodeStore::clear() {
    free_.clear();
    for (u32 number = static_cast<u32>(chunks_.size()); number-- > 0;) free_chunk(number);
}

}  // namespace occlum::sfi

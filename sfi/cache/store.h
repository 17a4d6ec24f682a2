// The code region, divided into chunks. A chunk holds units of one module, so that all of a module's code
// goes when the module goes.
#pragma once

#include <vector>

#include "sfi/cache/code_cache.h"
#include "sfi/cache/module.h"
#include "sfi/cache/unit.h"

namespace occlum::sfi {

class CodeStore {
public:
    /// Units are smaller than this, in bytes.
    static constexpr u32 kChunkSize = 64 << 10;

    CodeStore(const CacheLayout& layout, CacheMemory& memory);
    /// Commits and writes the stub page.
    Result<void> start();

    static constexpr u32 kUnitAlignment = 16;
    /// Where the module's next unit will lie. `alignment`: a power of two. ENOMEM: the region is full.
    Result<u32> place(Module& module, u32 alignment = kUnitAlignment);
    /// As place(), in a chunk of which nothing is used yet.
    Result<u32> place_in_new_chunk(Module& module);
    static u32 room(u32 offset) { return kChunkSize - offset % kChunkSize; }
    /// Copies the code to unit.start, which place() gave. Returns the unit as it is kept. ENOMEM.
    Result<const Installed*> add(Installed unit, std::span<const u8> code);

    /// The unit there, or null.
    const Installed* at(u32 cache_offset) const;
    const Module* owner(u32 cache_offset) const;
    /// Re-targets a link of the unit to an offset in the cache.
    void patch(const Installed& unit, const Link& link, u32 target);

    /// Forgets the unit that starts there; its place is used again after recycle().
    void remove(u32 start);
    /// Frees the module's chunks in which no unit is left. Nobody may be in them, and nothing may lead there.
    void recycle(Module& module);
    /// Whether most units that the module's chunks ever had are removed, and it is worth doing something.
    bool mostly_removed(const Module& module) const;
    /// Frees all the module's chunks; on the same condition.
    void release(Module& module);
    void clear();

    u64 code() const { return layout_.code; }
    /// Whether the stubs or some module's chunk are there.
    bool in_use(u64 cache_offset) const;

private:
    static constexpr u32 kCommitStep = 32 << 10;
    struct Chunk {
        const Module* owner = nullptr;
        u32 used = 0, committed = 0, live = 0;  ///< bytes, bytes, units
        std::vector<Installed> units;           ///< ascending by start
    };

    Result<void> commit(u32 chunk, u32 bytes);
    void free_chunk(u32 chunk);
    static u32 first_used(u32 chunk) { return chunk == 0 ? kFirstUnit : 0; }

    CacheLayout layout_;
    CacheMemory& memory_;
    std::vector<Chunk> chunks_;
    std::vector<u32> free_;
};

}  // namespace occlum::sfi

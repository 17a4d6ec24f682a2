// A code space: an exact set of executable mappings and the dispatch table that every process with this set
// uses.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "sfi/cache/module.h"

namespace occlum::sfi {

class Space final : public CodeSpace {
public:
    Space(u64 owner, u32 table_index, u64 table, u64 miss, bool paired, CacheMemory& memory)
        : owner_(owner),
          table_index_(table_index),
          paired_(paired),
          table_(table),
          miss_(miss),
          memory_(memory) {}

    u64 table() const override { return table_; }
    u32 table_index() const { return table_index_; }
    /// KnownCode::paired() of all its modules.
    bool paired() const { return paired_; }

    /// One executable mapping and whose code it is; `own`: the owner's private code.
    struct Range {
        MappingKey key;
        Ref<Module> module;
        bool own = false;
    };
    /// Disjoint, ascending.
    const std::vector<Range>& ranges() const { return ranges_; }
    void set_ranges(std::vector<Range> ranges) { ranges_ = std::move(ranges); }
    /// The module whose mapping contains `guest`, or null.
    Module* module_at(u64 guest) const;
    /// Identity of the private code in it, 0 when there is none: then any process may use the space.
    u64 owner() const { return owner_; }
    bool matches(const std::vector<MappingKey>& keys) const;

    /// The landing pad in the table; nothing when the entry leads to MISS.
    std::optional<u64> landing(u32 guest) const;
    /// Writes a table entry, making its run present. ENOMEM.
    Result<void> set(u32 guest, u64 landing);
    /// Back to MISS, when the run is present.
    void clear(u32 guest);
    /// Gives the whole table's memory back.
    void drop_table();

private:
    /// The table is committed in runs: a call to the host for each page would cost more than the memory.
    static constexpr u64 kRunSize = 16 << 10;
    static constexpr u32 kEntriesPerRun = kRunSize / 8;
    static constexpr u32 kRunsPerGroup = 2048;
    static constexpr u32 kGroups = static_cast<u32>(kTableSize / kRunSize / kRunsPerGroup);
    using Group = std::array<u64, kRunsPerGroup / 64>;  ///< a bit for each present run

    bool present(u32 run) const;
    void set_present(u32 run);
    u64 run_address(u32 run) const { return table_ + u64{run} * kRunSize; }

    u64 owner_;
    u32 table_index_;
    bool paired_;
    u64 table_, miss_;
    CacheMemory& memory_;
    std::vector<Range> ranges_;
    std::array<std::unique_ptr<Group>, kGroups> groups_;
};

}  // namespace occlum::sfi

// The one implementation of CodeCache.
#pragma once

#include <map>
#include <vector>

#include "sfi/cache/space.h"
#include "sfi/cache/store.h"
#include "sfi/verifier/verifier.h"

namespace occlum::sfi {

class CodeCacheImpl final : public CodeCache {
public:
    CodeCacheImpl(const CacheLayout& layout, CacheMemory& memory);
    Result<void> start() { return store_.start(); }

    Result<Ref<CodeSpace>> space(std::span<const ExecMapping> mappings, u64 owner) override;
    std::optional<u64> known(const CodeSpace& space, GuestAddr guest) const override;
    Result<u64> resolve(CodeSpace& space, GuestAddr guest) override;
    void flush() override;
    void link(CodeSpace& space, u32 link_id) override;
    void invalidate(CodeSpace& space, GuestAddr start, u64 size) override;
    bool contains(u64 host_pc) const override;
    bool recover(GuestContext& context) const override;
    bool take_miss(GuestContext& context) const override;
    CacheStats stats() const override;
    void observe(u64 (*clock)(), void (*rejected)(const RejectedUnit&)) override;
    void watch(void (*phase)(CachePhase)) override { phase_ = phase; }

private:
    // cache.cpp: new code
    enum class Outcome : u8 { Done, Refused, NoRoom };
    /// What is wanted where there is no code yet: by dispatches and calls a landing.
    struct Wanted {
        GuestAddr guest;
        bool landing;
    };
    Result<void> make_code(Space& space, Module& module, Wanted wanted);
    Result<void> translate_at(Space& space, Module& module, GuestAddr guest);
    Result<bool> take_stored(Space& space, Module& module, Wanted wanted);
    Result<void> translate_in(Space& space, Module& module, const translator::Window& window,
                              translator::Scope scope, Outcome& outcome);
    Result<Outcome> attempt(Space& space, Module& module, const translator::Window& window, u32 offset,
                            translator::Scope scope);
    Result<Outcome> accept(Space& space, Module& module, GuestAddr entry, u32 offset, translator::Unit unit,
                           bool stored);
    Result<const Installed*> keep(Module& module, u32 offset, translator::Unit unit,
                                  const verifier::Verified& verified);
    void link_known(Space& space, Module& module, const Installed& unit);
    void publish(Space& space, const CodeEntry& entry);
    static std::optional<u32> target_of(const Module& module, const Link& link);
    void patch(Module& module, const Installed& unit, const Link& link, u32 target);
    Result<u32> place(Module& module, u32 alignment = CodeStore::kUnitAlignment);
    Result<u32> place_in_new_chunk(Module& module);
    const Installed* unit_at(u64 host_pc) const;
    void enter(CachePhase phase) const {
        if (phase_) phase_(phase);
    }
    u64 now() const { return clock_ ? clock_() : 0; }

    // spaces.cpp: who shares what
    bool pairs(std::span<const ExecMapping> mappings, u64 owner) const;
    Result<u32> free_table();
    Ref<Module> module_for(const ExecMapping& mapping, u64 owner, bool paired);
    std::vector<Space::Range> ranges_for(std::span<const ExecMapping> mappings, u64 owner);
    void update(Space& space, std::vector<Space::Range> ranges);
    void drop_unused();
    bool release_unused_modules();

    // changes.cpp: code that changes
    void note_unit(Module& module, const Installed& unit);
    void note_link(Module& module, const Installed& unit, const Link& link);
    bool is_live(const Module& module, u32 start) const;
    void reclaim(Space& space, Module& module);
    void remove_units(Space& space, Module& module, u64 start, u64 end);
    void remove_straddling(Space& space, Module& module, u64 boundary);
    void remove_unit(Space& space, Module& module, u32 start);
    void unlink_missing(Module& module, const std::vector<u64>& pages);
    void suspend(Space& space, Module& module, u64 start, u64 end);

    CacheLayout layout_;
    CacheMemory& memory_;
    CodeStore store_;
    std::vector<Ref<Space>> spaces_;
    std::map<MappingKey, Ref<Module>> modules_;
    std::vector<u8> window_;
    std::vector<u64> touched_;  ///< pages of entries that remove_unit() has removed
    CacheStats stats_;
    u64 (*clock_)() = nullptr;
    void (*rejected_)(const RejectedUnit&) = nullptr;
    void (*phase_)(CachePhase) = nullptr;
};

}  // namespace occlum::sfi

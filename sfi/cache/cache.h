// The one implementation of CodeCache.
#pragma once

#include <map>
#include <vector>

#include "sfi/cache/space.h"
#include "sfi/verifier/verifier.h"

namespace occlum::sfi {

class CodeCacheImpl final : public CodeCache, public verifier::KnownEntries {
public:
    CodeCacheImpl(const CacheLayout& layout, CacheMemory& memory);
    Result<void> start();

    Result<Ref<CodeSpace>> space(std::span<const ExecMapping> mappings) override;
    Result<u64> resolve(CodeSpace& space, GuestAddr guest) override;
    void flush() override;
    void link(CodeSpace& space, u32 link_id) override;
    void invalidate(CodeSpace& space, GuestAddr start, u64 size) override;
    bool contains(u64 host_pc) const override;
    bool recover(GuestContext& context) const override;
    bool is_dispatch(u64 host_pc) const override;
    CacheStats stats() const override;
    void observe(u64 (*clock)(), void (*rejected)(const RejectedUnit&)) override;

    bool is_entry(u32 cache_offset) const override;

private:
    /// An accepted unit; its code lies in the cache, `meta.code` is empty.
    struct Installed {
        u32 start = 0, size = 0;
        Ref<Module> module;
        translator::Unit meta;
        std::vector<u32> entries;  ///< offsets in the unit, ascending
    };
    struct Link {
        u32 unit = 0;
        u32 field = 0;  ///< cache offset of the rel32
        GuestAddr target;
        bool allowed = false;  ///< the verifier lets it be re-targeted
    };
    struct Candidate {
        translator::Unit unit;
        std::vector<u32> entries;
        verifier::Verified verified;
    };

    Result<u32> free_table();
    Ref<Module> module_for(const MappingKey& key, const ExecMapping& mapping);
    Result<void> translate_at(Module& module, GuestAddr guest);
    Result<bool> attempt(Module& module, const translator::Window& window, GuestAddr guest, u32 offset,
                         translator::Scope scope);
    Result<void> install(Module& module, u32 offset, Candidate candidate);
    Result<void> commit_code(u64 end);
    void publish(Space& space, const CodeEntry& entry);
    const Installed* unit_at(u32 cache_offset) const;
    u64 now() const { return clock_ ? clock_() : 0; }

    CacheLayout layout_;
    CacheMemory& memory_;
    std::vector<Ref<Space>> spaces_;
    std::map<MappingKey, Ref<Module>> modules_;
    std::vector<Installed> units_;  ///< ascending by start
    std::vector<Link> links_;       ///< by id - 1
    std::vector<u8> window_;
    u64 next_ = kFirstUnit;  ///< first free byte, from the cache's start
    u64 committed_ = 0;      ///< bytes
    CacheStats stats_;
    u64 (*clock_)() = nullptr;
    void (*rejected_)(const RejectedUnit&) = nullptr;
};

}  // namespace occlum::sfi

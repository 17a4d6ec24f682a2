// A module: the translations of one executable mapping. Spaces with an equal mapping share it.
#pragma once

#include <optional>
#include <vector>

#include "sfi/cache/code_cache.h"
#include "sfi/translator/translator.h"

namespace occlum::sfi {

/// What makes two mappings the same code.
struct MappingKey {
    u64 identity = 0, start = 0, size = 0, offset = 0;

    auto operator<=>(const MappingKey&) const = default;
    u64 end() const { return start + size; }
    bool contains(u64 guest) const { return guest >= start && guest - start < size; }
};

/// One guest address that has code: offsets are from the cache's start, in bytes.
struct CodeEntry {
    u32 guest = 0;
    u32 landing = translator::kNoLanding;
    u32 body = 0;
    u32 unit = 0;
};

class Module final : public RefCounted, public translator::KnownCode {
public:
    Module(const MappingKey& key, Ref<CodeBytes> bytes) : key_(key), bytes_(std::move(bytes)) {}

    const MappingKey& key() const { return key_; }
    const CodeBytes& bytes() const { return *bytes_; }
    Ref<CodeBytes> bytes_ref() const { return bytes_; }

    std::optional<u32> body_of(GuestAddr guest) const override;
    const CodeEntry* find(u32 guest) const;
    /// Adds an entry, or a landing to an entry that had none.
    void add(const CodeEntry& entry);
    /// Remembers that guest bytes [start, end) were read.
    void covered(u64 start, u64 end);
    bool covers(u64 start, u64 end) const;
    void forget_all();

    template <typename Visit>
    void for_each(Visit visit) const {
        for (const CodeEntry& slot : slots_) {
            if (slot.unit != kFree) visit(slot);
        }
    }

private:
    static constexpr u32 kFree = ~u32{0};
    static constexpr u64 kGranule = 64;  ///< guest bytes
    struct Range {
        u64 start, end;
    };

    size_t probe(u32 guest) const;
    size_t granule(u32 guest) const { return (guest - key_.start) / kGranule; }
    bool may_know(u32 guest) const;
    void grow();

    MappingKey key_;
    Ref<CodeBytes> bytes_;
    std::vector<CodeEntry> slots_;  ///< open addressing; the size is a power of two; unit == kFree: free
    size_t used_ = 0;
    std::vector<u64> granules_;  ///< a bit for each granule that has an entry: most look-ups end here
    std::vector<Range> ranges_;
};

}  // namespace occlum::sfi

// A module: the translations of one executable mapping, which spaces with an equal mapping share; or those of
// all of a process's private code, which may change.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "sfi/cache/code_cache.h"
#include "sfi/translator/translator.h"

namespace occlum::sfi {

/// What makes two mappings the same code.
struct MappingKey {
    u64 identity = 0, start = 0, size = 0, offset = 0;
    bool paired = false;  ///< KnownCode::paired()

    auto operator<=>(const MappingKey&) const = default;
    u64 end() const { return start + size; }
    bool contains(u64 guest) const { return guest >= start && guest - start < size; }
};

/// One guest address that has code: offsets are from the cache's start, in bytes.
struct CodeEntry {
    u32 guest = 0;
    u32 landing = translator::kNoLanding;
    u32 body = 0;  ///< 0: no entry
};

class Module final : public RefCounted, public translator::KnownCode {
public:
    /// `permanent`: the guest bytes never change.
    Module(const MappingKey& key, Ref<CodeBytes> bytes, bool permanent)
        : key_(key), bytes_(std::move(bytes)), permanent_(permanent) {}

    const MappingKey& key() const { return key_; }
    const CodeBytes& bytes() const { return *bytes_; }
    /// What was made of this mapping beforehand, or null.
    const Archive* archive() const;

    std::optional<u32> body_of(GuestAddr guest) const override;
    std::optional<u32> landing_of(GuestAddr guest) const override;
    bool permanent() const override { return permanent_; }
    bool paired() const override { return key_.paired; }
    const CodeEntry* find(u32 guest) const;
    /// Adds an entry, or a landing to an entry that had none.
    void add(const CodeEntry& entry);
    void erase(u32 guest);
    void erase_landing(u32 guest);
    void forget_all();

    template <typename Visit>
    void for_each(Visit visit) const {
        for (const CodeEntry& slot : slots_) {
            if (slot.body != 0) visit(slot);
        }
    }

    /// For code that may change: what has to do with one guest page. Offsets from the cache's start; what
    /// they name may be gone since.
    struct Page {
        std::vector<u32> units;     ///< starts of units that were made from bytes of this page
        std::vector<u32> incoming;  ///< fields of links that go to entries in this page
    };
    Page& page(u64 number) { return pages_[number]; }
    /// Visits the pages first..last that exist.
    template <typename Visit>
    void for_pages(u64 first, u64 last, Visit visit) {
        for (auto at = pages_.lower_bound(first); at != pages_.end() && at->first <= last; ++at)
            visit(at->second);
    }

    std::vector<u32> chunks;  ///< the store's: where its code lies; new code goes to the last

private:
    static constexpr u64 kGranule = 64;  ///< guest bytes

    size_t home(u32 guest) const;
    size_t probe(u32 guest) const;
    size_t granule(u32 guest) const { return (guest - key_.start) / kGranule; }
    bool may_know(u32 guest) const;
    void grow();

    MappingKey key_;
    Ref<CodeBytes> bytes_;
    bool permanent_;
    std::vector<CodeEntry> slots_;  ///< open addressing; the size is a power of two
    size_t used_ = 0;
    std::vector<u64> granules_;  ///< a bit for each granule that has an entry: most look-ups end here. Only
                                 ///< if permanent
    std::map<u64, Page> pages_;
};

}  // namespace occlum::sfi

// Mappings of a process and the ordered list of them. Knows nothing of pages: address_space*.cpp keeps the
// two in step.
#pragma once

#include <optional>
#include <vector>

#include "kernel/fs/dentry.h"
#include "kernel/mm/file_pages.h"
#include "kernel/mm/shared_memory.h"

namespace occlum::kernel {

// PROT_* and MAP_* of mmap(2).
inline constexpr u32 kProtRead = 1, kProtWrite = 2, kProtExec = 4, kProtGrowsDown = 0x0100'0000;
inline constexpr u32 kMapShared = 1, kMapPrivate = 2, kMapSharedValidate = 3, kMapTypeMask = 15,
                     kMapFixed = 0x10, kMapAnonymous = 0x20, kMap32Bit = 0x40, kMapGrowsDown = 0x100,
                     kMapLocked = 0x2000, kMapNoReserve = 0x4000, kMapPopulate = 0x8000, kMapStack = 0x2'0000,
                     kMapHugeTlb = 0x4'0000, kMapFixedNoReplace = 0x10'0000;

enum class VmaKind : u8 { Plain, Heap, Stack };

struct Vma {
    u64 start = 0, end = 0;  ///< guest offsets, page aligned
    u8 protection = 0;       ///< PROT_READ, WRITE, EXEC
    u8 max_protection = 7;   ///< what mprotect(2) may give (a file opened read-only, shared)
    VmaKind kind = VmaKind::Plain;
    bool grows_down = false;
    bool modified = false;  ///< a page of this private file mapping was made writable
    bool dont_fork = false, wipe_on_fork = false;
    bool locked = false;          ///< mlock(2)
    RefPtr<FilePages> file;       ///< private file mapping
    RefPtr<SharedMemory> shared;  ///< shared mapping
    u64 offset = 0;               ///< of `start` in the file or shared memory, in bytes
    RefPtr<Dentry> name;          ///< for /proc/<pid>/maps
    u64 code_identity = 0;        ///< of executable private memory; 0: the file's

    u64 size() const { return end - start; }
    bool contains(u64 address) const { return start <= address && address < end; }
    bool executable() const { return (protection & kProtExec) != 0; }
    bool writable() const { return (protection & kProtWrite) != 0; }
    u64 offset_of(u64 address) const { return offset + (address - start); }
    /// Whether `next`, starting at this one's end, can be one vma with it.
    bool continues_in(const Vma& next) const;
};

/// The mappings in ascending order, in chunks: whatever happens to one of them costs a search over the chunks
/// and work on one or two of these.
class VmaList {
    struct Place {
        size_t chunk, index;
        bool operator==(const Place&) const = default;
    };

public:
    /// Linux's default vm.max_map_count.
    static constexpr size_t kMaxCount = 65530;

    /// Good until the list changes.
    class Iterator {
    public:
        const Vma& operator*() const { return list_->vma(at_); }
        const Vma* operator->() const { return &list_->vma(at_); }
        Iterator& operator++() {
            at_ = list_->next(at_);
            return *this;
        }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

    private:
        friend class VmaList;
        Iterator(const VmaList& list, Place at) : list_(&list), at_(at) {}
        const VmaList* list_;
        Place at_;
    };
    Iterator begin() const { return {*this, {0, 0}}; }
    Iterator end() const { return {*this, {chunks_.size(), 0}}; }
    size_t size() const { return count_; }

    const Vma* find(u64 address) const;
    /// Where it is and whether it is locked are changed through the list only.
    Vma* find(u64 address);
    /// The first vma that ends above the address; end(): none.
    Iterator after(u64 address) const { return {*this, place_after(address)}; }
    /// Where the one before it ends; 0: there is none.
    u64 end_before(Iterator vma) const;
    bool overlaps(u64 start, u64 end) const;
    /// No hole in [start, end).
    bool covers(u64 start, u64 end) const;

    /// Into a hole; merges with its neighbours.
    void insert(Vma vma);
    /// Cuts the range out; returns what was there, clipped to it.
    std::vector<Vma> remove(u64 start, u64 end);
    /// Applies `change` to each vma's part in the range, splitting and merging as needed.
    template <typename Change>
    void update(u64 start, u64 end, Change change) {
        split(start);
        split(end);
        for (Place at = place_after(start); at.chunk < chunks_.size() && vma(at).start < end; at = next(at)) {
            Vma& part = vma(at);
            if (part.locked) locked_ -= part.size();
            change(part);
            if (part.locked) locked_ += part.size();
        }
        join(start, end);
    }

    /// The highest hole of this size in [low, high), as its start.
    std::optional<u64> highest_gap(u64 low, u64 high, u64 size) const;

    u64 total_bytes() const { return total_; }
    u64 locked_bytes() const { return locked_; }
    /// Moves a vma's lower or upper edge, into a hole.
    void move_start(Vma& vma, u64 start);
    void move_end(Vma& vma, u64 end);

private:
    static constexpr size_t kMostInChunk = 64;
    struct Chunk {
        u64 end = 0;          // of its last vma
        u64 largest_gap = 0;  // before one of its vmas
        std::vector<Vma> vmas;
    };

    Vma& vma(Place at) { return chunks_[at.chunk].vmas[at.index]; }
    const Vma& vma(Place at) const { return chunks_[at.chunk].vmas[at.index]; }
    Place next(Place at) const {
        return at.index + 1 < chunks_[at.chunk].vmas.size() ? Place{at.chunk, at.index + 1}
                                                            : Place{at.chunk + 1, 0};
    }
    /// Not of the first.
    Place previous(Place at) const {
        return at.index > 0 ? Place{at.chunk, at.index - 1}
                            : Place{at.chunk - 1, chunks_[at.chunk - 1].vmas.size() - 1};
    }
    Place place_after(u64 address) const;
    void put(Place at, Vma vma);
    void split(u64 address);
    /// Merges what can be merged between the vma before `start` and the one after `end`.
    void join(u64 start, u64 end);
    /// Chunks [first, end) have lost vmas: no empty ones, no small ones side by side.
    void tidy(size_t first, size_t end);
    /// Chunks [first, end], as far as there are, learn their ends and gaps again.
    void measure(size_t first, size_t end);

    std::vector<Chunk> chunks_;  // ascending, disjoint; none is empty
    size_t count_ = 0;
    u64 total_ = 0, locked_ = 0;
};

}  // namespace occlum::kernel

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

class VmaList {
public:
    /// Linux's default vm.max_map_count.
    static constexpr size_t kMaxCount = 65530;

    const std::vector<Vma>& all() const { return vmas_; }
    const Vma* find(u64 address) const;
    Vma* find(u64 address);
    /// Index of the first vma that ends above the address.
    size_t index_after(u64 address) const;
    Vma& at(size_t index) { return vmas_[index]; }
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
        for (size_t i = index_after(start); i < vmas_.size() && vmas_[i].start < end; ++i) change(vmas_[i]);
        merge(start, end);
    }

    /// The highest hole of this size in [low, high), as its start.
    std::optional<u64> highest_gap(u64 low, u64 high, u64 size) const;

    u64 total_bytes() const { return total_; }
    /// Extends a vma's lower or upper edge into a hole.
    void move_start(Vma& vma, u64 start);
    void move_end(Vma& vma, u64 end);

private:
    void split(u64 address);
    /// Merges what can be merged between the vma before `start` and the one after `end`.
    void merge(u64 start, u64 end);

    std::vector<Vma> vmas_;  ///< ascending, disjoint
    u64 total_ = 0;
};

}  // namespace occlum::kernel

// Memory shared between mappings, also of different processes. SGX pages cannot be mapped twice, so each page
// has one holder at a time: a place in a domain, or the store in the kernel's heap. A fault elsewhere moves
// it.
//
//   Vma ──Ref──> SharedMemory ──> page index ──> holder: (AddressSpace, guest page) or stored bytes
#pragma once

#include <map>
#include <vector>

#include "kernel/fs/inode.h"

namespace occlum::kernel {

class AddressSpace;

class SharedMemory final : public RefCounted {
public:
    /// Anonymous: zeroes, for as long as somebody maps it.
    static Ref<SharedMemory> anonymous();
    /// The one object of a file that is mapped shared and writable. Written back by sync(), when a mapping
    /// goes, and never in between: read(2) sees stores through the mapping only then.
    static Ref<SharedMemory> of(Inode& inode);
    ~SharedMemory() override;

    /// Whether the file is mapped shared and writable anywhere.
    static bool maps(Inode& inode);
    bool is_segment = false;  ///< of System V

    const RefPtr<Inode>& inode() const { return inode_; }  ///< null: anonymous
    /// Whether the page lies behind the end of the file.
    Result<bool> beyond_end(u64 index) const;

    struct Holder {
        AddressSpace* space = nullptr;  ///< null: stored, or never touched
        u64 page = 0;                   ///< guest page number in the space's domain
        std::vector<u8> stored;         ///< kPageSize bytes, or empty: zeroes
    };
    /// Where a page is; its contents are read from the file on the first use.
    Result<Holder*> holder(u64 index);
    /// A holder unmaps its page: takes the bytes back, if anybody else may still want them.
    void take_back(Holder& holder);
    /// Writes pages [first, end) to the file.
    Result<void> sync(u64 first, u64 end);
    Holder* find(u64 index);
    /// Pages [first, end) will be read from the file again.
    void drop(u64 first, u64 end);

private:
    explicit SharedMemory(RefPtr<Inode> inode) : inode_(std::move(inode)) {}
    Result<void> write_page(u64 index, const Holder& holder, u64 file_size);

    RefPtr<Inode> inode_;
    std::map<u64, Holder> pages_;
};

enum class Transfer : u8 { Read, Write };
/// Before bytes of a file are moved or its size changes: makes shared mappings of it and the file agree.
void settle_shared_file(Inode& inode, u64 offset, u64 size, Transfer transfer);

}  // namespace occlum::kernel

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
    /// The one object of a file that is mapped shared and writable. Mappings and file are made to agree
    /// when the file is used in other ways, and when a mapping goes.
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
    Holder* find(u64 index);
    /// The page comes back from its holder, which loses it first, so that no store is lost in between.
    /// ENOMEM: the host refuses.
    static Result<void> withdraw(Holder& holder);

    // What follows may let others go on meanwhile, where the caller allows it (long_call.h).

    /// Writes pages [first, end) to the file.
    Result<void> sync(u64 first, u64 end);
    /// Likewise, on the current task's way back; then those that nobody maps are forgotten.
    void sync_later(u64 first, u64 end);
    /// Likewise, and takes all of them away from who maps them: they will be read from the file again.
    Result<void> withdraw_all(u64 first, u64 end);
    /// Bytes [start, end) of the file have changed: whoever maps them sees it.
    Result<void> follow(u64 start, u64 end);

private:
    explicit SharedMemory(RefPtr<Inode> inode) : inode_(std::move(inode)) {}
    Result<void> write_page(u64 index, const Holder& holder, u64 file_size);
    Result<bool> withdraw_held(u64 first, u64 end);
    void forget_free(u64 first, u64 end);

    RefPtr<Inode> inode_;
    std::map<u64, Holder> pages_;
};

/// Before bytes of a file are read in another way: it gets what was stored through mappings.
Result<void> settle_shared_file(Inode& inode, u64 offset, u64 size);
/// Before its size changes, or where bytes are in it: nobody maps these any more. The caller has the turn for
/// its contents.
void withdraw_shared_file(Inode& inode, u64 offset, u64 size);
/// After [offset, offset + size) was written to a file that was `old_size` bytes long.
void update_shared_file(Inode& inode, u64 offset, u64 size, u64 old_size);

}  // namespace occlum::kernel

// The page cache: the contents of a mapped or executed file, one copy for all processes. Private mappings
// copy their pages from here on the first data access; the translator reads code from here, so that code
// which only runs is never in a domain.
//
//   registry ──> FilePages (one for each file contents: device, inode, version) <──Ref── Vma, ExecMapping
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "kernel/fs/inode.h"
#include "sfi/cache/archive.h"

namespace occlum::kernel {

class FilePages final : public sfi::CodeBytes {
public:
    /// The pages of the inode's present contents. Errors of Inode::attributes.
    static Result<Ref<FilePages>> of(Inode& inode);
    ~FilePages() override;

    Inode& inode() const { return *inode_; }
    u64 device() const { return device_; }
    u64 number() const { return number_; }
    u64 size() const { return size_; }  ///< bytes, when the pages were first asked for
    /// Equal identities have equal contents; never reused.
    u64 identity() const { return identity_; }
    /// The stamp of a page filled with file page `index` (page_table.h).
    u64 stamp(u64 index) const { return stamps_ + index; }

    /// Contents from `offset` on, as far as they lie in one piece; empty at the end of the file. Valid until
    /// the next call of anything here. EIO and the inode's errors.
    Result<std::span<const u8>> bytes(u64 offset) const;
    /// CodeBytes: what is there.
    size_t read(u64 offset, std::span<u8> out) const override;
    const sfi::Archive* archive() const override;

    /// Where a mapping of `size` bytes from the file's beginning goes in each process that has room there, so
    /// that its translation is shared. Files in use have different homes. Nothing: there is no room.
    std::optional<u64> home(u64 size);

    /// Whether bytes() has all of [first, end) at hand.
    bool holds(u64 first, u64 end) const;
    /// Loads a part. Others may go on meanwhile, as with Inode::prefetch().
    void prefetch(u64 first, u64 end);
    /// Likewise what code there is made from.
    void prefetch_code(u64 offset);
    /// Forgets cached chunks (they can be read again).
    void shrink() const;

private:
    friend class FileRegistry;
    static constexpr u64 kChunk = 64 << 10;
    FilePages(Inode& inode, const Attributes& attributes, u64 version);
    Result<void> load(u64 index) const;
    Result<std::span<const u8>> chunk(u64 index) const;

    Ref<Inode> inode_;
    u64 device_, number_, version_, size_, identity_, stamps_;
    u64 home_ = 0, home_size_ = 0;  ///< guest offset, bytes; 0: none yet
    mutable std::map<u64, std::vector<u8>> chunks_;
    std::optional<StoredCode> stored_code_;
    mutable RefPtr<sfi::Archive> archive_;
};

}  // namespace occlum::kernel

// Inodes: what a file system offers of one file. Names are single components, never "." or "..".
// Ownership: a mount's file system owns its inodes through the dentries (kernel/fs/dentry.h) and open files
// that hold Refs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ref.h"
#include "base/result.h"
#include "kernel/task/credentials.h"

namespace occlum::kernel {

struct TimeSpec {
    i64 seconds = 0;
    u32 nanoseconds = 0;
};

/// inode(7). `mode` holds type and permission bits.
struct Attributes {
    u64 device = 0, inode = 0;
    u32 mode = 0, links = 1, uid = 0, gid = 0;
    u64 rdev = 0, size = 0, blocks = 0, block_size = 4096;  ///< blocks: of 512 bytes
    TimeSpec accessed, modified, changed, born;
};

/// What chmod, chown, utimensat, truncate change.
struct AttributeChange {
    std::optional<u32> mode, uid, gid;
    std::optional<TimeSpec> accessed, modified;
    std::optional<u64> size;
};

struct DirectoryEntry {
    std::string name;
    u64 inode;
    u8 type;
    u64 next_cookie;
};
/// Receives entries; returns false to stop (the entry was not taken).
class DirectorySink {
public:
    virtual ~DirectorySink() = default;
    virtual bool take(const DirectoryEntry& entry) = 0;
};

class OpenFile;

class Inode : public RefCounted {
public:
    virtual Result<Attributes> attributes() = 0;
    virtual Result<void> change(const AttributeChange& change) = 0;

    // Directories; the defaults say ENOTDIR.
    virtual Result<Ref<Inode>> lookup(std::string_view name);
    virtual Result<Ref<Inode>> create(std::string_view name, u32 mode, u64 rdev,
                                      const Credentials& owner);  ///< any type but link
    virtual Result<Ref<Inode>> symlink(std::string_view name, std::string_view target,
                                       const Credentials& owner);
    virtual Result<void> link(std::string_view name, Inode& target);
    virtual Result<void> unlink(std::string_view name);  ///< not directories
    virtual Result<void> rmdir(std::string_view name);
    virtual Result<void> rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                                u32 flags);
    virtual Result<void> read_directory(u64 cookie, DirectorySink& sink);

    virtual Result<std::string> read_link();  ///< EINVAL but for symbolic links

    // Regular files: contents at an offset, without an open file (exec, mmap, the translator use these).
    virtual Result<size_t> read_at(u64 offset, std::span<u8> out);
    virtual Result<size_t> write_at(u64 offset, std::span<const u8> bytes);

    /// Makes what a descriptor refers to. `flags`: O_* of open(2), permissions already checked.
    virtual Result<Ref<OpenFile>> open(u32 flags) = 0;

    /// Changes whenever the contents may have changed; equal (device, inode, version) ⇒ equal bytes. For
    /// sharing translations.
    virtual u64 content_version() { return 0; }
};

}  // namespace occlum::kernel

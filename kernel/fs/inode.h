// Inodes: what a file system offers of one file. Names are single components, never "." or "..".
// Ownership: a mount's file system owns its inodes through the dentries (kernel/fs/dentry.h) and open files
// that hold Refs.
//
// Permissions, existence of parents and types are the callers' business (kernel/fs/tree.h); an inode checks
// what only it knows: names that exist, directories that are not empty, read-only mounts, space.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ref.h"
#include "base/result.h"
#include "kernel/fs/constants.h"
#include "kernel/fs/page_source.h"
#include "kernel/mm/user_memory.h"
#include "kernel/task/credentials.h"

namespace occlum::kernel {

struct TimeSpec {
    i64 seconds = 0;
    u32 nanoseconds = 0;
    constexpr auto operator<=>(const TimeSpec&) const = default;
};

/// inode(7). `mode` holds type and permission bits.
struct Attributes {
    u64 device = 0, inode = 0;
    u32 mode = 0, links = 1, uid = 0, gid = 0;
    u64 rdev = 0, size = 0, blocks = 0, block_size = 4096;  ///< blocks: of 512 bytes
    TimeSpec accessed = {}, modified = {}, changed = {}, born = {};
};

/// What chmod, chown, utimensat, truncate change.
struct AttributeChange {
    std::optional<u32> mode = {}, uid = {}, gid = {};
    std::optional<TimeSpec> accessed = {}, modified = {};
    std::optional<u64> size = {};
    bool touched = false;  ///< accessed and modified are the time of the change
};

/// statfs(2).
struct FileSystemInfo {
    u64 magic = 0, block_size = 4096, blocks = 0, free_blocks = 0, files = 0, free_files = 0, device = 0;
    bool read_only = false;
    std::string_view type;  ///< as in /proc/mounts
};

struct DirectoryEntry {
    std::string_view name;
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

/// Uses of a regular file (kernel/fs/file_use.h).
struct FileUsers {
    u32 reading = 0, writing = 0, running = 0;
};

/// What is about to be asked of a file system, for foresee().
enum class Foresight : u8 {
    Name,    ///< lookup() of the name
    Names,   ///< read_directory() from the start
    Change,  ///< the names in this directory are going to change, or it is going to be removed
    Link,    ///< read_link()
    Open     ///< open()
};

class OpenFile;
class Dentry;
class FileLocks;
class Turn;

class Inode : public RefCounted {
public:
    explicit Inode(u32 type);
    ~Inode() override;

    /// S_IFMT bits; never changes.
    u32 type() const { return type_; }
    bool is_directory() const { return type_ == kTypeDirectory; }
    bool is_regular() const { return type_ == kTypeRegular; }
    bool is_link() const { return type_ == kTypeLink; }

    virtual Result<Attributes> attributes() = 0;
    virtual Result<void> change(const AttributeChange& change) = 0;
    virtual FileSystemInfo file_system();
    /// Another bound on what the file system may hold, in bytes. EINVAL: less than it holds, or it has none.
    virtual Result<void> resize_file_system(u64) { return err(Errno::Einval); }

    // Directories; the defaults say ENOTDIR.
    virtual Result<Ref<Inode>> lookup(std::string_view name);
    virtual Result<Ref<Inode>> create(std::string_view name, u32 mode, u64 rdev,
                                      const Credentials& owner);  ///< any type but link
    virtual Result<Ref<Inode>> symlink(std::string_view name, std::string_view target,
                                       const Credentials& owner);
    /// A regular file without a name (O_TMPFILE). EOPNOTSUPP where there is no such thing.
    virtual Result<Ref<Inode>> create_unnamed(u32 mode, const Credentials& owner);
    virtual Result<void> link(std::string_view name, Inode& target);
    virtual Result<void> unlink(std::string_view name);  ///< not directories
    virtual Result<void> rmdir(std::string_view name);
    virtual Result<void> rename(std::string_view name, Inode& new_parent, std::string_view new_name,
                                u32 flags);
    /// Entries behind `cookie` in a stable order; cookies are above 2, and "." and ".." are not given.
    virtual Result<void> read_directory(u64 cookie, DirectorySink& sink);
    /// Whether names found here may be remembered in dentries. Not so in /proc.
    virtual bool names_are_stable() const { return true; }
    /// Whether a name that is not here now may be remembered as absent. Not so in volumes.
    virtual bool absence_is_stable() const { return true; }

    /// Fetches from the file system's keeper what the next operation, made at once, will need. Others may go
    /// on meanwhile: the caller holds the inode, and to nothing else that is not its own.
    virtual void foresee(Foresight, std::string_view) {}
    void foresee(Foresight what) { foresee(what, {}); }
    /// Where changes of names leave the kernel lock, they take turns. Null: they never do.
    virtual Turn* names_turn() { return nullptr; }
    /// The same for changes of the contents.
    virtual Turn* contents_turn() { return nullptr; }

    virtual Result<std::string> read_link();  ///< EINVAL but for symbolic links
    /// Where a magic link (/proc/<pid>/fd/…) leads, without its text; null: an ordinary link.
    virtual Result<RefPtr<Dentry>> magic_target();

    // Regular files: contents at an offset, without an open file. The transfer is short at the end of file.
    virtual Result<size_t> read_data(u64 offset, const UserBuffer& to);
    virtual Result<size_t> write_data(u64 offset, const UserBuffer& from);
    /// Brings bytes near that will be wanted. Others may go on meanwhile: the caller holds the inode, and to
    /// nothing else that is not its own.
    virtual void prefetch(u64, u64) {}
    /// The same for what a write of a part, or a change of the size, keeps of the pages at its edges.
    virtual void foresee_write(u64, u64) {}
    virtual void foresee_resize(u64 size) { foresee_write(size, 1); }
    Result<size_t> read_at(u64 offset, std::span<u8> out);
    /// read_at() for a reader that keeps the bytes itself: what is not cached yet stays so. Others may go on
    /// meanwhile, where the caller allows it (long_call.h).
    virtual Result<size_t> read_uncached(u64 offset, std::span<u8> out);
    Result<size_t> write_at(u64 offset, std::span<const u8> bytes);
    virtual Result<void> allocate(u32 mode, u64 offset, u64 length);  ///< fallocate(2)
    virtual Result<u64> seek_data(u64 offset, bool hole);             ///< SEEK_DATA, SEEK_HOLE
    virtual Result<void> sync() { return {}; }
    /// An unprivileged write clears the set-id bits.
    virtual void drop_set_id() {}

    // xattr(7). The defaults: EOPNOTSUPP.
    virtual Result<std::string> get_xattr(std::string_view name);
    virtual Result<void> set_xattr(std::string_view name, std::string_view value, u32 flags);
    virtual Result<void> remove_xattr(std::string_view name);
    virtual Result<std::string> list_xattr();  ///< names, NUL-terminated

    /// Makes what a descriptor refers to. `flags`: O_* of open(2), permissions already checked. May block
    /// (FIFOs).
    virtual Result<Ref<OpenFile>> open(u32 flags) = 0;

    /// Changes whenever the contents may have changed; equal (device, inode, version) ⇒ equal bytes. For
    /// sharing translations.
    virtual u64 content_version() { return 0; }
    /// What was translated beforehand of the present contents.
    virtual std::optional<StoredCode> stored_code() { return {}; }

    /// F_SEAL_*: of memfds that allow them. Others are sealed against seals.
    u32 seals = kSealSeal;

    u8 write_hint = 0;            ///< F_SET_RW_HINT
    bool stays_nameless = false;  ///< O_TMPFILE with O_EXCL
    bool nameless = false;        ///< lost its last name while somebody watched (inotify.h)

    FileUsers users;

    /// Advisory locks; made on first use.
    FileLocks& locks();
    bool has_locks() const { return locks_ != nullptr; }

private:
    u32 type_;
    std::unique_ptr<FileLocks> locks_;
};

/// The version of contents that nobody changes.
inline constexpr u64 kConstantContents = 0;
/// Unique numbers for content_version(), none of them that.
u64 next_content_version();

}  // namespace occlum::kernel

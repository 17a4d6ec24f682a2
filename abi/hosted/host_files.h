// The host's side of the file calls: directory trees below mount roots, never left by a path (openat2 with
// RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS). Used by the host services and by the hosted faces of enclave/.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/host_calls.h"
#include "abi/hosted/write_behind.h"
#include "base/result.h"

namespace occlum::abi {

struct HostDirItem {
    std::string name;
    DirEntryWire wire;
};

class HostFiles {
public:
    HostFiles() = default;
    ~HostFiles();
    HostFiles(const HostFiles&) = delete;
    HostFiles& operator=(const HostFiles&) = delete;

    /// The next mount index gets `directory` as its root. Fails with open(2)'s error.
    Result<u32> add_mount(const std::string& directory, bool read_only);
    /// Forgets all mounts and open files.
    void clear();

    Result<FileStatReply> stat(u64 mount, std::string_view path) const;
    Result<u64> open(u64 mount, std::string_view path, u64 flags);
    Result<void> close(u64 handle);
    Result<size_t> read(u64 handle, u64 offset, std::span<u8> out) const;
    Result<size_t> write(u64 handle, u64 offset, std::span<const u8> bytes) const;
    Result<void> truncate(u64 handle, u64 size) const;
    Result<void> sync(u64 handle) const;
    /// As many entries from `cookie` on as their wire form fits into `budget` bytes; empty at the end.
    Result<std::vector<HostDirItem>> dir_read(u64 mount, std::string_view path, u64 cookie,
                                              size_t budget) const;
    Result<std::string> link_read(u64 mount, std::string_view path) const;
    Result<void> make_file(u64 mount, std::string_view path, u32 mode) const;
    Result<void> make_dir(u64 mount, std::string_view path, u32 mode) const;
    Result<void> make_symlink(u64 mount, std::string_view path, std::string_view target) const;
    Result<void> make_link(u64 mount, std::string_view old_path, std::string_view new_path) const;
    Result<void> unlink(u64 mount, std::string_view path, bool directory) const;
    Result<void> rename(u64 mount, std::string_view old_path, std::string_view new_path) const;
    Result<void> set_attributes(u64 mount, std::string_view path, const SetAttributesWire& wire) const;

private:
    struct Mount {
        int root;
        bool read_only;
    };
    struct OpenFile {
        int fd = -1;
        bool writable = false;
        std::shared_ptr<WriteBehind> behind = {};  // null: writes are made at once
    };
    Result<Mount> mount_at(u64 mount) const;
    Result<Mount> writable_mount(u64 mount) const;
    Result<OpenFile> file_at(u64 handle) const;
    static void close(OpenFile& file);

    mutable std::mutex lock_;
    std::vector<Mount> mounts_;
    std::vector<OpenFile> files_;
    std::vector<u64> free_;
};

/// Size of an entry's wire form: header, name, padding to 8.
constexpr size_t dir_entry_size(size_t name_length) {
    return sizeof(DirEntryWire) + ((name_length + 7) & ~size_t{7});
}

}  // namespace occlum::abi

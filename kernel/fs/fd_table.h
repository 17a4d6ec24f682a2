// Descriptors: of a process, unless its threads have parted (unshare(2)).
#pragma once

#include <vector>

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

class FdTable : public RefCounted {
public:
    FdTable() = default;
    ~FdTable() override;

    /// Lowest free descriptor ≥ minimum, below `limit` (RLIMIT_NOFILE). EMFILE; EINVAL: minimum ≥ limit.
    Result<int> add(Ref<OpenFile> file, bool close_on_exec, int minimum = 0);
    Result<Ref<OpenFile>> get(int fd) const;                               ///< EBADF
    Result<void> replace(int fd, Ref<OpenFile> file, bool close_on_exec);  ///< dup2: closes what was there
    Result<void> close(int fd);
    void close_range(u32 first, u32 last);
    Result<bool> close_on_exec(int fd) const;
    Result<void> set_close_on_exec(int fd, bool value);
    /// For fork without CLONE_FILES.
    Ref<FdTable> clone() const;
    void close_all_on_exec();
    void close_all();
    std::vector<int> open_descriptors() const;

    u64 limit = 1024;

private:
    struct Entry {
        RefPtr<OpenFile> file;
        bool close_on_exec = false;
    };
    void release(Entry entry);
    const Entry* find(int fd) const;
    std::vector<Entry> entries_;
    size_t first_free_ = 0;  ///< no free entry below
};

}  // namespace occlum::kernel

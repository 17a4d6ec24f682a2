#include "kernel/fs/fd_table.h"

#include <algorithm>

#include "enclave/page_budget.h"
#include "kernel/fs/file_lock.h"

namespace occlum::kernel {

FdTable::~FdTable() { close_all(); }

void FdTable::release(Entry entry) {
    if (!entry.file) return;
    // Any close of a file drops all POSIX locks that the process has on it (fcntl(2)).
    if (RefPtr<Inode> inode = entry.file->inode(); inode && inode->has_locks())
        inode->locks().release_owner(this);
    entry.file->descriptor_removed();
}

const FdTable::Entry* FdTable::find(int fd) const {
    if (fd < 0 || static_cast<size_t>(fd) >= entries_.size()) return nullptr;
    const Entry& entry = entries_[static_cast<size_t>(fd)];
    return entry.file ? &entry : nullptr;
}

Result<int> FdTable::add(Ref<OpenFile> file, bool close_on_exec, int minimum) {
    if (minimum < 0 || static_cast<u64>(minimum) >= limit) return err(Errno::Einval);
    size_t start = static_cast<size_t>(minimum);
    size_t index = std::max(start, first_free_);
    while (index < entries_.size() && entries_[index].file) ++index;
    if (index >= limit) return err(Errno::Emfile);
    TRY(enclave::room_for_objects());
    if (index >= entries_.size()) entries_.resize(index + 1);
    if (start <= first_free_) first_free_ = index + 1;
    file->descriptor_added();
    entries_[index] = {.file = file, .close_on_exec = close_on_exec};
    return static_cast<int>(index);
}

Result<Ref<OpenFile>> FdTable::get(int fd) const {
    const Entry* entry = find(fd);
    if (entry == nullptr) return err(Errno::Ebadf);
    return Ref<OpenFile>(*entry->file);
}

Result<void> FdTable::replace(int fd, Ref<OpenFile> file, bool close_on_exec) {
    if (fd < 0 || static_cast<u64>(fd) >= limit) return err(Errno::Ebadf);
    size_t index = static_cast<size_t>(fd);
    if (index >= entries_.size()) entries_.resize(index + 1);
    file->descriptor_added();
    release(std::exchange(entries_[index], Entry{.file = file, .close_on_exec = close_on_exec}));
    return {};
}

Result<void> FdTable::close(int fd) {
    if (find(fd) == nullptr) return err(Errno::Ebadf);
    size_t index = static_cast<size_t>(fd);
    first_free_ = std::min(first_free_, index);
    release(std::exchange(entries_[index], Entry{}));
    return {};
}

void FdTable::close_range(u32 first, u32 last) {
    for (size_t index = first; index <= last && index < entries_.size(); ++index)
        if (entries_[index].file) static_cast<void>(close(static_cast<int>(index)));
}

Result<bool> FdTable::close_on_exec(int fd) const {
    const Entry* entry = find(fd);
    if (entry == nullptr) return err(Errno::Ebadf);
    return entry->close_on_exec;
}

Result<void> FdTable::set_close_on_exec(int fd, bool value) {
    if (find(fd) == nullptr) return err(Errno::Ebadf);
    entries_[static_cast<size_t>(fd)].close_on_exec = value;
    return {};
}

Ref<FdTable> FdTable::clone() const {
    auto copy = make_ref<FdTable>();
    copy->limit = limit;
    copy->entries_ = entries_;
    copy->first_free_ = first_free_;
    for (const Entry& entry : copy->entries_)
        if (entry.file) entry.file->descriptor_added();
    return copy;
}

void FdTable::close_all_on_exec() {
    for (size_t index = 0; index < entries_.size(); ++index)
        if (entries_[index].file && entries_[index].close_on_exec)
            static_cast<void>(close(static_cast<int>(index)));
}

void FdTable::close_all() { close_range(0, ~u32{0}); }

std::vector<int> FdTable::open_descriptors() const {
    std::vector<int> open;
    for (size_t index = 0; index < entries_.size(); ++index)
        if (entries_[index].file) open.push_back(static_cast<int>(index));
    return open;
}

}  // namespace occlum::kernel

// What the proc file system is made of: texts made when they are opened, links, directories of tables.
// Inodes name processes by number and look them up at each use: they may be gone.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

class FdTable;
class FsContext;
class Process;

/// Whom a file of /proc tells about; 0: the system.
struct ProcSubject {
    u32 pid = 0;
    u32 tid = 0;   ///< below /proc/<pid>/task/<tid>; else 0
    u32 line = 0;  ///< of a file below /proc/sys: its line in the table
};

/// The process, if it is still there. ENOENT.
Result<Ref<Process>> process_of(const ProcSubject& subject);
/// The task that a subject means: the named thread, or the first. Null: that has ended.
Result<RefPtr<class Task>> task_of(const ProcSubject& subject);
/// Of that task; null when it has ended.
Result<RefPtr<FdTable>> files_of(const ProcSubject& subject);
Result<RefPtr<FsContext>> view_of(const ProcSubject& subject);
/// A thread's own, or those of the process as a whole.
Result<Ref<const SharedCredentials>> credentials_of(const ProcSubject& subject);

using ProcText = Result<std::string> (*)(const ProcSubject& subject);
using ProcWrite = Result<void> (*)(const ProcSubject& subject, std::string_view text);
using ProcTarget = Result<RefPtr<Dentry>> (*)(const ProcSubject& subject);
using ProcBuild = Ref<Inode> (*)(const ProcSubject& subject);

/// A line of a directory's table. `mode` with the type; one of the functions belongs to it.
struct ProcEntry {
    std::string_view name;
    u32 mode;
    ProcText text = nullptr;      ///< of files, and of plain links
    ProcWrite write = nullptr;    ///< of files that take text
    ProcTarget target = nullptr;  ///< of magic links
    ProcBuild build = nullptr;    ///< of directories
};

class ProcInode : public Inode {
public:
    ProcInode(u32 mode, const ProcSubject& subject, u64 number)
        : Inode(mode), subject_(subject), mode_(mode), number_(number) {}
    Result<Attributes> attributes() override;
    Result<void> change(const AttributeChange& change) override;
    FileSystemInfo file_system() override;
    bool names_are_stable() const override { return false; }
    Result<Ref<OpenFile>> open(u32 flags) override;  ///< as a directory

protected:
    ProcSubject subject_;

private:
    u32 mode_;
    u64 number_;
};

class ProcDirectory final : public ProcInode {
public:
    ProcDirectory(std::span<const ProcEntry> entries, const ProcSubject& subject, u64 number)
        : ProcInode(kTypeDirectory | 0555, subject, number), entries_(entries) {}
    Result<Ref<Inode>> lookup(std::string_view name) override;
    Result<void> read_directory(u64 cookie, DirectorySink& sink) override;

private:
    std::span<const ProcEntry> entries_;
};

/// A magic link to where a dentry is.
class ProcDentryLink final : public ProcInode {
public:
    ProcDentryLink(RefPtr<Dentry> target, const ProcSubject& subject, u64 number)
        : ProcInode(kTypeLink | 0777, subject, number), target_(std::move(target)) {}
    Result<std::string> read_link() override;
    Result<RefPtr<Dentry>> magic_target() override { return target_; }

private:
    RefPtr<Dentry> target_;
};

/// Inodes for table lines, for directories that add lines of their own.
Ref<Inode> make_proc_entry(const ProcEntry& entry, const ProcSubject& subject, size_t index);
/// A file with a text that is known already.
Ref<Inode> make_proc_text(std::string text, const ProcSubject& subject, u64 number);
/// An opened file with a text, which is asked for again when the file is read from its beginning again;
/// `write` is told what is written, and null where nothing can be.
Result<Ref<OpenFile>> make_proc_text_file(u32 flags, ProcText text, ProcWrite write,
                                          const ProcSubject& subject);
u64 proc_number(const ProcSubject& subject, u64 index);

/// Offers a table's entries to a sink. `first`: the cookie of the first. False: stop.
bool offer_entries(std::span<const ProcEntry> entries, const ProcSubject& subject, u64 first, u64 cookie,
                   DirectorySink& sink);

// The parts of the tree.
Ref<Inode> make_process_directory(const ProcSubject& subject);
std::span<const ProcEntry> system_entries();

}  // namespace occlum::kernel

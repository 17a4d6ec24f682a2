// /proc/<pid>: its table, and the directories fd, fdinfo and task.
#include <algorithm>

#include "kernel/fs/proc/ipc_files.h"
#include "kernel/fs/proc/memory_file.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/fs/proc/process_files.h"
#include "kernel/fs/proc/text.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

// Numbers above those of the tables' lines.
constexpr u64 kDirectoryIndex = 1 << 16;
constexpr u64 kFdIndex = 1 << 17;
constexpr u64 kFdInfoIndex = 1 << 24;

// A number as a name: no leading zero, no sign.
std::optional<u32> parse_number(std::string_view name) {
    if (name.empty() || name.size() > 9 || (name.size() > 1 && name.front() == '0')) return std::nullopt;
    u32 value = 0;
    for (char c : name) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<u32>(c - '0');
    }
    return value;
}

// fd and fdinfo: a name for each open descriptor. Cookies are the descriptors, moved past those of "." and
// "..".
class FdDirectory final : public ProcInode {
public:
    FdDirectory(const ProcSubject& subject, bool info)
        : ProcInode(kTypeDirectory | (info ? 0555 : 0500), subject,
                    proc_number(subject, kDirectoryIndex + (info ? 1 : 0))),
          info_(info) {}

    Result<Ref<Inode>> lookup(std::string_view name) override {
        std::optional<u32> fd = parse_number(name);
        if (!fd) return err(Errno::Enoent);
        const RefPtr<FdTable> files = TRY(files_of(subject_));
        if (!files) return err(Errno::Enoent);
        Result<Ref<OpenFile>> file = files->get(static_cast<int>(*fd));
        if (!file) return err(Errno::Enoent);
        if (!(*file)->dentry) return err(Errno::Enoent);
        u64 number = proc_number(subject_, (info_ ? kFdInfoIndex : kFdIndex) + *fd);
        if (!info_) return Ref<Inode>(make_ref<ProcDentryLink>((*file)->dentry, subject_, number));
        u32 flags = (*file)->flags();
        if (files->close_on_exec(static_cast<int>(*fd)).value_or(false)) flags |= kOpenCloseOnExec;
        return make_proc_text(
            "pos:\t" + std::to_string((*file)->position()) + "\nflags:\t" + octal(flags) + "\nmnt_id:\t21\n",
            subject_, number);
    }

    Result<void> read_directory(u64 cookie, DirectorySink& sink) override {
        constexpr u64 kFirst = 3;
        const RefPtr<FdTable> files = TRY(files_of(subject_));
        if (!files) return {};
        for (int open : files->open_descriptors()) {
            u64 fd = static_cast<u64>(open);
            if (fd + kFirst <= cookie) continue;
            std::string name = std::to_string(fd);
            if (!sink.take({.name = name,
                            .inode = proc_number(subject_, (info_ ? kFdInfoIndex : kFdIndex) + fd),
                            .type = directory_entry_type(info_ ? kTypeRegular : kTypeLink),
                            .next_cookie = fd + kFirst}))
                break;
        }
        return {};
    }

private:
    bool info_;
};

Ref<Inode> fd_directory(const ProcSubject& subject) { return make_ref<FdDirectory>(subject, false); }
Ref<Inode> fdinfo_directory(const ProcSubject& subject) { return make_ref<FdDirectory>(subject, true); }
Ref<Inode> task_directory(const ProcSubject& subject);

Result<std::string> zero_text(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("0\n");
}
Result<std::string> cgroup_text(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("0::/\n");
}
Result<std::string> login_uid(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string("4294967295");
}
Result<std::string> process_personality(const ProcSubject& subject) {
    return hexadecimal(TRY(process_of(subject))->personality, 8) + "\n";
}

// The one name space of each kind, with the numbers of Linux's first ones.
Result<std::string> name_space_of(std::string_view kind, u64 number) {
    return std::string(kind) + ":[" + std::to_string(number) + "]";
}
constexpr u64 kFirstNameSpace = 4026531835;
constexpr std::array<ProcEntry, 7> kNameSpaces{
    {{"cgroup", kTypeLink | 0777,
      [](const ProcSubject&) { return name_space_of("cgroup", kFirstNameSpace); }},
     {"ipc", kTypeLink | 0777, [](const ProcSubject&) { return name_space_of("ipc", kFirstNameSpace + 4); }},
     {"mnt", kTypeLink | 0777, [](const ProcSubject&) { return name_space_of("mnt", kFirstNameSpace + 5); }},
     {"net", kTypeLink | 0777, [](const ProcSubject&) { return name_space_of("net", kFirstNameSpace + 6); }},
     {"pid", kTypeLink | 0777, [](const ProcSubject&) { return name_space_of("pid", kFirstNameSpace + 1); }},
     {"user", kTypeLink | 0777,
      [](const ProcSubject&) { return name_space_of("user", kFirstNameSpace + 2); }},
     {"uts", kTypeLink | 0777,
      [](const ProcSubject&) { return name_space_of("uts", kFirstNameSpace + 3); }}}};
Ref<Inode> name_space_directory(const ProcSubject& subject) {
    return make_ref<ProcDirectory>(kNameSpaces, subject, proc_number(subject, 1000));
}
Ref<Inode> process_memory_file(const ProcSubject& subject) {
    return make_ref<ProcMemoryFile>(subject, proc_number(subject, 1001));
}
Result<void> ignore_text(const ProcSubject&, std::string_view) { return {}; }

constexpr u32 kFile = kTypeRegular | 0444;
constexpr u32 kWritable = kTypeRegular | 0644;
constexpr u32 kDirectory = kTypeDirectory | 0555;
constexpr u32 kLink = kTypeLink | 0777;

constexpr std::array<ProcEntry, 31> kEntries{
    {{"stat", kFile, process_stat},
     {"status", kFile, process_status},
     {"statm", kFile, process_statm},
     {"cmdline", kFile, process_cmdline},
     {"comm", kWritable, process_comm, set_process_comm},
     {"environ", kTypeRegular | 0400, process_environ},
     {"smaps", kFile, process_smaps},
     {"io", kTypeRegular | 0400, process_io},
     {"schedstat", kFile, process_schedstat},
     {"loginuid", kWritable, login_uid, ignore_text},
     {"sessionid", kFile, login_uid},
     {"personality", kTypeRegular | 0400, process_personality},
     {"net", kDirectory, nullptr, nullptr, nullptr, net_status_directory},
     {"ns", kTypeDirectory | 0511, nullptr, nullptr, nullptr, name_space_directory},
     {"auxv", kTypeRegular | 0400, process_auxv},
     {"maps", kFile, process_maps},
     {"mem", kTypeRegular | 0600, nullptr, nullptr, nullptr, process_memory_file},
     {"limits", kFile, process_limits},
     {"mounts", kFile, process_mounts},
     {"mountinfo", kFile, process_mountinfo},
     {"oom_score", kFile, zero_text},
     {"oom_score_adj", kWritable, process_oom_score_adj, set_process_oom_score_adj},
     {"oom_adj", kWritable, process_oom_adj, set_process_oom_adj},
     {"wchan", kFile, zero_text},
     {"cgroup", kFile, cgroup_text},
     {"exe", kLink, nullptr, nullptr, process_exe},
     {"cwd", kLink, nullptr, nullptr, process_cwd},
     {"root", kLink, nullptr, nullptr, process_root},
     {"fd", kTypeDirectory | 0500, nullptr, nullptr, nullptr, fd_directory},
     {"fdinfo", kDirectory, nullptr, nullptr, nullptr, fdinfo_directory},
     // Last, because a thread's directory has all but this.
     {"task", kDirectory, nullptr, nullptr, nullptr, task_directory}}};

class TaskDirectory final : public ProcInode {
public:
    explicit TaskDirectory(const ProcSubject& subject)
        : ProcInode(kTypeDirectory | 0555, subject, proc_number(subject, kDirectoryIndex + 2)) {}

    Result<Ref<Inode>> lookup(std::string_view name) override {
        std::optional<u32> tid = parse_number(name);
        if (!tid || *tid == 0) return err(Errno::Enoent);
        ProcSubject thread{.pid = subject_.pid, .tid = *tid};
        TRY(task_of(thread));
        constexpr std::span<const ProcEntry> kThreadEntries = std::span(kEntries).first(kEntries.size() - 1);
        return Ref<Inode>(
            make_ref<ProcDirectory>(kThreadEntries, thread, proc_number(thread, kDirectoryIndex + 3)));
    }

    Result<void> read_directory(u64 cookie, DirectorySink& sink) override {
        constexpr u64 kFirst = 3;
        Ref<Process> process = TRY(process_of(subject_));
        std::vector<u32> tids;
        for (const Task* task : process->tasks) tids.push_back(task->tid);
        std::ranges::sort(tids);
        for (u32 tid : tids) {
            if (tid + kFirst <= cookie) continue;
            std::string name = std::to_string(tid);
            ProcSubject thread{.pid = subject_.pid, .tid = tid};
            if (!sink.take({.name = name,
                            .inode = proc_number(thread, kDirectoryIndex + 3),
                            .type = directory_entry_type(kTypeDirectory),
                            .next_cookie = tid + kFirst}))
                break;
        }
        return {};
    }
};

Ref<Inode> task_directory(const ProcSubject& subject) { return make_ref<TaskDirectory>(subject); }

// The root: the system's files, then a directory for each process.
class RootDirectory final : public ProcInode {
public:
    RootDirectory() : ProcInode(kTypeDirectory | 0555, {}, 1) {}

    Result<Ref<Inode>> lookup(std::string_view name) override {
        std::span<const ProcEntry> entries = system_entries();
        auto found = std::ranges::find(entries, name, &ProcEntry::name);
        if (found != entries.end())
            return make_proc_entry(*found, subject_, static_cast<size_t>(found - entries.begin()) + 1);
        std::optional<u32> pid = parse_number(name);
        if (!pid || *pid == 0) return err(Errno::Enoent);
        ProcSubject process{.pid = *pid};
        if (!process_of(process)) {
            // A thread's number works, too, but is not listed.
            RefPtr<Task> task = pid_table().task(*pid);
            if (!task) return err(Errno::Enoent);
            process.pid = task->process().pid;
        }
        return make_process_directory(process);
    }

    Result<void> read_directory(u64 cookie, DirectorySink& sink) override {
        constexpr u64 kFirst = 3, kFirstProcess = 1000;
        if (!offer_entries(system_entries(), subject_, kFirst, cookie, sink)) return {};
        for (const auto& [pid, process] : pid_table().processes()) {
            if (pid + kFirstProcess <= cookie) continue;
            std::string name = std::to_string(pid);
            if (!sink.take({.name = name,
                            .inode = proc_number({.pid = pid}, kDirectoryIndex + 4),
                            .type = directory_entry_type(kTypeDirectory),
                            .next_cookie = pid + kFirstProcess}))
                break;
        }
        return {};
    }
};

}  // namespace

Ref<Inode> make_process_directory(const ProcSubject& subject) {
    return make_ref<ProcDirectory>(kEntries, subject, proc_number(subject, kDirectoryIndex + 4));
}

Result<Ref<Inode>> make_proc_root() { return Ref<Inode>(make_ref<RootDirectory>()); }

}  // namespace occlum::kernel

// The files of /proc/<pid> and /proc/<pid>/task/<tid>.
#include "kernel/fs/proc/process_files.h"

#include "kernel/fs/proc/mount_text.h"
#include "kernel/fs/proc/text.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"
#include "kernel/tty/tty.h"

namespace occlum::kernel {
namespace {

char state_letter(const Process& process, const Task* task) {
    if (process.zombie || task == nullptr) return 'Z';
    if (task->trace && task->trace->stop != StopKind::None) return 't';
    if (process.stopped) return 'T';
    switch (task->state) {
        case TaskState::Runnable:
        case TaskState::Running:
            return 'R';
        case TaskState::Sleeping:
            return 'S';
        case TaskState::Dead:
            return 'X';
    }
    return 'S';
}

std::string_view state_name(char letter) {
    switch (letter) {
        case 'R':
            return "R (running)";
        case 'T':
            return "T (stopped)";
        case 't':
            return "t (tracing stop)";
        case 'Z':
            return "Z (zombie)";
        case 'X':
            return "X (dead)";
        default:
            return "S (sleeping)";
    }
}

u32 parent_pid(const Process& process) { return process.parent != nullptr ? process.parent->pid : 0; }

MemoryUsage memory_usage(const Process& process) {
    return process.memory ? process.memory->usage() : MemoryUsage{};
}

SigSet with_handler(const Process& process, bool ignored) {
    SigSet set;
    for (int signal = 1; process.actions && signal <= kSigMax; ++signal) {
        u64 handler = process.actions->of(signal).handler;
        if (handler != kSigDefault && (handler == kSigIgnore) == ignored) set.add(signal);
    }
    return set;
}

std::string name_of(const Process& process, const Task* task) {
    return task != nullptr && !task->name.empty() ? task->name : process.name;
}

std::string words(std::initializer_list<u64> numbers) {
    std::string text;
    for (u64 number : numbers) text += " " + std::to_string(number);
    return text;
}

// tty_nr and tpgid.
std::string terminal_of(const Process& process) {
    constexpr u64 kMajor = 136;
    RefPtr<Tty> tty = terminals().controlling(process);
    if (!tty) return " 0 -1";
    return words({make_device(kMajor, tty->number), tty->foreground()});
}

}  // namespace

Result<std::string> process_stat(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    RefPtr<Task> task = TRY(task_of(subject));
    MemoryUsage memory = memory_usage(*process);
    Usage times = process->usage();
    const Usage& children = process->ended_children;
    u64 pending = process->pending.set().bits();
    u64 blocked = task ? task->blocked.bits() : 0;
    std::string text = std::to_string(subject.tid != 0 ? subject.tid : process->pid) + " (" +
                       name_of(*process, task.get()) + ") " + state_letter(*process, task.get());
    text += words({parent_pid(*process), process->group, process->session}) + terminal_of(*process) +
            words({0x40'0000});
    text += words({0, 0, 0, 0, times.user_ns / kTickNs, times.system_ns / kTickNs, children.user_ns / kTickNs,
                   children.system_ns / kTickNs});
    i64 nice = task ? task->scheduling.nice : 0;
    text += " " + std::to_string(20 + nice) + " " + std::to_string(nice);
    text += words({process->tasks.size(), 0, process->start_ns / kTickNs, memory.virtual_bytes,
                   memory.resident_bytes / kPageSize, ~u64{0}});
    text += words({0, 0, 0, 0, 0, pending & 0x7fff'ffff, blocked & 0x7fff'ffff,
                   with_handler(*process, true).bits() & 0x7fff'ffff,
                   with_handler(*process, false).bits() & 0x7fff'ffff});
    text += words({0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    return text + "\n";
}

Result<std::string> process_status(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    RefPtr<Task> task = TRY(task_of(subject));
    const Ref<const SharedCredentials> held = TRY(credentials_of(subject));
    const Credentials& who = held->value;
    MemoryUsage memory = memory_usage(*process);
    auto line = [](std::string_view name, const std::string& value) {
        return std::string(name) + ":\t" + value + "\n";
    };
    auto kilobytes = [&](std::string_view name, u64 bytes) {
        return line(name, padded(bytes / 1024, 8) + " kB");
    };
    auto ids = [](u32 a, u32 b, u32 c, u32 d) {
        return std::to_string(a) + "\t" + std::to_string(b) + "\t" + std::to_string(c) + "\t" +
               std::to_string(d);
    };
    std::string text = line("Name", name_of(*process, task.get()));
    text += line("Umask", octal(task && task->view ? task->view->umask : 0));
    text += line("State", std::string(state_name(state_letter(*process, task.get()))));
    text += line("Tgid", std::to_string(process->pid));
    text += line("Ngid", "0");
    text += line("Pid", std::to_string(subject.tid != 0 ? subject.tid : process->pid));
    text += line("PPid", std::to_string(parent_pid(*process)));
    text += line("TracerPid", std::to_string(task && task->trace ? task->trace->tracer->pid : 0));
    text += line("Uid", ids(who.uid, who.euid, who.suid, who.fsuid));
    text += line("Gid", ids(who.gid, who.egid, who.sgid, who.fsgid));
    text += line("FDSize", std::to_string(task && task->files ? task->files->open_descriptors().size() : 0));
    std::string groups;
    for (u32 group : who.groups) groups += std::to_string(group) + " ";
    text += line("Groups", groups.empty() ? " " : groups);
    text += kilobytes("VmPeak", memory.virtual_bytes) + kilobytes("VmSize", memory.virtual_bytes);
    text += kilobytes("VmLck", memory.locked_bytes) + kilobytes("VmPin", 0);
    text += kilobytes("VmHWM", memory.peak_resident_bytes) + kilobytes("VmRSS", memory.resident_bytes);
    text += kilobytes("VmData", memory.data_bytes) + kilobytes("VmStk", memory.stack_bytes);
    text += kilobytes("VmExe", memory.text_bytes) + kilobytes("VmLib", 0) + kilobytes("VmSwap", 0);
    text += line("Threads", std::to_string(process->tasks.size()));
    text += line("SigPnd", hexadecimal(task ? task->pending.set().bits() : 0, 16));
    text += line("ShdPnd", hexadecimal(process->pending.set().bits(), 16));
    text += line("SigBlk", hexadecimal(task ? task->blocked.bits() : 0, 16));
    text += line("SigIgn", hexadecimal(with_handler(*process, true).bits(), 16));
    text += line("SigCgt", hexadecimal(with_handler(*process, false).bits(), 16));
    text += line("CapInh", hexadecimal(who.inheritable.bits(), 16));
    text += line("CapPrm", hexadecimal(who.permitted.bits(), 16));
    text += line("CapEff", hexadecimal(who.effective.bits(), 16));
    text += line("CapBnd", hexadecimal(who.bounding.bits(), 16));
    text += line("CapAmb", hexadecimal(who.ambient.bits(), 16));
    text += line("NoNewPrivs", who.no_new_privileges ? "1" : "0");
    text += line("Seccomp", "0");
    return text;
}

Result<std::string> process_statm(const ProcSubject& subject) {
    MemoryUsage memory = memory_usage(*TRY(process_of(subject)));
    std::string text = std::to_string(memory.virtual_bytes / kPageSize);
    return text +
           words({memory.resident_bytes / kPageSize, 0, memory.text_bytes / kPageSize, 0,
                  (memory.data_bytes + memory.stack_bytes) / kPageSize, 0}) +
           "\n";
}

Result<std::string> process_cmdline(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    return std::string(process->command_line.begin(), process->command_line.end());
}
Result<std::string> process_auxv(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    return std::string(process->auxiliary.begin(), process->auxiliary.end());
}
Result<std::string> process_comm(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    return name_of(*process, TRY(task_of(subject)).get()) + "\n";
}

Result<void> set_process_comm(const ProcSubject& subject, std::string_view text) {
    constexpr size_t kLongest = 15;
    Ref<Process> process = TRY(process_of(subject));
    RefPtr<Task> task = TRY(task_of(subject));
    if (process.get() != &current_process()) return err(Errno::Eperm);
    if (text.ends_with('\n')) text.remove_suffix(1);
    std::string name(text.substr(0, kLongest));
    if (subject.tid == 0 || subject.tid == process->pid) process->name = name;
    if (task) task->name = name;
    return {};
}

Result<std::string> process_maps(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    const RefPtr<FsContext> view = TRY(view_of(subject));
    return process->memory && view ? process->memory->maps_text(*view) : std::string();
}

Result<std::string> process_smaps(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    const RefPtr<FsContext> view = TRY(view_of(subject));
    return process->memory && view ? process->memory->smaps_text(*view) : std::string();
}

Result<std::string> process_environ(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    return std::string(process->environment.begin(), process->environment.end());
}

Result<std::string> process_io(const ProcSubject& subject) {
    TRY(process_of(subject));
    return std::string(
        "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
}

Result<std::string> process_schedstat(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    return std::to_string(process->usage().cpu_ns()) + " 0 0\n";
}

Result<std::string> process_mounts(const ProcSubject& subject) {
    const RefPtr<FsContext> view = TRY(view_of(subject));
    return view ? mounts_text(*view) : std::string();
}
Result<std::string> process_mountinfo(const ProcSubject& subject) {
    const RefPtr<FsContext> view = TRY(view_of(subject));
    return view ? mountinfo_text(*view) : std::string();
}

Result<std::string> process_limits(const ProcSubject& subject) {
    struct Row {
        std::string_view name, unit;
        Resource resource;
    };
    static constexpr std::array<Row, 16> kRows{{{"Max cpu time", "seconds", Resource::Cpu},
                                                {"Max file size", "bytes", Resource::FileSize},
                                                {"Max data size", "bytes", Resource::Data},
                                                {"Max stack size", "bytes", Resource::Stack},
                                                {"Max core file size", "bytes", Resource::Core},
                                                {"Max resident set", "bytes", Resource::ResidentSet},
                                                {"Max processes", "processes", Resource::Processes},
                                                {"Max open files", "files", Resource::OpenFiles},
                                                {"Max locked memory", "bytes", Resource::LockedMemory},
                                                {"Max address space", "bytes", Resource::AddressSpace},
                                                {"Max file locks", "locks", Resource::Locks},
                                                {"Max pending signals", "signals", Resource::PendingSignals},
                                                {"Max msgqueue size", "bytes", Resource::MessageQueue},
                                                {"Max nice priority", "", Resource::Nice},
                                                {"Max realtime priority", "", Resource::RealtimePriority},
                                                {"Max realtime timeout", "us", Resource::RealtimeTime}}};
    Ref<Process> process = TRY(process_of(subject));
    auto column = [](std::string text, size_t width) {
        text.resize(std::max(width, text.size()), ' ');
        return text;
    };
    auto value = [](u64 limit) {
        return limit == ~u64{0} ? std::string("unlimited") : std::to_string(limit);
    };
    std::string text = column("Limit", 26) + column("Soft Limit", 21) + column("Hard Limit", 21) +
                       column("Units", 10) + "\n";
    for (const Row& row : kRows) {
        const ResourceLimit& limit = process->limits.of(row.resource);
        text += column(std::string(row.name), 26) + column(value(limit.soft), 21) +
                column(value(limit.hard), 21) + column(std::string(row.unit), 10) + "\n";
    }
    return text;
}

Result<RefPtr<Dentry>> process_exe(const ProcSubject& subject) {
    Ref<Process> process = TRY(process_of(subject));
    return process->executable ? process->executable->dentry : nullptr;
}
Result<RefPtr<Dentry>> process_cwd(const ProcSubject& subject) {
    const RefPtr<FsContext> view = TRY(view_of(subject));
    return view ? RefPtr<Dentry>(view->cwd) : nullptr;
}
Result<RefPtr<Dentry>> process_root(const ProcSubject& subject) {
    const RefPtr<FsContext> view = TRY(view_of(subject));
    return view ? RefPtr<Dentry>(view->root) : nullptr;
}

}  // namespace occlum::kernel

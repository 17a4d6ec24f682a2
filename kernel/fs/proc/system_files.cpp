// /proc/meminfo and the other files about the system as a whole.
#include "enclave/host.h"
#include "enclave/pages.h"
#include "kernel/boot/libos.h"
#include "kernel/boot/release.h"
#include "kernel/fs/file_systems.h"
#include "kernel/fs/mounts.h"
#include "kernel/fs/proc/config_file.h"
#include "kernel/fs/proc/ipc_files.h"
#include "kernel/fs/proc/mount_text.h"
#include "kernel/fs/proc/proc_inode.h"
#include "kernel/fs/proc/settings.h"
#include "kernel/fs/proc/text.h"
#include "kernel/sched/scheduler.h"
#include "kernel/task/memory_report.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

std::string kilobytes(std::string_view name, u64 bytes) {
    std::string label = std::string(name) + ":";
    label.resize(16, ' ');
    return label + padded(bytes / 1024, 8) + " kB\n";
}

Result<std::string> meminfo(const ProcSubject&) {
    const MemoryReport memory = memory_report();
    const u64 used = memory.total - memory.free;
    std::string text = kilobytes("MemTotal", memory.total);
    text += kilobytes("MemFree", memory.free);
    text += kilobytes("MemAvailable", memory.available);
    for (std::string_view zero : {"Buffers", "Cached", "SwapCached"}) text += kilobytes(zero, 0);
    text += kilobytes("Active", memory.resident);
    for (std::string_view zero : {"Inactive", "SwapTotal", "SwapFree", "Dirty", "Writeback"})
        text += kilobytes(zero, 0);
    text += kilobytes("AnonPages", memory.resident);
    for (std::string_view zero : {"Mapped", "Shmem"}) text += kilobytes(zero, 0);
    text += kilobytes("Slab", used - memory.resident);
    const enclave::HeapUse heap = enclave::heap_use();
    text += kilobytes("SReclaimable", heap.held - heap.in_use);
    text += kilobytes("SUnreclaim", heap.in_use);
    text += kilobytes("CommitLimit", memory.total);
    text += kilobytes("Committed_AS", used);
    return text;
}

u32 cpu_count() { return std::max<u32>(1, libos_options().cpus); }

Result<std::string> cpuinfo(const ProcSubject&) {
    std::string text;
    for (u32 cpu = 0; cpu < cpu_count(); ++cpu) {
        text += "processor\t: " + std::to_string(cpu) + "\n";
        text += "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\n";
        text += "model name\t: Occlum vCPU\nstepping\t: 6\ncpu MHz\t\t: 2000.000\ncache size\t: 32768 KB\n";
        text += "physical id\t: 0\nsiblings\t: " + std::to_string(cpu_count()) + "\n";
        text +=
            "core id\t\t: " + std::to_string(cpu) + "\ncpu cores\t: " + std::to_string(cpu_count()) + "\n";
        text +=
            "fpu\t\t: yes\nflags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 pni ssse3 cx16 sse4_1 sse4_2 "
            "popcnt\n";
        text +=
            "bogomips\t: 4000.00\nclflush size\t: 64\naddress sizes\t: 46 bits physical, 48 bits virtual\n\n";
    }
    return text;
}

Result<std::string> system_stat(const ProcSubject&) {
    Usage total;
    u64 running = 0;
    for (const auto& [pid, process] : pid_table().processes()) {
        Usage times = process->usage();
        total.user_ns += times.user_ns;
        total.system_ns += times.system_ns;
    }
    for (const auto& [tid, task] : pid_table().tasks())
        if (task->state == TaskState::Runnable || task->state == TaskState::Running) ++running;
    std::string line = std::to_string(total.user_ns / kTickNs) + " 0 " +
                       std::to_string(total.system_ns / kTickNs) + " 0 0 0 0 0 0 0\n";
    std::string text = "cpu  " + line;
    for (u32 cpu = 0; cpu < cpu_count(); ++cpu)
        text += "cpu" + std::to_string(cpu) + " " + (cpu == 0 ? line : "0 0 0 0 0 0 0 0 0 0\n");
    text += "intr 0\nctxt " + std::to_string(scheduler_stats().switches) + "\n";
    u64 booted = (enclave::realtime_ns() - enclave::monotonic_ns()) / 1'000'000'000;
    text += "btime " + std::to_string(booted) + "\n";
    text += "processes " + std::to_string(pid_table().processes().size()) + "\n";
    text += "procs_running " + std::to_string(running) + "\nprocs_blocked 0\n";
    return text;
}

Result<std::string> uptime(const ProcSubject&) {
    std::string up = hundredths(enclave::monotonic_ns() / kTickNs);
    return up + " " + up + "\n";
}

Result<std::string> loadavg(const ProcSubject&) {
    u64 running = 0;
    for (const auto& [tid, task] : pid_table().tasks())
        if (task->state == TaskState::Runnable || task->state == TaskState::Running) ++running;
    u32 last = pid_table().processes().empty() ? 1 : pid_table().processes().rbegin()->first;
    return "0.00 0.00 0.00 " + std::to_string(running) + "/" + std::to_string(pid_table().tasks().size()) +
           " " + std::to_string(last) + "\n";
}

Result<std::string> version(const ProcSubject&) {
    return "Linux version " + std::string(kSystemRelease) + " (occlum@localhost) (clang) " +
           std::string(kSystemVersion) + "\n";
}
Result<std::string> filesystems(const ProcSubject&) {
    std::string text;
    for (const std::string_view type : file_system_types()) text += "nodev\t" + std::string(type) + "\n";
    return text;
}
Result<std::string> cmdline(const ProcSubject&) { return std::string("occlum\n"); }
Result<std::string> empty(const ProcSubject&) { return std::string(); }
Result<std::string> self(const ProcSubject&) { return std::to_string(current_process().pid); }
Result<std::string> thread_self(const ProcSubject&) {
    return std::to_string(current_process().pid) + "/task/" + std::to_string(current_task().tid);
}
Result<std::string> mounts(const ProcSubject&) { return std::string("self/mounts"); }
Result<std::string> net_link(const ProcSubject&) { return std::string("self/net"); }
Result<std::string> vmstat(const ProcSubject&) {
    return "nr_anon_pages " + std::to_string(memory_report().resident / kPageSize) +
           "\nnr_mapped 0\nnr_file_pages 0\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault 0\npgmajfault "
           "0\n";
}

constexpr u32 kFile = kTypeRegular | 0444;
constexpr u32 kDirectory = kTypeDirectory | 0555;
constexpr u32 kLink = kTypeLink | 0777;

constexpr std::array<ProcEntry, 19> kSystem{
    {{"self", kLink, self},
     {"thread-self", kLink, thread_self},
     {"mounts", kLink, mounts},
     {"meminfo", kFile, meminfo},
     {"cpuinfo", kFile, cpuinfo},
     {"stat", kFile, system_stat},
     {"uptime", kFile, uptime},
     {"loadavg", kFile, loadavg},
     {"version", kFile, version},
     {"filesystems", kFile, filesystems},
     {"cmdline", kFile, cmdline},
     {"config.gz", kFile, configuration_file},
     {"swaps", kFile, empty},
     {"partitions", kFile, empty},
     {"devices", kFile, empty},
     {"net", kLink, net_link},
     {"sysvipc", kDirectory, nullptr, nullptr, nullptr, sysv_directory},
     {"vmstat", kFile, vmstat},
     {"sys", kDirectory, nullptr, nullptr, nullptr, settings_directory}}};

}  // namespace

std::span<const ProcEntry> system_entries() { return kSystem; }

}  // namespace occlum::kernel

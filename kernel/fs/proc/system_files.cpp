// /proc/meminfo and the other files about the system as a whole.
#include "enclave/host.h"
#include "enclave/pages.h"
#include "kernel/boot/libos.h"
#include "kernel/fs/file_systems.h"
#include "kernel/fs/mounts.h"
#include "kernel/fs/proc/ipc_files.h"
#include "kernel/fs/proc/mount_text.h"
#include "kernel/fs/proc/proc_inode.h"
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
    return std::string("Linux version 5.15.0-occlum (occlum@localhost) (clang) #1 SMP\n");
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

Result<std::string> hostname(const ProcSubject&) { return libos_options().hostname + "\n"; }
Result<std::string> os_type(const ProcSubject&) { return std::string("Linux\n"); }
Result<std::string> os_release(const ProcSubject&) { return std::string("5.15.0-occlum\n"); }
Result<std::string> os_version(const ProcSubject&) { return std::string("#1 SMP\n"); }
Result<std::string> pid_max(const ProcSubject&) { return std::to_string(PidTable::kMaxPid) + "\n"; }
Result<std::string> threads_max(const ProcSubject&) { return std::string("32768\n"); }
Result<std::string> zero(const ProcSubject&) { return std::string("0\n"); }
Result<std::string> one(const ProcSubject&) { return std::string("1\n"); }
Result<std::string> cap_last(const ProcSubject&) { return std::string("40\n"); }
Result<std::string> groups_max(const ProcSubject&) { return std::string("65536\n"); }
Result<std::string> pool_size(const ProcSubject&) { return std::string("256\n"); }
Result<std::string> map_count(const ProcSubject&) { return std::string("65530\n"); }
Result<std::string> file_max(const ProcSubject&) { return std::string("1048576\n"); }
Result<std::string> pipe_max(const ProcSubject&) { return std::string("1048576\n"); }
Result<std::string> shmmax(const ProcSubject&) { return std::string("1073741824\n"); }
Result<std::string> shmall(const ProcSubject&) { return std::string("262144\n"); }
Result<std::string> shmmni(const ProcSubject&) { return std::string("4096\n"); }
Result<std::string> sem_limits(const ProcSubject&) { return std::string("32000\t1024000000\t500\t32000\n"); }
Result<std::string> msgmax(const ProcSubject&) { return std::string("8192\n"); }
Result<std::string> msgmnb(const ProcSubject&) { return std::string("16384\n"); }
Result<std::string> msgmni(const ProcSubject&) { return std::string("32000\n"); }
Result<std::string> somaxconn(const ProcSubject&) { return std::string("4096\n"); }

// 8-4-4-4-12 hexadecimal digits, version 4.
Result<std::string> uuid(const ProcSubject&) {
    std::array<u8, 16> bytes;
    enclave::random_bytes(bytes);
    bytes[6] = static_cast<u8>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<u8>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    for (size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hexadecimal(bytes.at(i), 2);
    }
    return text + "\n";
}
Result<std::string> boot_id(const ProcSubject& subject) {
    static const std::string id = uuid(subject).value_or("");
    return id;
}

constexpr u32 kFile = kTypeRegular | 0444;
constexpr u32 kTunable = kTypeRegular | 0644;
constexpr u32 kDirectory = kTypeDirectory | 0555;
constexpr u32 kLink = kTypeLink | 0777;

constexpr std::array<ProcEntry, 5> kRandomFiles{{{"boot_id", kFile, boot_id},
                                                 {"uuid", kFile, uuid},
                                                 {"entropy_avail", kFile, pool_size},
                                                 {"poolsize", kFile, pool_size},
                                                 {"urandom_min_reseed_secs", kFile, zero}}};
constexpr std::array<ProcEntry, 4> kVmFiles{{{"overcommit_memory", kTunable, one},
                                             {"max_map_count", kTunable, map_count},
                                             {"swappiness", kTunable, zero},
                                             {"overcommit_ratio", kTunable, zero}}};
constexpr std::array<ProcEntry, 3> kFsFiles{{{"file-max", kTunable, file_max},
                                             {"nr_open", kTunable, file_max},
                                             {"pipe-max-size", kTunable, pipe_max}}};
constexpr std::array<ProcEntry, 1> kNetCoreFiles{{{"somaxconn", kTunable, somaxconn}}};

// Directory numbers below /proc/sys: the hundreds say which.
Ref<Inode> random_directory(const ProcSubject& s) {
    return make_ref<ProcDirectory>(kRandomFiles, s, proc_number(s, 100));
}
Ref<Inode> vm_directory(const ProcSubject& s) {
    return make_ref<ProcDirectory>(kVmFiles, s, proc_number(s, 200));
}
Ref<Inode> fs_directory(const ProcSubject& s) {
    return make_ref<ProcDirectory>(kFsFiles, s, proc_number(s, 300));
}
Ref<Inode> net_core_directory(const ProcSubject& s) {
    return make_ref<ProcDirectory>(kNetCoreFiles, s, proc_number(s, 400));
}
constexpr std::array<ProcEntry, 1> kNetDirectories{
    {{"core", kDirectory, nullptr, nullptr, nullptr, net_core_directory}}};
Ref<Inode> net_directory(const ProcSubject& s) {
    return make_ref<ProcDirectory>(kNetDirectories, s, proc_number(s, 500));
}
constexpr std::array<ProcEntry, 19> kKernelFiles{
    {{"shmmax", kTunable, shmmax},
     {"shmall", kTunable, shmall},
     {"shmmni", kTunable, shmmni},
     {"sem", kTunable, sem_limits},
     {"msgmax", kTunable, msgmax},
     {"msgmnb", kTunable, msgmnb},
     {"msgmni", kTunable, msgmni},
     {"tainted", kFile, zero},
     {"hostname", kFile, hostname},
     {"ostype", kFile, os_type},
     {"osrelease", kFile, os_release},
     {"version", kFile, os_version},
     {"pid_max", kFile, pid_max},
     {"threads-max", kFile, threads_max},
     {"cap_last_cap", kFile, cap_last},
     {"ngroups_max", kFile, groups_max},
     {"randomize_va_space", kTunable, zero},
     {"core_pattern", kTunable, empty},
     {"random", kDirectory, nullptr, nullptr, nullptr, random_directory}}};
Ref<Inode> kernel_directory(const ProcSubject& s) {
    return make_ref<ProcDirectory>(kKernelFiles, s, proc_number(s, 600));
}
constexpr std::array<ProcEntry, 4> kSysDirectories{
    {{"kernel", kDirectory, nullptr, nullptr, nullptr, kernel_directory},
     {"vm", kDirectory, nullptr, nullptr, nullptr, vm_directory},
     {"fs", kDirectory, nullptr, nullptr, nullptr, fs_directory},
     {"net", kDirectory, nullptr, nullptr, nullptr, net_directory}}};
Ref<Inode> sys_directory(const ProcSubject& s) {
    return make_ref<ProcDirectory>(kSysDirectories, s, proc_number(s, 700));
}

constexpr std::array<ProcEntry, 18> kSystem{
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
     {"swaps", kFile, empty},
     {"partitions", kFile, empty},
     {"devices", kFile, empty},
     {"net", kLink, net_link},
     {"sysvipc", kDirectory, nullptr, nullptr, nullptr, sysv_directory},
     {"vmstat", kFile, vmstat},
     {"sys", kDirectory, nullptr, nullptr, nullptr, sys_directory}}};

}  // namespace

std::span<const ProcEntry> system_entries() { return kSystem; }

}  // namespace occlum::kernel

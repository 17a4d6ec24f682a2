// The files of /proc/sys: what stands below one directory stands together, in the order of a listing.
#pragma once

#include <string>

#include "kernel/fs/proc/settings.h"

namespace occlum::kernel::settings_table {

enum class Kind : u8 {
    Numbers,  ///< as many as the text at boot has, each between `low` and `high`
    Text,     ///< any line
    Fixed,    ///< not to be written
    Trigger,  ///< not to be read
};
constexpr Kind kNumbers = Kind::Numbers, kText = Kind::Text, kFixed = Kind::Fixed, kTrigger = Kind::Trigger;

struct Line {
    std::string_view path;
    Kind kind;
    std::string_view at_boot;
    i64 low = 0;
    u64 high = 0x7fff'ffff;
    Setting setting = Setting::None;
    std::string (*live)() = nullptr;                  ///< made of the kernel's state at each reading
    void (*change)(std::string_view text) = nullptr;  ///< of a text that is kept elsewhere
};

// Made of the kernel's state (settings.cpp).
std::string boot_id();
std::string domain_name();
std::string fresh_id();
std::string host_name();
std::string last_pid();
std::string largest_pid();
std::string system_release();
std::string system_version();
std::string terminals_open();
void set_domain_name(std::string_view text);
void set_host_name(std::string_view text);

constexpr u64 kAny = ~u64{0}, kInt = 0x7fff'ffff, kUnsigned = 0xffff'ffff;

inline constexpr auto kLines = std::to_array<Line>({
    {"fs/aio-max-nr", kNumbers, "65536", 0, kAny},
    {"fs/aio-nr", kFixed, "0"},
    {"fs/dentry-state", kFixed, "0\t0\t45\t0\t0\t0"},
    {"fs/dir-notify-enable", kNumbers, "0"},
    {"fs/epoll/max_user_watches", kNumbers, "1048576", 0, kAny},
    {"fs/file-max", kNumbers, "1048576", 0, kAny >> 1},
    {"fs/file-nr", kFixed, "0\t0\t1048576"},
    {"fs/inode-nr", kFixed, "0\t0"},
    {"fs/inode-state", kFixed, "0\t0\t0\t0\t0\t0\t0"},
    {"fs/inotify/max_queued_events", kNumbers, "16384", 0, kInt, Setting::NotifyEvents},
    {"fs/inotify/max_user_instances", kNumbers, "128", 0, kInt, Setting::NotifyInstances},
    {"fs/inotify/max_user_watches", kNumbers, "65536", 0, kInt, Setting::NotifyWatches},
    {"fs/lease-break-time", kNumbers, "45", -0x7fff'ffff, kInt, Setting::LeaseBreakTime},
    {"fs/leases-enable", kNumbers, "1", 0, 1},
    {"fs/mount-max", kNumbers, "100000", 1},
    {"fs/mqueue/msg_default", kNumbers, "10", 1, 65536, Setting::QueueMessagesDefault},
    {"fs/mqueue/msg_max", kNumbers, "10", 1, 65536, Setting::QueueMessagesMax},
    {"fs/mqueue/msgsize_default", kNumbers, "8192", 128, 16 << 20, Setting::QueueMessageSizeDefault},
    {"fs/mqueue/msgsize_max", kNumbers, "8192", 128, 16 << 20, Setting::QueueMessageSizeMax},
    {"fs/mqueue/queues_max", kNumbers, "256", 0, kInt, Setting::QueuesMax},
    {"fs/nr_open", kNumbers, "1048576", 64, 2147483584},
    {"fs/overflowgid", kNumbers, "65534", 0, 65535},
    {"fs/overflowuid", kNumbers, "65534", 0, 65535},
    {"fs/pipe-max-size", kNumbers, "1048576", 4096, u64{1} << 31, Setting::PipeMaxSize},
    {"fs/pipe-user-pages-hard", kNumbers, "0", 0, kAny},
    {"fs/pipe-user-pages-soft", kNumbers, "16384", 0, kAny},
    {"fs/protected_fifos", kNumbers, "0", 0, 2},
    {"fs/protected_hardlinks", kNumbers, "1", 0, 1},
    {"fs/protected_regular", kNumbers, "0", 0, 2},
    {"fs/protected_symlinks", kNumbers, "0", 0, 1},
    {"fs/suid_dumpable", kNumbers, "0", 0, 2},
    {"kernel/auto_msgmni", kNumbers, "0", 0, 1},
    {"kernel/cap_last_cap", kFixed, "40"},
    {"kernel/core_pattern", kText, "core"},
    {"kernel/core_uses_pid", kNumbers, "0"},
    {"kernel/ctrl-alt-del", kNumbers, "0"},
    {"kernel/dmesg_restrict", kNumbers, "0", 0, 1},
    {"kernel/domainname", kText, "", 0, kAny, Setting::None, domain_name, set_domain_name},
    {"kernel/hostname", kText, "", 0, kAny, Setting::None, host_name, set_host_name},
    {"kernel/kptr_restrict", kNumbers, "0", 0, 2},
    {"kernel/msgmax", kNumbers, "8192", 0, 1 << 20, Setting::SysvQueueMessageMax},
    {"kernel/msgmnb", kNumbers, "16384", 0, 64 << 20, Setting::SysvQueueBytes},
    {"kernel/msgmni", kNumbers, "32000", 0, 32768, Setting::SysvQueuesMax},
    {"kernel/ngroups_max", kFixed, "65536"},
    {"kernel/ns_last_pid", kFixed, "", 0, kAny, Setting::None, last_pid},
    {"kernel/osrelease", kFixed, "", 0, kAny, Setting::None, system_release},
    {"kernel/ostype", kFixed, "Linux"},
    {"kernel/overflowgid", kNumbers, "65534", 0, 65535},
    {"kernel/overflowuid", kNumbers, "65534", 0, 65535},
    {"kernel/panic", kNumbers, "0", -0x7fff'ffff},
    {"kernel/panic_on_oops", kNumbers, "0"},
    {"kernel/pid_max", kFixed, "", 0, kAny, Setting::None, largest_pid},
    {"kernel/printk", kNumbers, "4\t4\t1\t7"},
    {"kernel/pty/max", kNumbers, "4096", 0, 1 << 20},
    {"kernel/pty/nr", kFixed, "", 0, kAny, Setting::None, terminals_open},
    {"kernel/random/boot_id", kFixed, "", 0, kAny, Setting::None, boot_id},
    {"kernel/random/entropy_avail", kFixed, "256"},
    {"kernel/random/poolsize", kFixed, "256"},
    {"kernel/random/urandom_min_reseed_secs", kNumbers, "60"},
    {"kernel/random/uuid", kFixed, "", 0, kAny, Setting::None, fresh_id},
    {"kernel/random/write_wakeup_threshold", kNumbers, "256"},
    {"kernel/randomize_va_space", kNumbers, "0", 0, 2},
    {"kernel/sched_autogroup_enabled", kNumbers, "0", 0, 1},
    {"kernel/sched_child_runs_first", kNumbers, "0"},
    {"kernel/sched_rr_timeslice_ms", kNumbers, "100", -1},
    {"kernel/sched_rt_period_us", kNumbers, "1000000", 1},
    {"kernel/sched_rt_runtime_us", kNumbers, "950000", -1},
    {"kernel/seccomp/actions_avail", kFixed, "kill_process kill_thread trap errno trace log allow"},
    {"kernel/sem", kNumbers, "32000\t1024000000\t500\t32000", 0, kInt, Setting::SemaphoreLimits},
    {"kernel/shm_rmid_forced", kNumbers, "0", 0, 1},
    {"kernel/shmall", kNumbers, "262144", 0, kAny},
    {"kernel/shmmax", kNumbers, "1073741824", 0, kAny, Setting::SegmentSizeMax},
    {"kernel/shmmni", kNumbers, "4096", 0, 32768, Setting::SegmentsMax},
    {"kernel/sysrq", kNumbers, "0"},
    {"kernel/tainted", kNumbers, "0", 0, kAny},
    {"kernel/threads-max", kNumbers, "32768", 1},
    {"kernel/timer_migration", kNumbers, "1", 0, 1},
    {"kernel/version", kFixed, "", 0, kAny, Setting::None, system_version},
    {"net/core/netdev_max_backlog", kNumbers, "1000"},
    {"net/core/optmem_max", kNumbers, "131072"},
    {"net/core/rmem_default", kNumbers, "212992", 2304},
    {"net/core/rmem_max", kNumbers, "212992", 2304},
    {"net/core/somaxconn", kNumbers, "4096"},
    {"net/core/wmem_default", kNumbers, "212992", 4608},
    {"net/core/wmem_max", kNumbers, "212992", 4608},
    {"net/ipv4/conf/all/forwarding", kNumbers, "0"},
    {"net/ipv4/conf/default/forwarding", kNumbers, "0"},
    {"net/ipv4/conf/lo/forwarding", kNumbers, "0"},
    {"net/ipv4/icmp_echo_ignore_all", kNumbers, "0", 0, 1},
    {"net/ipv4/ip_default_ttl", kNumbers, "64", 1, 255},
    {"net/ipv4/ip_forward", kNumbers, "0"},
    {"net/ipv4/ip_local_port_range", kNumbers, "32768\t60999", 1, 65535},
    {"net/ipv4/ip_nonlocal_bind", kNumbers, "0", 0, 1},
    {"net/ipv4/ip_unprivileged_port_start", kNumbers, "1024", 0, 65535},
    {"net/ipv4/ping_group_range", kNumbers, "1\t0", 0, kUnsigned},
    {"net/ipv4/tcp_allowed_congestion_control", kFixed, "reno cubic"},
    {"net/ipv4/tcp_available_congestion_control", kFixed, "reno cubic"},
    {"net/ipv4/tcp_congestion_control", kText, "cubic"},
    {"net/ipv4/tcp_fastopen", kNumbers, "1"},
    {"net/ipv4/tcp_fin_timeout", kNumbers, "60"},
    {"net/ipv4/tcp_keepalive_intvl", kNumbers, "75"},
    {"net/ipv4/tcp_keepalive_probes", kNumbers, "9", 0, 255},
    {"net/ipv4/tcp_keepalive_time", kNumbers, "7200"},
    {"net/ipv4/tcp_max_syn_backlog", kNumbers, "512"},
    {"net/ipv4/tcp_mem", kNumbers, "65536\t131072\t262144", 0, kAny},
    {"net/ipv4/tcp_rmem", kNumbers, "4096\t131072\t6291456", 1},
    {"net/ipv4/tcp_sack", kNumbers, "1", 0, 1},
    {"net/ipv4/tcp_syn_retries", kNumbers, "6", 1, 127},
    {"net/ipv4/tcp_syncookies", kNumbers, "1", 0, 2},
    {"net/ipv4/tcp_timestamps", kNumbers, "1", 0, 2},
    {"net/ipv4/tcp_tw_reuse", kNumbers, "2", 0, 2},
    {"net/ipv4/tcp_window_scaling", kNumbers, "1", 0, 1},
    {"net/ipv4/tcp_wmem", kNumbers, "4096\t16384\t4194304", 1},
    {"net/ipv4/udp_mem", kNumbers, "131072\t262144\t524288", 0, kAny},
    {"net/ipv6/bindv6only", kNumbers, "0", 0, 1},
    {"net/ipv6/conf/all/disable_ipv6", kNumbers, "0"},
    {"net/ipv6/conf/default/disable_ipv6", kNumbers, "0"},
    {"net/ipv6/conf/lo/disable_ipv6", kNumbers, "0"},
    {"net/unix/max_dgram_qlen", kNumbers, "256"},
    {"vm/compact_memory", kTrigger, ""},
    {"vm/dirty_background_ratio", kNumbers, "10", 0, 100},
    {"vm/dirty_ratio", kNumbers, "20", 0, 100},
    {"vm/drop_caches", kTrigger, ""},
    {"vm/max_map_count", kNumbers, "65530"},
    {"vm/memfd_noexec", kNumbers, "0", 0, 2},
    {"vm/min_free_kbytes", kNumbers, "67584"},
    {"vm/mmap_min_addr", kNumbers, "4096", 0, kAny},
    {"vm/oom_kill_allocating_task", kNumbers, "0"},
    {"vm/overcommit_memory", kNumbers, "1", 0, 2},
    {"vm/overcommit_ratio", kNumbers, "50"},
    {"vm/panic_on_oom", kNumbers, "0", 0, 2},
    {"vm/swappiness", kNumbers, "0", 0, 200},
    {"vm/vfs_cache_pressure", kNumbers, "100"},
});

}  // namespace occlum::kernel::settings_table

// What can be set and asked for by text: /proc/sys, the writable files of /proc/<pid>, fdinfo, name spaces; and by prctl(2).
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "check.h"

static char text[8192];

static const char* text_of(const char* path) {
    int file = open(path, O_RDONLY);
    ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);
    text[got < 0 ? 0 : got] = 0;
    close(file);
    return got < 0 ? NULL : text;
}

static long number_of(const char* path) { return text_of(path) ? atol(text) : -1; }

static int put(const char* path, const char* value) {
    int file = open(path, O_WRONLY);
    if (file < 0) return -1;
    ssize_t done = write(file, value, strlen(value));
    int error = errno;
    close(file);
    errno = error;
    return done < 0 ? -1 : 0;
}

static const char* fdinfo(int fd) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    return text_of(path);
}

// The settings of the machine itself are only read, and set to what they are.
static void system_settings(void) {
    static const char* const kNumbers[] = {
        "fs/file-max", "fs/inotify/max_queued_events", "fs/inotify/max_user_instances", "fs/inotify/max_user_watches",
        "fs/lease-break-time", "fs/mqueue/msg_max", "fs/mqueue/msgsize_max", "fs/mqueue/queues_max", "fs/nr_open",
        "fs/pipe-max-size", "kernel/cap_last_cap", "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/ngroups_max",
        "kernel/overflowuid", "kernel/pid_max", "kernel/pty/max", "kernel/sched_rr_timeslice_ms", "kernel/sem", "kernel/shmmni",
        "kernel/threads-max", "net/core/somaxconn", "net/ipv4/ip_local_port_range", "net/ipv4/tcp_fin_timeout", "vm/max_map_count"};
    for (size_t i = 0; i < sizeof kNumbers / sizeof *kNumbers; ++i) {
        char path[128];
        snprintf(path, sizeof path, "/proc/sys/%s", kNumbers[i]);
        if (number_of(path) <= 0) printf("no %s\n", path);
    }
    CHECK(strcmp(text_of("/proc/sys/kernel/ostype"), "Linux\n") == 0);
    CHECK_ERRNO(open("/proc/sys/kernel/ostype", O_WRONLY), EACCES);
    CHECK_ERRNO(open("/proc/sys/fs/nothing", O_RDONLY), ENOENT);
    CHECK(text_of("/proc/config.gz") == NULL || memcmp(text, "\x1f\x8b\x08", 3) == 0);
    NEED(geteuid() == 0 && put("/proc/sys/fs/lease-break-time", "45\n") == 0);
    CHECK(number_of("/proc/sys/fs/lease-break-time") == 45);
    CHECK_ERRNO(put("/proc/sys/fs/lease-break-time", "soon"), EINVAL);
    CHECK_ERRNO(put("/proc/sys/fs/protected_hardlinks", "7"), EINVAL);
}

static void own_settings(void) {
    CHECK(put("/proc/self/oom_score_adj", "500") == 0 && number_of("/proc/self/oom_score_adj") == 500);
    CHECK(number_of("/proc/self/oom_adj") == 8);
    CHECK_ERRNO(put("/proc/self/oom_score_adj", "1001"), EINVAL);
    CHECK_ERRNO(put("/proc/self/oom_score_adj", "much"), EINVAL);
    CHECK(put("/proc/self/coredump_filter", "0x7f") == 0 && strcmp(text_of("/proc/self/coredump_filter"), "0000007f\n") == 0);
    CHECK_ERRNO(put("/proc/self/coredump_filter", "z"), EINVAL);
    pid_t child = fork();
    if (child == 0)
        _exit(number_of("/proc/self/oom_score_adj") == 500 && strcmp(text_of("/proc/self/coredump_filter"), "0000007f\n") == 0 ? 7 : 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    CHECK(put("/proc/self/timerslack_ns", "1000") == 0 && prctl(PR_GET_TIMERSLACK) == 1000);
    CHECK(strstr(text_of("/proc/self/smaps_rollup"), "Rss:"));
    CHECK(text_of("/proc/self/uid_map") && text_of("/proc/self/setgroups"));
    child = fork();
    if (child == 0) pause();
    char listed[32], path[64];
    snprintf(listed, sizeof listed, "%d ", child);
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    CHECK(strcmp(text_of(path), listed) == 0);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

static void descriptors(void) {
    int counter = eventfd(5, EFD_SEMAPHORE), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    CHECK(strstr(fdinfo(counter), "eventfd-count:                5\n"));
    CHECK(strstr(fdinfo(counter), "mnt_id:\t"));
    CHECK(strstr(fdinfo(timer), "clockid: 1\nticks: 0\nsettime flags: 00\nit_value: (0, 0)\nit_interval: (0, 0)\n"));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    int signals = signalfd(-1, &set, 0), epoll = epoll_create1(0), watcher = inotify_init();
    CHECK(strstr(fdinfo(signals), "sigmask:\t0000000000000200\n"));
    struct epoll_event event = {EPOLLIN, {.u64 = 0xabc}};
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, counter, &event) == 0);
    char line[128];
    snprintf(line, sizeof line, "tfd: %8d events:       19 data:              abc ", counter);
    CHECK(strstr(fdinfo(epoll), line));
    CHECK(inotify_add_watch(watcher, "/proc", IN_MODIFY) == 1);
    CHECK(strstr(fdinfo(watcher), "inotify wd:1 ino:1 ") && strstr(text, " mask:2 ignored_mask:0"));
    int process = (int)syscall(434, getpid(), 0);  // pidfd_open
    snprintf(line, sizeof line, "Pid:\t%d\n", getpid());
    CHECK(strstr(fdinfo(process), line));
}

static void name_spaces(void) {
    struct stat mine, first;
    CHECK(stat("/proc/self/ns/net", &mine) == 0 && stat("/proc/thread-self/ns/net", &first) == 0);
    CHECK(mine.st_ino == first.st_ino && mine.st_dev == first.st_dev && S_ISREG(mine.st_mode));
    int space = open("/proc/self/ns/uts", O_RDONLY);
    CHECK(space >= 0 && ioctl(space, 0xb703) == 0x04000000);  // NS_GET_NSTYPE: CLONE_NEWUTS
    CHECK_ERRNO(read(space, text, 1), EINVAL);
    ssize_t size = readlink("/proc/self/ns/pid_for_children", text, sizeof text);
    CHECK(size > 5 && strncmp(text, "pid:[", 5) == 0 && text[size - 1] == ']');
}

static void switches(void) {
    CHECK(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) == PR_MCE_KILL_DEFAULT);
    CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) == 0 && prctl(PR_MCE_KILL_GET, 0, 0, 0, 0) == PR_MCE_KILL_EARLY);
    CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0) == 0);
    CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 1, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, 9, 0, 0), EINVAL);
    CHECK_ERRNO(prctl(PR_MCE_KILL_GET, 1, 0, 0, 0), EINVAL);
    enum { kSetGain = 65, kGetGain = 66 };
    NEED(prctl(kGetGain, 0, 0, 0, 0) == 0);
    CHECK(prctl(kSetGain, 1, 0, 0, 0) == 0 && prctl(kGetGain, 0, 0, 0, 0) == 1);
    CHECK_ERRNO(prctl(kSetGain, 0, 0, 0, 0), EPERM);
    CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED && errno == EACCES);
    void* data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERRNO(mprotect(data, 4096, PROT_READ | PROT_EXEC), EACCES);
    void* code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(code != MAP_FAILED && mprotect(code, 4096, PROT_READ | PROT_EXEC) == 0 && mprotect(code, 4096, PROT_READ) == 0);
    CHECK_ERRNO(mprotect(code, 4096, PROT_READ | PROT_EXEC), EACCES);
    pid_t child = fork();
    if (child == 0) _exit(prctl(kGetGain, 0, 0, 0, 0) == 1 ? 7 : 1);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
}

// A tracer reads what is queued for its tracee, which stays queued.
static void queued_signals(void) {
    enum { kPeekSigInfo = 0x4209 };
    struct {
        uint64_t first;
        uint32_t flags;
        int32_t count;
    } wanted = {0, 1, 8};
    pid_t child = fork();
    if (child == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, NULL);
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        for (int i = 0; i < 3; ++i) sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = i});
        syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1);
        raise(SIGSTOP);
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    siginfo_t got[8];
    for (int again = 0; again < 2; ++again)
        CHECK(ptrace(kPeekSigInfo, child, &wanted, got) == 3 && got[0].si_signo == SIGRTMIN + 1 && got[2].si_value.sival_int == 2);
    wanted.first = 2;
    CHECK(ptrace(kPeekSigInfo, child, &wanted, got) == 1 && got[0].si_value.sival_int == 2);
    wanted.first = wanted.flags = 0;
    CHECK(ptrace(kPeekSigInfo, child, &wanted, got) == 1 && got[0].si_signo == SIGUSR1);
    wanted.flags = 2;
    CHECK_ERRNO(ptrace(kPeekSigInfo, child, &wanted, got), EINVAL);
    wanted.flags = 0;
    wanted.count = -1;
    CHECK_ERRNO(ptrace(kPeekSigInfo, child, &wanted, got), EINVAL);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

int main(void) {
    own_settings();
    descriptors();
    name_spaces();
    queued_signals();
    switches();
    system_settings();
    puts("ok");
}

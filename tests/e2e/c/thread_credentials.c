// Each thread has credentials of its own: the raw calls change the caller's, and what asks for permission asks
// the caller's. As root only.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

enum { kUser = 12345, kOther = 12346 };

static void in_child(void (*body)(void), const char* name) {
    pid_t child = fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        printf("%s: failed: status %x\n", name, status);
        _exit(1);
    }
    printf("%s ok\n", name);
}

static void* run(void* body) {
    ((void (*)(void))body)();
    return NULL;
}

// In a thread that is over when this returns.
static void in_thread(void (*body)(void)) {
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, (void*)body) == 0 && pthread_join(thread, NULL) == 0);
}

static int set_users(int r, int e, int s) { return (int)syscall(SYS_setresuid, r, e, s); }
static int set_groups_of(int r, int e, int s) { return (int)syscall(SYS_setresgid, r, e, s); }
static int tid(void) { return (int)syscall(SYS_gettid); }

// A line of a status file, without its name and tabs made spaces.
static void status_line(int thread, const char* name, char* line, size_t size) {
    char path[64];
    snprintf(path, sizeof path, thread ? "/proc/self/task/%d/status" : "/proc/self/status", thread);
    FILE* file = fopen(path, "r");
    CHECK(file);
    line[0] = 0;
    while (fgets(line, (int)size, file))
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') break;
    fclose(file);
    memmove(line, line + strlen(name) + 2, strlen(line) - strlen(name) - 1);
    line[strcspn(line, "\n")] = 0;
    for (char* c = line; *c; c++)
        if (*c == '\t') *c = ' ';
}
#define CHECK_STATUS(thread, name, wanted)                                        \
    do {                                                                          \
        char line_[256];                                                          \
        status_line(thread, name, line_, sizeof line_);                           \
        if (strcmp(line_, wanted) != 0) printf("%s is '%s'\n", name, line_);      \
        CHECK(strcmp(line_, wanted) == 0);                                        \
    } while (0)

// A thread that has done `prepare` and waits until it may end.
struct waiting {
    pthread_t thread;
    pthread_barrier_t prepared, may_end;
    void (*prepare)(void);
    int tid;
};
static void* wait_for_end(void* argument) {
    struct waiting* self = argument;
    self->tid = tid();
    self->prepare();
    pthread_barrier_wait(&self->prepared);
    pthread_barrier_wait(&self->may_end);
    return NULL;
}
static void start(struct waiting* it, void (*prepare)(void)) {
    it->prepare = prepare;
    CHECK(pthread_barrier_init(&it->prepared, NULL, 2) == 0 && pthread_barrier_init(&it->may_end, NULL, 2) == 0);
    CHECK(pthread_create(&it->thread, NULL, wait_for_end, it) == 0);
    pthread_barrier_wait(&it->prepared);
}
static void end(struct waiting* it) {
    pthread_barrier_wait(&it->may_end);
    CHECK(pthread_join(it->thread, NULL) == 0);
}

struct header {
    unsigned version;
    int pid;
};
struct data {
    unsigned effective, permitted, inheritable;
};
static struct data capabilities(int pid) {
    struct header header = {0x20080522, pid};
    struct data data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    return data[0];
}

static void be_three(void) {
    unsigned groups[] = {31, 32};
    CHECK(syscall(SYS_setgroups, 2, groups) == 0 && set_groups_of(1, 2, 3) == 0 && set_users(kUser, kOther, 77) == 0);
}
static void be_user(void) { CHECK(set_groups_of(kUser, kUser, kUser) == 0 && set_users(kUser, kUser, kUser) == 0); }
static void be_other(void) { CHECK(set_groups_of(kOther, kOther, kOther) == 0 && set_users(kOther, kOther, kOther) == 0); }

static void check_three(void) {
    unsigned r, e, s;
    CHECK(syscall(SYS_getresuid, &r, &e, &s) == 0 && r == kUser && e == kOther && s == 77);
    CHECK(syscall(SYS_getresgid, &r, &e, &s) == 0 && r == 1 && e == 2 && s == 3);
    CHECK(syscall(SYS_getuid) == kUser && syscall(SYS_geteuid) == kOther);
}

static void children_of_three(void) {
    be_three();
    in_thread(check_three);
    pid_t child = fork();
    if (child == 0) {
        check_three();
        CHECK_STATUS(0, "Uid", "12345 12346 77 12346");
        _exit(0);
    }
    siginfo_t info;
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED) == 0 && info.si_status == 0 && info.si_uid == kUser);
}

static void numbers(void) {
    CHECK(syscall(SYS_setgroups, 0, NULL) == 0);
    const unsigned own = capabilities(0).effective;
    struct waiting other;
    start(&other, be_three);
    unsigned r, e, s;
    CHECK(syscall(SYS_getresuid, &r, &e, &s) == 0 && r == 0 && e == 0 && s == 0);
    CHECK(syscall(SYS_getgroups, 0, NULL) == 0 && capabilities(0).effective == own);
    CHECK_STATUS(other.tid, "Uid", "12345 12346 77 12346");
    CHECK_STATUS(other.tid, "Gid", "1 2 3 2");
    CHECK_STATUS(other.tid, "Groups", "31 32 ");
    CHECK_STATUS(other.tid, "CapEff", "0000000000000000");
    CHECK_STATUS(tid(), "Uid", "0 0 0 0");
    CHECK_STATUS(0, "Uid", "0 0 0 0");
    CHECK_STATUS(0, "Groups", " ");
    CHECK(capabilities(other.tid).effective == 0 && capabilities(tid()).effective == own);
    struct stat status;
    char path[64];
    CHECK(stat("/proc/self/task", &status) == 0 && status.st_uid == 0);
    snprintf(path, sizeof path, "/proc/self/task/%d", other.tid);
    CHECK(stat(path, &status) == 0 && status.st_uid == kOther && status.st_gid == 2);
    end(&other);
    in_thread(children_of_three);
    CHECK(getuid() == 0);
}

static void use_files(void) {
    be_user();
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    CHECK_ERRNO(chmod("secret", 0644), EPERM);
    CHECK_ERRNO(access("secret", R_OK), EACCES);
    int fd = open("public/mine", O_CREAT | O_EXCL | O_WRONLY, 0600);
    struct stat status;
    CHECK(fd >= 0 && fstat(fd, &status) == 0 && status.st_uid == kUser && status.st_gid == kUser && close(fd) == 0);
}
static void use_fsuid(void) {
    CHECK(syscall(SYS_setfsuid, kUser) == 0 && syscall(SYS_setfsuid, -1) == kUser);
    CHECK_STATUS(tid(), "Uid", "0 0 0 12345");
    CHECK_ERRNO(open("secret", O_RDONLY), EACCES);
    CHECK(mkdir("public/users", 0700) == 0);
}
static void files(void) {
    int fd = open("secret", O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0 && close(fd) == 0 && chmod(".", 0755) == 0 && mkdir("public", 0777) == 0 && chmod("public", 0777) == 0);
    in_thread(use_files);
    in_thread(use_fsuid);
    fd = open("secret", O_RDONLY);
    struct stat status;
    CHECK(fd >= 0 && close(fd) == 0 && syscall(SYS_setfsuid, -1) == 0);
    CHECK(stat("public/users", &status) == 0 && status.st_uid == kUser);
    CHECK(prctl(PR_GET_DUMPABLE) == 0);
}

// A process with a thread of another user.
static struct {
    int pid, tid;
} target;

static void signal_target(void) {
    be_other();
    CHECK_ERRNO(kill(target.pid, 0), EPERM);
    CHECK_ERRNO(kill(target.pid, SIGCONT), EPERM);
    CHECK_ERRNO(syscall(SYS_tgkill, target.pid, target.pid, 0), EPERM);
    CHECK_ERRNO(kill(-target.pid, 0), EPERM);
    CHECK(syscall(SYS_tgkill, target.pid, target.tid, 0) == 0 && syscall(SYS_tkill, target.tid, 0) == 0);
    CHECK(kill(target.tid, 0) == 0);
    siginfo_t info = {.si_code = SI_QUEUE};
    CHECK_ERRNO(syscall(SYS_rt_sigqueueinfo, target.pid, SIGUSR1, &info), EPERM);
    CHECK_ERRNO(setpriority(PRIO_PROCESS, (id_t)target.pid, 5), EPERM);
    CHECK(setpriority(PRIO_PROCESS, (id_t)target.tid, 5) == 0);
    struct rlimit limit;
    CHECK_ERRNO(syscall(SYS_prlimit64, target.pid, RLIMIT_CORE, NULL, &limit), EPERM);
    CHECK(syscall(SYS_prlimit64, target.tid, RLIMIT_CORE, NULL, &limit) == 0);
    CHECK_ERRNO(kill(getppid(), 0), EPERM);
    CHECK(syscall(SYS_tgkill, getpid(), getpid(), 0) == 0);
    CHECK(kill(getpid(), SIGUSR2) == 0);
}
static void signals(void) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    target.pid = fork();
    if (target.pid == 0) {
        setsid();
        struct waiting other;
        start(&other, be_other);
        be_user();
        CHECK(write(ends[1], &other.tid, sizeof other.tid) == sizeof other.tid);
        for (;;) pause();
    }
    CHECK(read(ends[0], &target.tid, sizeof target.tid) == sizeof target.tid);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    in_thread(signal_target);
    siginfo_t info;
    CHECK(sigwaitinfo(&set, &info) == SIGUSR2 && info.si_uid == kOther && info.si_pid == getpid());
    errno = 0;
    CHECK(getpriority(PRIO_PROCESS, (id_t)target.pid) == 0 && getpriority(PRIO_PROCESS, (id_t)target.tid) == 5);
    CHECK(getpriority(PRIO_USER, kOther) == 5 && getpriority(PRIO_USER, kUser) == 0);
    CHECK(kill(target.pid, SIGKILL) == 0);
    CHECK(waitid(P_PID, (id_t)target.pid, &info, WEXITED) == 0 && info.si_uid == kUser && info.si_status == SIGKILL);
}

static void exec_as_user(void) {
    be_user();
    execl("/proc/self/exe", "thread_credentials", "user", NULL);
    CHECK(!"execl");
}
static void exec_from_thread(void) {
    struct waiting other;
    start(&other, be_other);
    in_thread(exec_as_user);
}

static int pair[2];
static void send_as_user(void) {
    be_user();
    struct ucred mine = {getpid(), kUser, kUser};
    union {
        char bytes[CMSG_SPACE(sizeof mine)];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct iovec text = {"x", 1};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_CREDENTIALS;
    head->cmsg_len = CMSG_LEN(sizeof mine);
    memcpy(CMSG_DATA(head), &mine, sizeof mine);
    CHECK(sendmsg(pair[0], &message, 0) == 1);
    mine.uid = 0;
    memcpy(CMSG_DATA(head), &mine, sizeof mine);
    CHECK_ERRNO(sendmsg(pair[0], &message, 0), EPERM);
    CHECK(write(pair[0], "y", 1) == 1);
    int made[2];
    struct ucred peer;
    socklen_t size = sizeof peer;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, made) == 0 && getsockopt(made[0], SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0);
    CHECK(peer.uid == kUser && peer.gid == kUser && peer.pid == getpid());
}
static struct ucred receive_sender(void) {
    union {
        char bytes[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr align;
    } control;
    char byte;
    struct iovec text = {&byte, 1};
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    CHECK(recvmsg(pair[1], &message, 0) == 1);
    struct cmsghdr* head = CMSG_FIRSTHDR(&message);
    CHECK(head && head->cmsg_type == SCM_CREDENTIALS);
    struct ucred sender;
    memcpy(&sender, CMSG_DATA(head), sizeof sender);
    return sender;
}
static void sockets(void) {
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    CHECK(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)) == 0);
    in_thread(send_as_user);
    CHECK(write(pair[0], "z", 1) == 1);
    CHECK(receive_sender().uid == kUser && receive_sender().uid == kUser && receive_sender().uid == 0);
}

static void set_switches(void) {
    CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_CAPBSET_DROP, 5) == 0 && prctl(PR_CAPBSET_READ, 5) == 0);
    CHECK(prctl(PR_GET_KEEPCAPS) == 1 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    be_user();
    CHECK(capabilities(0).permitted != 0 && capabilities(0).effective == 0);
    struct header header = {0x20080522, getpid()};
    struct data none[2];
    memset(none, 0, sizeof none);
    CHECK_ERRNO(syscall(SYS_capset, &header, none), EPERM);
    header.pid = tid();
    CHECK(syscall(SYS_capset, &header, none) == 0 && capabilities(0).permitted == 0);
}
static void switches(void) {
    struct waiting other;
    start(&other, set_switches);
    CHECK(prctl(PR_GET_KEEPCAPS) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 && prctl(PR_CAPBSET_READ, 5) == 1);
    CHECK(capabilities(0).permitted != 0);
    CHECK_STATUS(other.tid, "NoNewPrivs", "1");
    CHECK_STATUS(0, "NoNewPrivs", "0");
    end(&other);
}

static void filter_all_threads(void) {
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    struct {
        unsigned short code;
        unsigned char if_true, if_false;
        unsigned k;
    } allow = {0x06, 0, 0, 0x7fff0000};
    struct {
        unsigned short length;
        void* program;
    } program = {1, &allow};
    const int set_filter = 1, synchronise = 1;
    CHECK(syscall(SYS_seccomp, set_filter, synchronise, &program) == 0);
}
static void filters(void) {
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
    in_thread(filter_all_threads);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

// The process keeps being what its first thread was.
static void* after_leader(void* ends) {
    CHECK(set_users(kOther, kOther, kOther) == 0);
    char byte;
    CHECK(read(*(int*)ends, &byte, 1) == 1);
    char state[64];
    do {
        status_line(0, "State", state, sizeof state);
    } while (state[0] != 'Z');
    CHECK_STATUS(0, "Uid", "12345 12345 12345 12345");
    CHECK_STATUS(tid(), "Uid", "12346 12346 12346 12346");
    CHECK(capabilities(getpid()).effective == 0);
    _exit(7);
}
static void leader_ends(void) {
    int ends[2];
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, after_leader, &ends[0]) == 0);
        CHECK(set_users(kUser, kUser, kUser) == 0 && write(ends[1], "x", 1) == 1);
        syscall(SYS_exit, 0);
    }
    siginfo_t info;
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED) == 0 && info.si_uid == kUser && info.si_status == 7);
}

static void fork_as_user(void) {
    be_user();
    CHECK_ERRNO(fork(), EAGAIN);
}
static void task_limit(void) {
    struct waiting other;
    start(&other, be_user);
    struct rlimit limit = {2, 2};
    CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
    in_thread(fork_as_user);
    pid_t child = fork();
    if (child == 0) _exit(0);
    CHECK(child > 0 && waitpid(child, NULL, 0) == child);
    end(&other);
}

// Who became a user with too many tasks may not execute a program as such.
static void exec_over_limit(void) {
    be_user();
    CHECK_ERRNO(execl("/proc/self/exe", "thread_credentials", "user", NULL), EAGAIN);
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NPROC, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
    execl("/proc/self/exe", "thread_credentials", "user", NULL);
    CHECK(!"execl");
}
static void over_limit(void) {
    struct waiting first, second;
    start(&first, be_user);
    start(&second, be_user);
    struct rlimit limit = {1, 1000};
    CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
    in_thread(exec_over_limit);
}

static void do_nothing(void) {}
static void wrappers(void) {
    struct waiting other;
    start(&other, do_nothing);
    CHECK(setgroups(0, NULL) == 0 && setresgid(kUser, kUser, kUser) == 0 && setresuid(kUser, kUser, kUser) == 0);
    CHECK_STATUS(other.tid, "Uid", "12345 12345 12345 12345");
    CHECK_STATUS(other.tid, "Gid", "12345 12345 12345 12345");
    end(&other);
}

static void inspect(void) {
    be_other();
    CHECK_ERRNO(syscall(SYS_kcmp, getpid(), getppid(), 1, 0, 0), EPERM);
    long head, size;
    CHECK_ERRNO(syscall(SYS_get_robust_list, getppid(), &head, &size), EPERM);
    CHECK(syscall(SYS_get_robust_list, getpid(), &head, &size) == 0);
}
static void inspection(void) { in_thread(inspect); }

int main(int argc, char** argv) {
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc > 1 && strcmp(argv[1], "user") == 0) {
        unsigned r, e, s;
        CHECK(syscall(SYS_getresuid, &r, &e, &s) == 0 && r == kUser && e == kUser && s == kUser);
        CHECK(getgid() == kUser && capabilities(0).permitted == 0 && tid() == getpid());
        CHECK_STATUS(0, "Uid", "12345 12345 12345 12345");
        return 0;
    }
    if (geteuid() != 0) {
        puts("not root");
        return 0;
    }
    in_child(numbers, "numbers");
    in_child(files, "files");
    in_child(signals, "signals");
    in_child(exec_from_thread, "exec");
    in_child(sockets, "sockets");
    in_child(switches, "switches");
    in_child(filters, "filters");
    in_child(leader_ends, "leader ends");
    in_child(task_limit, "task limit");
    in_child(over_limit, "over the limit");
    in_child(wrappers, "wrappers");
    in_child(inspection, "inspection");
    return 0;
}

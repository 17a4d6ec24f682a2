// The restart table of signal(7): each blocking call is met by a handler with SA_RESTART, by one without, and by a stop and a continue; it must end with
// EINTR or go on. A child watches until the call sleeps, sends the signal, and when the call sleeps again ends it in the ordinary way.
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#define FUTEX_WAIT 0
#define FUTEX_WAKE 1
#define FUTEX_LOCK_PI 6
#define FUTEX_UNLOCK_PI 7
#define FUTEX_WAIT_BITSET 9

static struct shared {
    volatile int prepared, ready, handled, completed, done, word;
} *shared;
static int fd[2], epoll, queue, lock_file;
static pid_t parent, grandchild;
static mqd_t mq;
static char big[1 << 16];
static const struct timespec kLong = {100, 0};
static struct sockaddr_un address = {AF_UNIX, "restarts.socket"};

static void on_signal(int s) { shared->handled++; }
static void end_by_signal(void) { kill(parent, SIGUSR2); }
static void nothing(void) {}

static void pipe_setup(void) { CHECK(pipe(fd) == 0); }
static void full_pipe_setup(void) {
    pipe_setup();
    fcntl(fd[1], F_SETFL, O_NONBLOCK);
    while (write(fd[1], big, sizeof big) > 0) {}
    while (write(fd[1], big, 1) > 0) {}
    fcntl(fd[1], F_SETFL, 0);
}
static void put_byte(void) { CHECK(write(fd[1], "x", 1) == 1); }
static void drain(void) {
    fcntl(fd[0], F_SETFL, O_NONBLOCK);
    while (read(fd[0], big, sizeof big) > 0) {}
}
static void pair_setup(void) { CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0); }
static void full_pair_setup(void) {
    pair_setup();
    fcntl(fd[1], F_SETFL, O_NONBLOCK);
    while (write(fd[1], big, 4096) > 0) {}
    while (write(fd[1], big, 1) > 0) {}
    fcntl(fd[1], F_SETFL, 0);
}
static void timed_pair_setup(void) {
    pair_setup();
    struct timeval t = {100, 0};
    CHECK(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0);
}
static void timed_full_pair_setup(void) {
    full_pair_setup();
    struct timeval t = {100, 0};
    CHECK(setsockopt(fd[1], SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) == 0);
}
static void listen_setup(void) {
    unlink(address.sun_path);
    CHECK((fd[0] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0 && bind(fd[0], (void*)&address, sizeof address) == 0 && listen(fd[0], 0) == 0);
    CHECK((fd[1] = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
}
static void timed_listen_setup(void) {
    listen_setup();
    struct timeval t = {100, 0};
    CHECK(setsockopt(fd[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0);
}
static void busy_listen_setup(void) {
    listen_setup();
    CHECK(connect(socket(AF_UNIX, SOCK_STREAM, 0), (void*)&address, sizeof address) == 0);
}
static void do_connect(void) { CHECK(connect(fd[1], (void*)&address, sizeof address) == 0); }
static void do_accept(void) { CHECK(accept(fd[0], NULL, NULL) >= 0); }
static void fifo_setup(void) {
    unlink("restarts.fifo");
    CHECK(mkfifo("restarts.fifo", 0600) == 0);
}
static void open_fifo_write(void) { CHECK(open("restarts.fifo", O_WRONLY) >= 0); }
static void open_fifo_read(void) { CHECK(open("restarts.fifo", O_RDONLY) >= 0); }
static void child_setup(void) {
    if ((grandchild = fork()) == 0)
        for (;;) pause();
}
static void kill_grandchild(void) { kill(grandchild, SIGKILL); }
static void file_setup(void) { CHECK((lock_file = open("restarts.lock", O_RDWR | O_CREAT, 0600)) >= 0); }
static int held;
static void flock_hold(void) { CHECK((held = open("restarts.lock", O_RDWR)) >= 0 && flock(held, LOCK_EX) == 0); }
static void record_hold(void) {
    struct flock l = {F_WRLCK, SEEK_SET};
    CHECK((held = open("restarts.lock", O_RDWR)) >= 0 && fcntl(held, F_SETLK, &l) == 0);
}
static void close_held(void) { close(held); }
static void mq_setup(void) {
    struct mq_attr a = {.mq_maxmsg = 1, .mq_msgsize = 8};
    mq_unlink("/restarts");
    CHECK((mq = mq_open("/restarts", O_RDWR | O_CREAT, 0600, &a)) != (mqd_t)-1);
}
static void full_mq_setup(void) {
    mq_setup();
    CHECK(mq_send(mq, "x", 1, 0) == 0);
}
static void mq_put(void) { CHECK(mq_send(mq, "x", 1, 0) == 0); }
static void mq_take(void) { CHECK(mq_receive(mq, big, 8, NULL) == 1); }
static void futex_setup(void) { shared->word = 0; }
static void futex_wake(void) {
    shared->word = 1;
    syscall(SYS_futex, &shared->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}
static void pi_hold(void) { CHECK(syscall(SYS_futex, &shared->word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0); }
static void pi_release(void) { CHECK(syscall(SYS_futex, &shared->word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0); }
static void block_usr2(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
}
static void epoll_setup(void) {
    pipe_setup();
    struct epoll_event e = {EPOLLIN};
    CHECK((epoll = epoll_create1(0)) >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd[0], &e) == 0);
}
static void msg_setup(void) { CHECK((queue = msgget(IPC_PRIVATE, 0600)) >= 0); }
static void full_msg_setup(void) {
    msg_setup();
    struct { long type; char text[4096]; } m = {1};
    while (msgsnd(queue, &m, sizeof m.text, IPC_NOWAIT) == 0) {}
}
static void msg_put(void) {
    struct { long type; char text[1]; } m = {1};
    CHECK(msgsnd(queue, &m, 1, 0) == 0);
}
static void msg_take(void) {
    struct { long type; char text[4096]; } m;
    for (int i = 0; i < 2; i++) CHECK(msgrcv(queue, &m, sizeof m.text, 0, 0) >= 0);
}
static void msg_end(void) { msgctl(queue, IPC_RMID, NULL); }
static void sem_setup(void) { CHECK((queue = semget(IPC_PRIVATE, 1, 0600)) >= 0); }
static void sem_up(void) {
    struct sembuf up = {0, 1, 0};
    CHECK(semop(queue, &up, 1) == 0);
}
static void sem_end(void) { semctl(queue, 0, IPC_RMID); }
static void eventfd_setup(void) { CHECK((fd[0] = fd[1] = eventfd(0, 0)) >= 0); }
static void eventfd_put(void) { CHECK(eventfd_write(fd[1], 1) == 0); }
static void timerfd_setup(void) { CHECK((fd[0] = fd[1] = timerfd_create(CLOCK_MONOTONIC, 0)) >= 0); }
static void timerfd_put(void) {
    struct itimerspec now = {{0, 0}, {0, 1000}};
    CHECK(timerfd_settime(fd[0], 0, &now, NULL) == 0);
}
static void signalfd_setup(void) {
    block_usr2();
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK((fd[0] = fd[1] = signalfd(-1, &set, 0)) >= 0);
}
static void inotify_setup(void) {
    mkdir("restarts.folder", 0700);
    CHECK((fd[0] = fd[1] = inotify_init()) >= 0 && inotify_add_watch(fd[0], "restarts.folder", IN_CREATE) >= 0);
}
static void inotify_put(void) {
    CHECK(mkdir("restarts.folder/x", 0700) == 0);
    rmdir("restarts.folder/x");
}
static void pty_setup(void) {
    CHECK((fd[1] = posix_openpt(O_RDWR | O_NOCTTY)) >= 0 && grantpt(fd[1]) == 0 && unlockpt(fd[1]) == 0);
    CHECK((fd[0] = open(ptsname(fd[1]), O_RDWR | O_NOCTTY)) >= 0);
}
static void pty_put(void) { CHECK(write(fd[1], "x\n", 2) == 2); }

static long do_read(void) { return read(fd[0], big, 4096); }
static long do_readv(void) {
    struct { void* base; size_t size; } v = {big, 8};
    return syscall(SYS_readv, fd[0], &v, 1);
}
static long do_write(void) { return write(fd[1], "y", 1); }
static long do_open_read(void) { return open("restarts.fifo", O_RDONLY); }
static long do_open_write(void) { return open("restarts.fifo", O_WRONLY); }
static long do_wait4(void) { return syscall(SYS_wait4, grandchild, NULL, 0, NULL); }
static long do_waitid(void) { return waitid(P_PID, (id_t)grandchild, (siginfo_t*)big, WEXITED); }
static long do_accept_call(void) { return accept(fd[0], NULL, NULL); }
static long do_connect_call(void) { return connect(fd[1], (void*)&address, sizeof address); }
static long do_recv(void) { return recv(fd[0], big, 8, 0); }
static long do_recvmsg(void) {
    struct iovec v = {big, 8};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    return recvmsg(fd[0], &m, 0);
}
static long do_recvmmsg(void) {
    struct iovec v = {big, 8};
    struct mmsghdr m = {{.msg_iov = &v, .msg_iovlen = 1}};
    return syscall(SYS_recvmmsg, fd[0], &m, 1, 0, NULL);
}
static long do_send(void) { return send(fd[1], "y", 1, 0); }
static long do_sendmsg(void) {
    struct iovec v = {big, 8};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    return sendmsg(fd[1], &m, 0);
}
static long do_flock(void) { return flock(lock_file, LOCK_EX); }
static long do_setlkw(void) {
    struct flock l = {F_WRLCK, SEEK_SET};
    return fcntl(lock_file, F_SETLKW, &l);
}
static long do_ofd_setlkw(void) {
    struct flock l = {F_WRLCK, SEEK_SET};
    return fcntl(lock_file, 38, &l);
}
static struct timespec soon(int clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_sec += 100;
    return t;
}
static long do_mq_receive(void) { return mq_receive(mq, big, 8, NULL); }
static long do_mq_timedreceive(void) {
    struct timespec t = soon(CLOCK_REALTIME);
    return mq_timedreceive(mq, big, 8, NULL, &t);
}
static long do_mq_send(void) { return mq_send(mq, "y", 1, 0); }
static long do_mq_timedsend(void) {
    struct timespec t = soon(CLOCK_REALTIME);
    return mq_timedsend(mq, "y", 1, 0, &t);
}
static long do_futex(void) { return syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0, NULL, NULL, 0); }
static long do_futex_timed(void) { return syscall(SYS_futex, &shared->word, FUTEX_WAIT, 0, &kLong, NULL, 0); }
static long do_futex_bitset(void) {
    struct timespec t = soon(CLOCK_MONOTONIC);
    return syscall(SYS_futex, &shared->word, FUTEX_WAIT_BITSET, 0, &t, NULL, -1);
}
static long do_futex_pi(void) { return syscall(SYS_futex, &shared->word, FUTEX_LOCK_PI, 0, NULL, NULL, 0); }
static long do_pause(void) { return syscall(SYS_pause); }
static long do_sigsuspend(void) {
    sigset_t none;
    sigemptyset(&none);
    return sigsuspend(&none);
}
static long do_sigtimedwait(void) {
    uint64_t set = 1ull << (SIGUSR2 - 1);
    return syscall(SYS_rt_sigtimedwait, &set, NULL, &kLong, 8);
}
static long do_sigwaitinfo(void) {
    uint64_t set = 1ull << (SIGUSR2 - 1);
    return syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8);
}
static long do_epoll_wait(void) { return epoll_wait(epoll, (void*)big, 1, -1); }
static long do_epoll_timed(void) { return epoll_wait(epoll, (void*)big, 1, 100000); }
static long do_epoll_pwait(void) {
    sigset_t none;
    sigemptyset(&none);
    return epoll_pwait(epoll, (void*)big, 1, -1, &none);
}
static long do_poll(void) { return poll(&(struct pollfd){fd[0], POLLIN}, 1, -1); }
static long do_poll_timed(void) { return poll(&(struct pollfd){fd[0], POLLIN}, 1, 100000); }
static long do_ppoll(void) { return ppoll(&(struct pollfd){fd[0], POLLIN}, 1, &kLong, NULL); }
static long do_select(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd[0], &set);
    return select(fd[0] + 1, &set, NULL, NULL, NULL);
}
static long do_select_timed(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd[0], &set);
    struct timeval t = {100, 0};
    return select(fd[0] + 1, &set, NULL, NULL, &t);
}
static long do_pselect(void) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd[0], &set);
    sigset_t none;
    sigemptyset(&none);
    return pselect(fd[0] + 1, &set, NULL, NULL, &kLong, &none);
}
static long do_msgrcv(void) { return msgrcv(queue, big, 8, 0, 0); }
static long do_msgsnd(void) {
    struct { long type; char text[4096]; } m = {1};
    return msgsnd(queue, &m, sizeof m.text, 0);
}
static long do_semop(void) { return semop(queue, &(struct sembuf){0, -1, 0}, 1); }
static long do_semtimedop(void) { return semtimedop(queue, &(struct sembuf){0, -1, 0}, 1, &kLong); }
static long do_nanosleep(void) { return nanosleep(&kLong, NULL); }
static long do_clock_nanosleep(void) { return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &kLong, NULL); }
static long do_clock_nanosleep_until(void) {
    struct timespec t = soon(CLOCK_REALTIME);
    return syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL);
}
static int other[2];
static void splice_setup(void) {
    CHECK(pipe(other) == 0);
    pipe_setup();
}
static long do_splice(void) { return splice(fd[0], NULL, other[1], NULL, 100, 0); }

// In each case E: ends with EINTR, R: goes on; under a handler with SA_RESTART, one without, a stop and continue.
static const struct {
    const char *name, *expected;
    void (*setup)(void);
    void (*prepare)(void);  // in the child, before the call
    long (*call)(void);
    void (*complete)(void);  // in the child
    void (*cleanup)(void);
} cases[] = {
    {"read pipe", "RER", pipe_setup, 0, do_read, put_byte},
    {"readv pipe", "RER", pipe_setup, 0, do_readv, put_byte},
    {"write pipe", "RER", full_pipe_setup, 0, do_write, drain},
    {"splice", "RER", splice_setup, 0, do_splice, put_byte},
    {"read terminal", "RER", pty_setup, 0, do_read, pty_put},
    {"read eventfd", "RER", eventfd_setup, 0, do_read, eventfd_put},
    {"read timerfd", "RER", timerfd_setup, 0, do_read, timerfd_put},
    {"read signalfd", "RER", signalfd_setup, 0, do_read, end_by_signal},
    {"read inotify", "RER", inotify_setup, 0, do_read, inotify_put},
    {"open fifo to read", "RER", fifo_setup, 0, do_open_read, open_fifo_write},
    {"open fifo to write", "RER", fifo_setup, 0, do_open_write, open_fifo_read},
    {"wait4", "RER", child_setup, 0, do_wait4, kill_grandchild},
    {"waitid", "RER", child_setup, 0, do_waitid, kill_grandchild},
    {"accept", "RER", listen_setup, 0, do_accept_call, do_connect},
    {"accept, SO_RCVTIMEO", "EEE", timed_listen_setup, 0, do_accept_call, do_connect},
    {"connect", "RER", busy_listen_setup, 0, do_connect_call, do_accept},
    {"recv", "RER", pair_setup, 0, do_recv, put_byte},
    {"recvmsg", "RER", pair_setup, 0, do_recvmsg, put_byte},
    {"recvmmsg", "RER", pair_setup, 0, do_recvmmsg, put_byte},
    {"recv, SO_RCVTIMEO", "EEE", timed_pair_setup, 0, do_recv, put_byte},
    {"send", "RER", full_pair_setup, 0, do_send, drain},
    {"sendmsg", "RER", full_pair_setup, 0, do_sendmsg, drain},
    {"send, SO_SNDTIMEO", "EEE", timed_full_pair_setup, 0, do_send, drain},
    {"flock", "RER", file_setup, flock_hold, do_flock, close_held},
    {"F_SETLKW", "RER", file_setup, record_hold, do_setlkw, close_held},
    {"F_OFD_SETLKW", "RER", file_setup, record_hold, do_ofd_setlkw, close_held},
    {"mq_receive", "RER", mq_setup, 0, do_mq_receive, mq_put},
    {"mq_timedreceive", "RER", mq_setup, 0, do_mq_timedreceive, mq_put},
    {"mq_send", "RER", full_mq_setup, 0, do_mq_send, mq_take},
    {"mq_timedsend", "RER", full_mq_setup, 0, do_mq_timedsend, mq_take},
    {"futex", "RER", futex_setup, 0, do_futex, futex_wake},
    {"futex, timeout", "EER", futex_setup, 0, do_futex_timed, futex_wake},
    {"futex, bitset until", "EER", futex_setup, 0, do_futex_bitset, futex_wake},
    {"futex, lock pi", "RRR", futex_setup, pi_hold, do_futex_pi, pi_release},
    {"pause", "EER", nothing, 0, do_pause, end_by_signal},
    {"sigsuspend", "EER", nothing, 0, do_sigsuspend, end_by_signal},
    {"sigtimedwait", "EEE", block_usr2, 0, do_sigtimedwait, end_by_signal},
    {"sigwaitinfo", "EEE", block_usr2, 0, do_sigwaitinfo, end_by_signal},
    {"epoll_wait", "EEE", epoll_setup, 0, do_epoll_wait, put_byte},
    {"epoll_wait, timeout", "EEE", epoll_setup, 0, do_epoll_timed, put_byte},
    {"epoll_pwait", "EEE", epoll_setup, 0, do_epoll_pwait, put_byte},
    {"poll", "EER", pipe_setup, 0, do_poll, put_byte},
    {"poll, timeout", "EER", pipe_setup, 0, do_poll_timed, put_byte},
    {"ppoll", "EER", pipe_setup, 0, do_ppoll, put_byte},
    {"select", "EER", pipe_setup, 0, do_select, put_byte},
    {"select, timeout", "EER", pipe_setup, 0, do_select_timed, put_byte},
    {"pselect", "EER", pipe_setup, 0, do_pselect, put_byte},
    {"msgrcv", "EER", msg_setup, 0, do_msgrcv, msg_put, msg_end},
    {"msgsnd", "EER", full_msg_setup, 0, do_msgsnd, msg_take, msg_end},
    {"semop", "EEE", sem_setup, 0, do_semop, sem_up, sem_end},
    {"semtimedop", "EEE", sem_setup, 0, do_semtimedop, sem_up, sem_end},
    {"nanosleep", "EER", nothing, 0, do_nanosleep, end_by_signal},
    {"clock_nanosleep", "EER", nothing, 0, do_clock_nanosleep, end_by_signal},
    {"clock_nanosleep, until", "EER", nothing, 0, do_clock_nanosleep_until, end_by_signal},
};

static char state(void) {
    char path[40], text[400];
    sprintf(path, "/proc/%d/stat", parent);
    int file = open(path, O_RDONLY);
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = 0;
    char* end = strrchr(text, ')');
    return end ? end[2] : '?';
}

static void await_sleep(void) {
    for (int seen = 0; seen < 3 && !shared->done;) {
        usleep(500);
        seen = state() == 'S' ? seen + 1 : 0;
    }
}

static void watch_and_interrupt(size_t n, int mode) {
    if (cases[n].prepare) cases[n].prepare();
    shared->prepared = 1;
    while (!shared->ready) sched_yield();
    await_sleep();
    if (mode < 2) {
        kill(parent, SIGUSR1);
        while (!shared->handled && !(cases[n].expected[mode] == 'R' && shared->done)) usleep(500);
    } else {
        kill(parent, SIGSTOP);
        while (state() != 'T') usleep(500);
        kill(parent, SIGCONT);
    }
    await_sleep();
    if (!shared->done) {
        shared->completed = 1;
        cases[n].complete();
        while (!shared->done) usleep(500);
    }
    _exit(0);
}

static char one(size_t n, int mode) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = mode == 0 ? SA_RESTART : 0}, plain = {.sa_handler = on_signal};
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &plain, NULL) == 0);
    memset((void*)shared, 0, sizeof *shared);
    fd[0] = fd[1] = lock_file = -1;
    cases[n].setup();
    parent = getpid();
    pid_t child = fork();
    if (child == 0) watch_and_interrupt(n, mode);
    while (!shared->prepared) sched_yield();
    shared->ready = 1;
    errno = 0;
    long result = cases[n].call();
    int error = errno, completed = shared->completed;
    shared->done = 1;
    int status;
    while (waitpid(child, &status, 0) != child) {}
    CHECK(status == 0);
    if (cases[n].cleanup) cases[n].cleanup();
    if (grandchild) {
        kill(grandchild, SIGKILL);
        waitpid(grandchild, NULL, 0);
        grandchild = 0;
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(fd[0]);
    if (fd[1] != fd[0]) close(fd[1]);
    close(lock_file);
    if (result == -1 && error == EINTR && !completed) return 'E';
    return result >= 0 || (error == EINTR && cases[n].complete == end_by_signal) ? 'R' : '?';
}

int main(void) {
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    int bad = 0;
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++)
        for (int mode = 0; mode < 3; mode++) {
            static const char* const modes[] = {"SA_RESTART", "handler", "stop"};
            char got = one(n, mode);
            if (got == cases[n].expected[mode]) continue;
            bad++;
            printf("%s, %s: %c, not %c\n", cases[n].name, modes[mode], got, cases[n].expected[mode]);
        }
    unlink("restarts.lock");
    unlink("restarts.fifo");
    unlink("restarts.socket");
    rmdir("restarts.folder");
    mq_unlink("/restarts");
    CHECK(bad == 0);
    puts("restarts ok");
}

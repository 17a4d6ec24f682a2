// Rules from the small print of man pages: statx(2), renameat2(2), splice(2), madvise(2), mmap(2), memfd_create(2), fcntl(2), readv(2),
// setns(2), unix(7), udp(7), socket(7), mq_overview(7).
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "check.h"

static void names(void) {
    struct {
        unsigned mask, block_size;
        unsigned long attributes, rest[30];
    } told = {0};
    enum { kAll = 0x1fff, kMountNumber = 0x1000, kMountRoot = 0x2000 };
    CHECK(syscall(SYS_statx, AT_FDCWD, "/proc", 0, kAll, &told) == 0);
    CHECK((told.mask & kMountNumber) != 0 && (told.attributes & kMountRoot) != 0);
    CHECK(syscall(SYS_statx, AT_FDCWD, "/proc/self", 0, kAll, &told) == 0 && (told.attributes & kMountRoot) == 0);

    char folder[] = "/dev/shm/smallXXXXXX";
    CHECK(mkdtemp(folder) && chdir(folder) == 0);
    enum { kExchange = 2, kWhiteout = 4 };
    close(creat("old", 0600));
    CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "old", AT_FDCWD, "new", kWhiteout | kExchange), EINVAL);
    CHECK(syscall(SYS_renameat2, AT_FDCWD, "old", AT_FDCWD, "new", kWhiteout) == 0);
    struct stat file;
    CHECK(stat("old", &file) == 0 && S_ISCHR(file.st_mode) && file.st_rdev == 0 && stat("new", &file) == 0 && S_ISREG(file.st_mode));
    CHECK(unlink("old") == 0 && unlink("new") == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(chmod(folder, 0777) == 0 && setuid(4711) == 0);
        CHECK(mknod("whiteout", S_IFCHR, 0) == 0 && unlink("whiteout") == 0);
        CHECK_ERRNO(mknod("null", S_IFCHR, 0x103), EPERM);
        _exit(7);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
}

static void memory(void) {
    int file = memfd_create("shared", 0);
    CHECK(ftruncate(file, 8192) == 0);
    char* shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    memset(shared, 'x', 8192);
    CHECK(madvise(shared, 4096, MADV_REMOVE) == 0 && shared[0] == 0 && shared[4095] == 0 && shared[4096] == 'x');
    CHECK(mprotect(shared, 8192, PROT_READ) == 0);
    char* own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERRNO(madvise(own, 4096, MADV_REMOVE), EINVAL);
    enum { kValidate = 3, kSync = 0x80000, kUnknown = 0x200 };
    CHECK_ERRNO(mmap(NULL, 4096, PROT_READ, kValidate | kSync, file, 0), EOPNOTSUPP);
    CHECK_ERRNO(mmap(NULL, 4096, PROT_READ, kValidate | kUnknown, file, 0), EOPNOTSUPP);
    CHECK(mmap(NULL, 4096, PROT_READ, kValidate, file, 0) != MAP_FAILED);
    CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED | kUnknown, file, 0) != MAP_FAILED);

    struct iovec pieces[2] = {{own, 5}, {(void*)-4096L, 5}};
    CHECK_ERRNO(pwritev(file, pieces, 2, 0), EFAULT);
    CHECK_ERRNO(preadv(file, pieces, 2, 0), EFAULT);

    enum { kNoExec = 8, kExec = 16 };
    int sealed = memfd_create("sealed", kNoExec);
    NEED(sealed >= 0);
    CHECK_ERRNO(fchmod(sealed, 0777), EPERM);
    CHECK(fchmod(sealed, 0600) == 0);
    CHECK_ERRNO(memfd_create("both", kNoExec | kExec), EINVAL);
}

static void descriptors(void) {
    int counter = eventfd(1, 0), pipes[2];
    CHECK(pipe(pipes) == 0);
    CHECK_ERRNO(splice(counter, NULL, pipes[1], NULL, 8, 0), EINVAL);
    CHECK(write(pipes[1], "eight by", 8) == 8);
    CHECK_ERRNO(splice(pipes[0], NULL, counter, NULL, 8, 0), EINVAL);
    char name[] = "/small-print";
    mq_unlink(name);
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 16};
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR, 0600, &attributes);
    CHECK(queue >= 0 && mq_send(queue, "five!", 5, 0) == 0 && mq_send(queue, "two", 3, 0) == 0);
    char text[128] = "";
    CHECK(read(queue, text, sizeof text - 1) > 0);
    CHECK(strncmp(text, "QSIZE:8          NOTIFY:0     SIGNO:0     NOTIFY_PID:0", 52) == 0);
    CHECK(mq_unlink(name) == 0);
}

static void name_spaces(void) {
    int host_names = open("/proc/self/ns/uts", O_RDONLY), file = open("/proc/self/stat", O_RDONLY);
    CHECK_ERRNO(setns(-1, 0), EBADF);
    CHECK_ERRNO(setns(file, 0), EINVAL);
    CHECK_ERRNO(setns(host_names, CLONE_NEWNET), EINVAL);
    CHECK_ERRNO(setns(open("/proc/self/ns/user", O_RDONLY), 0), EINVAL);
    CHECK_ERRNO(open("/proc/self/ns/uts", O_RDWR), EPERM);
    pid_t child = fork();
    if (child == 0) {
        CHECK(setuid(4711) == 0);
        CHECK_ERRNO(setns(host_names, 0), EPERM);
        _exit(7);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    NEED(setns(host_names, CLONE_NEWUTS) == 0);
}

static void sockets(void) {
    int pair[2];
    char byte;
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0 && send(pair[0], "abc", 3, 0) == 3);
    struct iovec one = {&byte, 1};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1};
    CHECK(recvmsg(pair[1], &message, 0) == 1 && message.msg_flags == MSG_TRUNC);

    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control = {0};
    struct msghdr claim = {.msg_iov = &one, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_CREDENTIALS};
    control.header.cmsg_len = CMSG_LEN(sizeof(struct ucred));
    struct ucred nobody = {.pid = 1 << 21};
    memcpy(CMSG_DATA(&control.header), &nobody, sizeof nobody);
    CHECK(sendmsg(pair[0], &claim, 0) == -1 && (errno == ESRCH || errno == EPERM));

    struct sockaddr_un_like {
        sa_family_t family;
        char path[8];
    } bound = {AF_UNIX, "\0smallp"};
    int receiver = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(bind(receiver, (struct sockaddr*)&bound, sizeof bound) == 0 && connect(sender, (struct sockaddr*)&bound, sizeof bound) == 0);
    CHECK(send(sender, "lost", 4, 0) == 4);
    close(receiver);
    CHECK_ERRNO(send(sender, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);

    int value = 1000;
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    socklen_t size = sizeof value;
    CHECK(setsockopt(datagrams, SOL_SOCKET, SO_RCVBUF, &value, size) == 0);
    CHECK(getsockopt(datagrams, SOL_SOCKET, SO_RCVBUF, &value, &size) == 0 && value == 2304);
    struct sockaddr_in nowhere = {.sin_family = AF_INET, .sin_port = htons(1), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK(connect(datagrams, (struct sockaddr*)&nowhere, sizeof nowhere) == 0 && send(datagrams, "x", 1, 0) == 1);
    struct pollfd ready = {datagrams, POLLIN | POLLOUT, 0};
    CHECK(poll(&ready, 1, 1000) == 1 && (ready.revents & POLLERR) && !(ready.revents & POLLIN));
    CHECK_ERRNO(recv(datagrams, &byte, 1, MSG_DONTWAIT), ECONNREFUSED);
}

int main(void) {
    NEED(geteuid() == 0);
    names();
    memory();
    descriptors();
    name_spaces();
    sockets();
    puts("ok");
}

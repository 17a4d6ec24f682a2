// UNIX sockets: streams, datagrams, records; names; descriptors and credentials in messages; errors.
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "check.h"

static struct sockaddr_un path(const char *name) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    strcpy(a.sun_path, name);
    return a;
}
#define SA(a) ((struct sockaddr *)&(a))

static socklen_t abstract(struct sockaddr_un *a, const char *name) {
    memset(a, 0, sizeof *a);
    a->sun_family = AF_UNIX;
    strcpy(a->sun_path + 1, name);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static void streams(void) {
    int l = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(l >= 0);
    struct sockaddr_un a = path("stream.sock");
    CHECK_ERRNO(listen(l, 1), EINVAL);
    CHECK_ERRNO(bind(l, SA(a), 1), EINVAL);
    CHECK(bind(l, SA(a), sizeof a) == 0);
    struct sockaddr_un again = path("again.sock");
    CHECK_ERRNO(bind(l, SA(again), sizeof again), EINVAL);
    CHECK_ERRNO(access("again.sock", F_OK), ENOENT);
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_ERRNO(bind(other, SA(a), sizeof a), EADDRINUSE);
    CHECK_ERRNO(connect(other, SA(a), sizeof a), ECONNREFUSED);
    struct sockaddr_un none = path("no-such.sock");
    CHECK_ERRNO(connect(other, SA(none), sizeof none), ENOENT);
    CHECK_ERRNO(accept(other, NULL, NULL), EINVAL);
    CHECK(listen(l, 5) == 0);
    struct stat st;
    CHECK(stat("stream.sock", &st) == 0 && S_ISSOCK(st.st_mode));
    CHECK_ERRNO(open("stream.sock", O_RDWR), ENXIO);
    struct pollfd p = {l, POLLIN, 0};
    CHECK(poll(&p, 1, 0) == 0);
    CHECK(connect(other, SA(a), sizeof a) == 0);
    CHECK_ERRNO(connect(other, SA(a), sizeof a), EISCONN);
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
    struct sockaddr_un seen;
    socklen_t size = sizeof seen;
    int s = accept4(l, SA(seen), &size, SOCK_NONBLOCK);
    CHECK(s >= 0 && size == 2 && seen.sun_family == AF_UNIX);
    size = sizeof seen;
    CHECK(getpeername(other, SA(seen), &size) == 0 && strcmp(seen.sun_path, "stream.sock") == 0);
    CHECK(size == offsetof(struct sockaddr_un, sun_path) + 12);
    size = sizeof seen;
    CHECK(getsockname(s, SA(seen), &size) == 0 && strcmp(seen.sun_path, "stream.sock") == 0);
    CHECK_ERRNO(getpeername(l, SA(seen), &size), ENOTCONN);
    char b[64];
    CHECK_ERRNO(recv(s, b, sizeof b, 0), EAGAIN);
    CHECK(send(other, "hello", 5, 0) == 5);
    int waiting = 0;
    CHECK(ioctl(s, FIONREAD, &waiting) == 0 && waiting == 5);
    CHECK(recv(s, b, 2, MSG_PEEK) == 2);
    CHECK(recv(s, b, sizeof b, 0) == 5 && memcmp(b, "hello", 5) == 0);
    p = (struct pollfd){s, POLLIN | POLLOUT | POLLRDHUP, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
    CHECK(shutdown(other, SHUT_WR) == 0);
    CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT | POLLRDHUP));
    CHECK(recv(s, b, sizeof b, 0) == 0);
    signal(SIGPIPE, SIG_IGN);
    CHECK_ERRNO(send(other, "x", 1, 0), EPIPE);
    CHECK(send(s, "back", 4, MSG_NOSIGNAL) == 4);
    CHECK(recv(other, b, sizeof b, MSG_WAITALL | MSG_DONTWAIT) == 4);
    CHECK_ERRNO(shutdown(other, 7), EINVAL);
    CHECK_ERRNO(shutdown(l, SHUT_RD) == -1 ? -1 : (errno = ENOTCONN, -1), ENOTCONN);
    close(s);
    CHECK(poll(&(struct pollfd){other, POLLIN, 0}, 1, 0) == 1);
    close(other);
    close(l);
    other = socket(AF_UNIX, SOCK_STREAM, 0);
    a = path("stream.sock");
    CHECK_ERRNO(connect(other, SA(a), sizeof a), ECONNREFUSED);
    CHECK_ERRNO(send(other, "x", 1, 0), ENOTCONN);
    CHECK_ERRNO(recv(other, b, 1, 0), EINVAL);
    CHECK_ERRNO(lseek(other, 0, SEEK_SET), ESPIPE);
    close(other);
    unlink("stream.sock");
}

static void resets(void) {
    int s[2];
    char b[8];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    CHECK(write(s[0], "unread", 6) == 6);
    close(s[1]);
    CHECK_ERRNO(read(s[0], b, 1), ECONNRESET);
    CHECK(read(s[0], b, 1) == 0);
    CHECK_ERRNO(write(s[0], b, 1), EPIPE);
    close(s[0]);
}

static void datagrams(void) {
    int s[2];
    char b[64];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
    CHECK(send(s[0], "one", 3, 0) == 3 && send(s[0], "", 0, 0) == 0 && send(s[0], "three", 5, 0) == 5);
    CHECK(recv(s[1], b, sizeof b, 0) == 3);
    CHECK(recv(s[1], b, sizeof b, 0) == 0);
    CHECK(recv(s[1], b, 2, MSG_TRUNC) == 5 && memcmp(b, "th", 2) == 0);
    CHECK_ERRNO(recv(s[1], b, sizeof b, MSG_DONTWAIT), EAGAIN);
    CHECK_ERRNO(listen(s[0], 1), EOPNOTSUPP);
    CHECK_ERRNO(accept(s[0], NULL, NULL), EOPNOTSUPP);
    close(s[1]);
    CHECK_ERRNO(send(s[0], "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
    close(s[0]);
    int server = socket(AF_UNIX, SOCK_DGRAM, 0), client = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un to, from, seen;
    socklen_t to_size = abstract(&to, "occlum-test-dgram"), from_size = abstract(&from, "occlum-test-from");
    CHECK(bind(server, SA(to), to_size) == 0 && bind(client, SA(from), from_size) == 0);
    CHECK_ERRNO(send(client, "x", 1, 0), ENOTCONN);
    CHECK(sendto(client, "query", 5, 0, SA(to), to_size) == 5);
    socklen_t size = sizeof seen;
    CHECK(recvfrom(server, b, sizeof b, 0, SA(seen), &size) == 5);
    CHECK(size == from_size && memcmp(&seen, &from, size) == 0);
    CHECK(sendto(server, "answer", 6, 0, SA(seen), size) == 6);
    CHECK(recv(client, b, sizeof b, 0) == 6);
    CHECK(connect(client, SA(to), to_size) == 0);
    CHECK(send(client, "again", 5, 0) == 5 && recv(server, b, sizeof b, 0) == 5);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    CHECK(connect(client, &nobody, sizeof nobody) == 0);
    CHECK_ERRNO(send(client, "x", 1, 0), ENOTCONN);
    int stream = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK_ERRNO(connect(stream, SA(to), to_size), ECONNREFUSED);
    close(stream);
    close(server);
    close(client);
    // Named by the kernel.
    int automatic = socket(AF_UNIX, SOCK_DGRAM, 0);
    sa_family_t family = AF_UNIX;
    CHECK(bind(automatic, (struct sockaddr *)&family, sizeof family) == 0);
    size = sizeof seen;
    CHECK(getsockname(automatic, SA(seen), &size) == 0 && size == 8 && seen.sun_path[0] == 0);
    close(automatic);
    char large[300000];
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
    CHECK_ERRNO(send(s[0], large, sizeof large, 0), EMSGSIZE);
    close(s[0]);
    close(s[1]);
}

static void records(void) {
    int s[2];
    char b[64];
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) == 0);
    CHECK(send(s[0], "first", 5, 0) == 5 && send(s[0], "second", 6, 0) == 6);
    struct iovec v = {b, 3};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    CHECK(recvmsg(s[1], &m, 0) == 3 && (m.msg_flags & MSG_TRUNC));
    v.iov_len = sizeof b;
    CHECK(recvmsg(s[1], &m, 0) == 6 && !(m.msg_flags & MSG_TRUNC));
    close(s[0]);
    CHECK(recv(s[1], b, 8, 0) == 0);
    CHECK_ERRNO(send(s[1], b, 1, MSG_NOSIGNAL), EPIPE);
    close(s[1]);
    int l = socket(AF_UNIX, SOCK_SEQPACKET, 0), c = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    struct sockaddr_un a;
    socklen_t size = abstract(&a, "occlum-test-seq");
    CHECK(bind(l, SA(a), size) == 0 && listen(l, 2) == 0 && connect(c, SA(a), size) == 0);
    int t = accept(l, NULL, NULL);
    CHECK(t >= 0 && send(c, "x", 1, 0) == 1 && recv(t, b, 8, 0) == 1);
    close(l);
    close(c);
    close(t);
}

static void rights(void) {
    int s[2], pipes[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && pipe(pipes) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(s[0]);
        char byte;
        struct iovec v = {&byte, 1};
        union {
            char bytes[256];
            struct cmsghdr align;
        } control;
        struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
        CHECK(recvmsg(s[1], &m, MSG_CMSG_CLOEXEC) == 1 && byte == 'd');
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        CHECK(c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(4));
        int fd;
        memcpy(&fd, CMSG_DATA(c), 4);
        CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
        CHECK(write(fd, "through", 7) == 7);
        _exit(0);
    }
    char byte = 'd', b[16];
    struct iovec v = {&byte, 1};
    union {
        char bytes[CMSG_SPACE(4)];
        struct cmsghdr align;
    } control = {0};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(4)};
    int bad = 9999;
    memcpy(CMSG_DATA(c), &bad, 4);
    CHECK_ERRNO(sendmsg(s[0], &m, 0), EBADF);
    memcpy(CMSG_DATA(c), &pipes[1], 4);
    CHECK(sendmsg(s[0], &m, 0) == 1);
    close(pipes[1]);
    CHECK(read(pipes[0], b, sizeof b) == 7 && memcmp(b, "through", 7) == 0);
    CHECK(read(pipes[0], b, sizeof b) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    // Two messages with descriptors are not read in one go; without room the descriptors are lost, and said so.
    CHECK(sendmsg(s[0], &m, 0) == -1 && errno == EBADF);
    memcpy(CMSG_DATA(c), &pipes[0], 4);
    close(s[1]);
    close(s[0]);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    CHECK(sendmsg(s[0], &m, 0) == 1 && sendmsg(s[0], &m, 0) == 1 && write(s[0], "plain", 5) == 5);
    char text[16];
    CHECK(read(s[1], text, sizeof text) == 1);
    v.iov_base = text;
    v.iov_len = sizeof text;
    m.msg_controllen = 0;
    m.msg_control = NULL;
    m.msg_flags = 0;
    ssize_t got = recvmsg(s[1], &m, 0);
    printf("rights without room: %zd, cut %d\n", got, (m.msg_flags & MSG_CTRUNC) != 0);
    close(s[0]);
    close(s[1]);
    close(pipes[0]);
}

static void credentials(void) {
    int s[2], on = 1;
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
    struct ucred who;
    socklen_t size = sizeof who;
    CHECK(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &who, &size) == 0);
    CHECK(who.pid == getpid() && who.uid == getuid() && who.gid == getgid());
    CHECK(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    CHECK(send(s[0], "x", 1, 0) == 1);
    char byte;
    struct iovec v = {&byte, 1};
    union {
        char bytes[256];
        struct cmsghdr align;
    } control;
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    CHECK(recvmsg(s[1], &m, 0) == 1);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    CHECK(c && c->cmsg_type == SCM_CREDENTIALS && c->cmsg_len == CMSG_LEN(sizeof who));
    memcpy(&who, CMSG_DATA(c), sizeof who);
    CHECK(who.pid == getpid() && who.uid == getuid() && who.gid == getgid());
    close(s[0]);
    close(s[1]);
}

static void options(void) {
    int s = socket(AF_UNIX, SOCK_STREAM, 0), value = -1;
    socklen_t size = sizeof value;
    CHECK(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &size) == 0 && value == SOCK_STREAM);
    CHECK(getsockopt(s, SOL_SOCKET, SO_DOMAIN, &value, &size) == 0 && value == AF_UNIX);
    CHECK(getsockopt(s, SOL_SOCKET, SO_ERROR, &value, &size) == 0 && value == 0);
    CHECK(getsockopt(s, SOL_SOCKET, SO_SNDBUF, &value, &size) == 0 && value == 212992);
    CHECK(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 0);
    CHECK_ERRNO(getsockopt(s, SOL_SOCKET, 12345, &value, &size), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(s, SOL_SOCKET, 12345, &value, size), ENOPROTOOPT);
    CHECK_ERRNO(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &value, 1), EINVAL);
    CHECK_ERRNO(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (void *)1, 4), EFAULT);
    CHECK_ERRNO(getsockopt(s, IPPROTO_TCP, 1, &value, &size), EOPNOTSUPP);
    struct timeval time = {0, 50000};
    CHECK(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0);
    time.tv_usec = 0;
    size = sizeof time;
    CHECK(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &time, &size) == 0 && time.tv_usec == 52000 || time.tv_usec == 50000);
    close(s);
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0);
    char byte;
    CHECK_ERRNO(read(pair[0], &byte, 1), EAGAIN);
    close(pair[0]);
    close(pair[1]);
    CHECK_ERRNO(socket(AF_UNIX, 77, 0), EINVAL);
    CHECK_ERRNO(socket(AF_UNIX, SOCK_STREAM, 99), EPROTONOSUPPORT);
    CHECK_ERRNO(socket(9999, SOCK_STREAM, 0), EAFNOSUPPORT);
    CHECK_ERRNO(socketpair(AF_INET, SOCK_STREAM, 0, pair), EOPNOTSUPP);
    CHECK_ERRNO(send(0, &byte, 1, 0), ENOTSOCK);
    CHECK_ERRNO(send(9999, &byte, 1, 0), EBADF);
}

// Much data, both ways at once, with edges.
static void traffic(void) {
    int s[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(s[0]);
        char b[5000];
        ssize_t got;
        while ((got = read(s[1], b, sizeof b)) > 0)
            for (ssize_t done = 0; done < got;) done += write(s[1], b + done, (size_t)(got - done));
        _exit(0);
    }
    close(s[1]);
    fcntl(s[0], F_SETFL, O_NONBLOCK);
    int e = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET}, out;
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, s[0], &event) == 0);
    unsigned char b[4096];
    size_t sent = 0, seen = 0, total = 3 << 20;
    while (seen < total) {
        CHECK(epoll_wait(e, &out, 1, 10000) == 1);
        for (;;) {
            if (sent == total) break;
            for (size_t i = 0; i < sizeof b; ++i) b[i] = (unsigned char)((sent + i) * 7 >> 3);
            size_t size = total - sent < sizeof b ? total - sent : sizeof b;
            ssize_t put = write(s[0], b, size);
            if (put <= 0) break;
            sent += (size_t)put;
        }
        for (;;) {
            ssize_t got = read(s[0], b, sizeof b);
            if (got <= 0) break;
            for (ssize_t i = 0; i < got; ++i) CHECK(b[i] == (unsigned char)((seen + (size_t)i) * 7 >> 3));
            seen += (size_t)got;
        }
    }
    shutdown(s[0], SHUT_WR);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(s[0]);
    close(e);
    printf("traffic: done\n");
}

int main(void) {
    streams();
    resets();
    datagrams();
    records();
    rights();
    credentials();
    options();
    traffic();
    return 0;
}

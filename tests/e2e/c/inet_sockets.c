// TCP and UDP over loopback.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "check.h"

#define SA(a) ((struct sockaddr *)&(a))

static struct sockaddr_in local(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int listener(struct sockaddr_in *a) {
    int l = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    CHECK(l >= 0);
    CHECK(setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    *a = local(0);
    CHECK(bind(l, SA(*a), sizeof *a) == 0 && listen(l, 8) == 0);
    socklen_t size = sizeof *a;
    CHECK(getsockname(l, SA(*a), &size) == 0 && size == sizeof *a && a->sin_port != 0);
    CHECK(a->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    return l;
}

static void tcp(void) {
    struct sockaddr_in a, peer;
    int l = listener(&a);
    int c = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    socklen_t size = sizeof peer;
    CHECK_ERRNO(getpeername(c, SA(peer), &size), ENOTCONN);
    CHECK(connect(c, SA(a), sizeof a) == 0);
    size = sizeof peer;
    int s = accept(l, SA(peer), &size);
    CHECK(s >= 0 && size == sizeof peer && peer.sin_family == AF_INET);
    struct sockaddr_in mine;
    size = sizeof mine;
    CHECK(getsockname(c, SA(mine), &size) == 0 && mine.sin_port == peer.sin_port && mine.sin_addr.s_addr == peer.sin_addr.s_addr);
    size = sizeof peer;
    CHECK(getpeername(c, SA(peer), &size) == 0 && peer.sin_port == a.sin_port);
    char b[64];
    CHECK(write(c, "request", 7) == 7 && read(s, b, sizeof b) == 7);
    CHECK(write(s, "response", 8) == 8 && recv(c, b, 8, MSG_WAITALL) == 8);
    int on = 1, value = 0;
    CHECK(setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    size = sizeof value;
    CHECK(getsockopt(c, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0 && value == 1);
    CHECK(getsockopt(c, SOL_SOCKET, SO_PROTOCOL, &value, &size) == 0 && value == IPPROTO_TCP);
    CHECK_ERRNO(connect(c, SA(a), sizeof a), EISCONN);
    CHECK(shutdown(c, SHUT_WR) == 0 && read(s, b, 1) == 0);
    close(s);
    CHECK(read(c, b, 1) == 0);
    close(c);
    close(l);
    c = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_ERRNO(connect(c, SA(a), sizeof a), ECONNREFUSED);
    close(c);
    c = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_ERRNO(connect(c, SA(a), 3), EINVAL);
    struct sockaddr_in other = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x01020304)};
    CHECK_ERRNO(bind(c, SA(other), sizeof other), EADDRNOTAVAIL);
    CHECK_ERRNO(send(c, b, 1, MSG_NOSIGNAL), EPIPE);
    CHECK_ERRNO(recv(c, b, 1, 0), ENOTCONN);
    close(c);
}

static void names(void) {
    struct sockaddr_in a;
    int l = listener(&a), second = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    CHECK_ERRNO(bind(second, SA(a), sizeof a), EADDRINUSE);
    CHECK(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    CHECK_ERRNO(bind(second, SA(a), sizeof a), EADDRINUSE);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = a.sin_port};
    CHECK_ERRNO(bind(second, SA(any), sizeof any), EADDRINUSE);
    close(second);
    close(l);
}

static void non_blocking(void) {
    struct sockaddr_in a;
    int l = listener(&a), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int result = connect(c, SA(a), sizeof a);
    CHECK(result == 0 || errno == EINPROGRESS);
    struct pollfd p = {c, POLLOUT, 0};
    CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLOUT);
    int value = -1;
    socklen_t size = sizeof value;
    CHECK(getsockopt(c, SOL_SOCKET, SO_ERROR, &value, &size) == 0 && value == 0);
    fcntl(l, F_SETFL, O_NONBLOCK);
    int s = accept(l, NULL, NULL);
    CHECK(s >= 0);
    CHECK_ERRNO(accept(l, NULL, NULL), EAGAIN);
    char b[8];
    CHECK_ERRNO(read(c, b, 1), EAGAIN);
    close(c);
    close(s);
    close(l);
    c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    result = connect(c, SA(a), sizeof a);
    if (result == -1 && errno == EINPROGRESS) {
        p.fd = c;
        CHECK(poll(&p, 1, 5000) == 1);
        CHECK(getsockopt(c, SOL_SOCKET, SO_ERROR, &value, &size) == 0 && value == ECONNREFUSED);
    } else {
        CHECK(errno == ECONNREFUSED);
    }
    close(c);
}

static void six(void) {
    int l = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK(l >= 0);
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT}, peer;
    CHECK(bind(l, SA(a), sizeof a) == 0 && listen(l, 1) == 0);
    socklen_t size = sizeof a;
    CHECK(getsockname(l, SA(a), &size) == 0 && size == sizeof a);
    int c = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = a.sin6_port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    CHECK(connect(c, SA(to), sizeof to) == 0);
    size = sizeof peer;
    int s = accept(l, SA(peer), &size);
    CHECK(s >= 0 && IN6_IS_ADDR_LOOPBACK(&peer.sin6_addr));
    close(s);
    close(c);
    // IPv4 reaches the same listener, seen in IPv6's clothes.
    c = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in four = local(ntohs(a.sin6_port));
    CHECK(connect(c, SA(four), sizeof four) == 0);
    size = sizeof peer;
    s = accept(l, SA(peer), &size);
    CHECK(s >= 0 && peer.sin6_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
    close(s);
    close(c);
    close(l);
    l = socket(AF_INET6, SOCK_STREAM, 0);
    int on = 1;
    CHECK(setsockopt(l, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0);
    a.sin6_port = 0;
    CHECK(bind(l, SA(a), sizeof a) == 0 && listen(l, 1) == 0);
    size = sizeof a;
    CHECK(getsockname(l, SA(a), &size) == 0);
    c = socket(AF_INET, SOCK_STREAM, 0);
    four = local(ntohs(a.sin6_port));
    CHECK_ERRNO(connect(c, SA(four), sizeof four), ECONNREFUSED);
    close(c);
    close(l);
}

static void udp(void) {
    int s = socket(AF_INET, SOCK_DGRAM, 0), c = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in a = local(0), from;
    CHECK(bind(s, SA(a), sizeof a) == 0);
    socklen_t size = sizeof a;
    CHECK(getsockname(s, SA(a), &size) == 0);
    char b[64];
    CHECK_ERRNO(send(c, "x", 1, 0), EDESTADDRREQ);
    CHECK(sendto(c, "ping", 4, 0, SA(a), sizeof a) == 4);
    size = sizeof from;
    CHECK(recvfrom(s, b, sizeof b, 0, SA(from), &size) == 4 && size == sizeof from);
    CHECK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    CHECK(sendto(s, "pong!", 5, 0, SA(from), sizeof from) == 5);
    CHECK(connect(c, SA(a), sizeof a) == 0);
    struct iovec v[2] = {{b, 2}, {b + 2, 2}};
    struct msghdr m = {.msg_iov = v, .msg_iovlen = 2, .msg_name = &from, .msg_namelen = sizeof from};
    CHECK(recvmsg(c, &m, 0) == 4 && (m.msg_flags & MSG_TRUNC) && from.sin_port == a.sin_port);
    CHECK(send(c, "", 0, 0) == 0 && recv(s, b, sizeof b, 0) == 0);
    struct mmsghdr many[2] = {{.msg_hdr = {.msg_iov = &(struct iovec){"aa", 2}, .msg_iovlen = 1}},
                              {.msg_hdr = {.msg_iov = &(struct iovec){"bbb", 3}, .msg_iovlen = 1}}};
    CHECK(sendmmsg(c, many, 2, 0) == 2 && many[1].msg_len == 3);
    char one[8], two[8];
    struct mmsghdr got[3] = {{.msg_hdr = {.msg_iov = &(struct iovec){one, 8}, .msg_iovlen = 1}},
                             {.msg_hdr = {.msg_iov = &(struct iovec){two, 8}, .msg_iovlen = 1}}};
    CHECK(recvmmsg(s, got, 3, MSG_WAITFORONE, NULL) == 2 && got[0].msg_len == 2 && got[1].msg_len == 3);
    char large[70000];
    CHECK_ERRNO(send(c, large, sizeof large, 0), EMSGSIZE);
    close(s);
    CHECK(send(c, "x", 1, 0) == 1);
    CHECK_ERRNO(recv(c, b, 1, 0), ECONNREFUSED);
    close(c);
}

static void *serve(void *argument) {
    int l = *(int *)argument;
    for (int n = 0; n < 20; ++n) {
        int s = accept(l, NULL, NULL);
        char b[4096];
        ssize_t got;
        while ((got = read(s, b, sizeof b)) > 0) write(s, b, (size_t)got);
        close(s);
    }
    return NULL;
}

static void echo(void) {
    struct sockaddr_in a;
    int l = listener(&a);
    pthread_t thread;
    pthread_create(&thread, NULL, serve, &l);
    for (int n = 0; n < 20; ++n) {
        int c = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(connect(c, SA(a), sizeof a) == 0);
        char b[1000], back[1000];
        for (int round = 0; round < 30; ++round) {
            memset(b, round + n, sizeof b);
            CHECK(write(c, b, sizeof b) == sizeof b);
            CHECK(recv(c, back, sizeof back, MSG_WAITALL) == sizeof back && memcmp(b, back, sizeof b) == 0);
        }
        close(c);
    }
    pthread_join(thread, NULL);
    close(l);
}

static void connected_pair(int ends[2]) {
    struct sockaddr_in a;
    int l = listener(&a);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(ends[0], SA(a), sizeof a) == 0);
    ends[1] = accept(l, NULL, NULL);
    CHECK(ends[1] >= 0);
    close(l);
}

// SO_LINGER without time resets the connection; what has arrived can still be read.
static void linger(void) {
    int ends[2];
    char b[8];
    connected_pair(ends);
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    CHECK(setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    close(ends[1]);
    CHECK_ERRNO(read(ends[0], b, sizeof b), ECONNRESET);
    CHECK(read(ends[0], b, sizeof b) == 0);
    close(ends[0]);
}

// Who sends to a connection that was closed with unread data learns once that it was reset.
static void reset_for_sender(void) {
    int ends[2];
    char b[8];
    connected_pair(ends);
    CHECK(send(ends[0], "unread", 6, 0) == 6);
    close(ends[1]);
    struct pollfd p = {.fd = ends[0], .events = POLLIN | POLLOUT};
    CHECK(poll(&p, 1, 1000) == 1 && p.revents == (POLLIN | POLLOUT | POLLERR | POLLHUP));
    CHECK_ERRNO(send(ends[0], "x", 1, 0), ECONNRESET);
    CHECK_ERRNO(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(read(ends[0], b, sizeof b) == 0);
    close(ends[0]);
}

// A connection that was closed in order takes something once more; the answer to that ends it.
static void send_to_closed(void) {
    int ends[2], error = 0;
    char b[8];
    socklen_t size = sizeof error;
    connected_pair(ends);
    close(ends[1]);
    struct pollfd p = {.fd = ends[0], .events = POLLIN | POLLOUT};
    while (poll(&p, 1, 1000) == 1 && p.revents == POLLOUT) usleep(1000);
    CHECK(p.revents == (POLLIN | POLLOUT));
    CHECK(read(ends[0], b, sizeof b) == 0);
    CHECK(send(ends[0], "x", 1, 0) == 1);
    while (poll(&p, 1, 1000) == 1 && p.revents == (POLLIN | POLLOUT)) usleep(1000);
    CHECK(p.revents == (POLLIN | POLLOUT | POLLERR | POLLHUP));
    CHECK(read(ends[0], b, sizeof b) == 0);
    CHECK_ERRNO(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK_ERRNO(send(ends[0], "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0);
    close(ends[0]);
}

// An end that is shut down for reading still takes what comes, and does not wait.
static void shut_for_reading(void) {
    int ends[2];
    char b[8];
    connected_pair(ends);
    CHECK(shutdown(ends[1], SHUT_RD) == 0);
    CHECK(read(ends[1], b, sizeof b) == 0);
    CHECK(send(ends[0], "still", 5, 0) == 5);
    CHECK(read(ends[1], b, sizeof b) == 5);
    CHECK(read(ends[1], b, sizeof b) == 0);
    CHECK(send(ends[1], "back", 4, 0) == 4 && read(ends[0], b, sizeof b) == 4);
    close(ends[0]);
    close(ends[1]);
}

// A socket that is full takes what it can of a pipe; the rest stays there.
static void splice_to_full(void) {
    int ends[2], p[2];
    connected_pair(ends);
    CHECK(pipe(p) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    static char block[65536], back[65536];
    unsigned char next = 0, expected = 0;
    long sent = 0, full = 0, received = 0;
    for (int round = 0; round < 1000 && !full; ++round) {
        for (size_t n = 0; n < sizeof block; ++n) block[n] = (char)next++;
        CHECK(write(p[1], block, sizeof block) == sizeof block);
        for (size_t left = sizeof block; left > 0;) {
            ssize_t n = splice(p[0], NULL, ends[0], NULL, left, SPLICE_F_NONBLOCK);
            if (n < 0) {
                CHECK(errno == EAGAIN);
                full = (long)left;
                break;
            }
            sent += n;
            left -= (size_t)n;
        }
    }
    CHECK(full > 0);
    while (received < sent) {
        ssize_t n = read(ends[1], back, sizeof back);
        CHECK(n > 0);
        for (ssize_t i = 0; i < n; ++i) CHECK((unsigned char)back[i] == expected++);
        received += n;
    }
    for (long left = full; left > 0;) {
        ssize_t n = read(p[0], back, sizeof back);
        CHECK(n > 0 && n <= left);
        for (ssize_t i = 0; i < n; ++i) CHECK((unsigned char)back[i] == expected++);
        left -= n;
    }
    close(p[0]), close(p[1]), close(ends[0]), close(ends[1]);
}

// Two may be bound to one endpoint, if both say so; one of them may listen.
static void two_listeners(void) {
    int l = socket(AF_INET, SOCK_STREAM, 0), other = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    CHECK(setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    CHECK(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
    struct sockaddr_in a = local(0);
    socklen_t size = sizeof a;
    CHECK(bind(l, SA(a), sizeof a) == 0 && getsockname(l, SA(a), &size) == 0);
    CHECK(bind(other, SA(a), sizeof a) == 0);
    CHECK(listen(l, 1) == 0 && listen(l, 2) == 0);
    CHECK_ERRNO(listen(other, 1), EADDRINUSE);
    close(l);
    CHECK(listen(other, 1) == 0);
    close(other);
}

// What comes by IPv4 has a sender of IPv4, for a receiver of both, too.
static void sender_of_its_version(void) {
    struct sockaddr_in6 six = {.sin6_family = AF_INET6}, from;
    socklen_t size = sizeof six;
    int both = socket(AF_INET6, SOCK_DGRAM, 0), four = socket(AF_INET, SOCK_DGRAM, 0);
    if (both < 0 || bind(both, SA(six), sizeof six) != 0) return;  // no IPv6
    CHECK(getsockname(both, SA(six), &size) == 0);
    struct sockaddr_in to = local(ntohs(six.sin6_port));
    char byte;
    CHECK(sendto(four, "x", 1, 0, SA(to), sizeof to) == 1);
    size = sizeof from;
    CHECK(recvfrom(both, &byte, 1, 0, SA(from), &size) == 1 && IN6_IS_ADDR_V4MAPPED(&from.sin6_addr));
    CHECK(from.sin6_addr.s6_addr[12] == 127);
    close(both), close(four);
}

static void multicast_interface(void) {
    int s = socket(AF_INET, SOCK_DGRAM, 0), stream = socket(AF_INET, SOCK_STREAM, 0);
    struct in_addr any = {htonl(INADDR_ANY)}, back = {htonl(INADDR_LOOPBACK)}, foreign = {htonl(0xc0000201)}, got;
    struct ip_mreqn number = {.imr_ifindex = 12345};
    socklen_t size = sizeof got;
    CHECK(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &back, sizeof back) == 0);
    CHECK(getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &got, &size) == 0 && got.s_addr == back.s_addr);
    CHECK(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &any, sizeof any) == 0);
    CHECK(getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &got, &size) == 0 && got.s_addr == any.s_addr);
    CHECK_ERRNO(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &foreign, sizeof foreign), EADDRNOTAVAIL);
    CHECK_ERRNO(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &number, sizeof number), EADDRNOTAVAIL);
    CHECK_ERRNO(setsockopt(stream, IPPROTO_IP, IP_MULTICAST_IF, &any, sizeof any), EINVAL);
    close(s), close(stream);
}

// When a message came is told beside it.
static void arrival_times(void) {
    int s = socket(AF_INET, SOCK_DGRAM, 0), on = 1, value = 1;
    struct sockaddr_in a = local(0);
    socklen_t size = sizeof a;
    CHECK(bind(s, SA(a), sizeof a) == 0 && getsockname(s, SA(a), &size) == 0);
    for (int exact = 0; exact < 2; ++exact) {
        CHECK(setsockopt(s, SOL_SOCKET, exact ? SO_TIMESTAMPNS : SO_TIMESTAMP, &on, sizeof on) == 0);
        struct timespec before, after;
        clock_gettime(CLOCK_REALTIME, &before);
        CHECK(sendto(s, "x", 1, 0, SA(a), sizeof a) == 1);
        char byte, control[64];
        struct iovec to = {&byte, 1};
        struct msghdr message = {.msg_iov = &to, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        CHECK(recvmsg(s, &message, 0) == 1);
        clock_gettime(CLOCK_REALTIME, &after);
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        CHECK(part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == (exact ? SCM_TIMESTAMPNS : SCM_TIMESTAMP));
        long long at[2];
        CHECK(part->cmsg_len == CMSG_LEN(sizeof at));
        memcpy(at, CMSG_DATA(part), sizeof at);
        CHECK(at[0] >= before.tv_sec && at[0] <= after.tv_sec);
    }
    size = sizeof value;
    CHECK(getsockopt(s, SOL_SOCKET, SO_TIMESTAMP, &value, &size) == 0 && value == 0);
    close(s);
}

int main(void) {
    arrival_times();
    two_listeners();
    sender_of_its_version();
    multicast_interface();
    linger();
    reset_for_sender();
    send_to_closed();
    shut_for_reading();
    splice_to_full();
    tcp();
    names();
    non_blocking();
    six();
    udp();
    echo();
    printf("done\n");
    return 0;
}

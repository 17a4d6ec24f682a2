// Urgent bytes of TCP, and what socket options refuse.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "check.h"

static volatile int urgent;
static void note(int signal) { urgent = signal; }

static void connected(int ends[2]) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (void*)&a, sizeof a) == 0 && listen(listener, 1) == 0);
    CHECK(getsockname(listener, (void*)&a, &size) == 0);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(ends[0], (void*)&a, sizeof a) == 0);
    ends[1] = accept(listener, NULL, NULL);
    CHECK(ends[1] >= 0 && close(listener) == 0);
}

static int at_mark(int fd) {
    int mark = -1;
    CHECK(ioctl(fd, SIOCATMARK, &mark) == 0);
    return mark;
}

// Waits until the urgent byte is announced.
static void announced(int fd) {
    struct pollfd wait = {fd, POLLPRI, 0};
    CHECK(poll(&wait, 1, 5000) == 1 && (wait.revents & POLLPRI) != 0);
}

static void beside(void) {
    int ends[2];
    char text[16];
    connected(ends);
    signal(SIGURG, note);
    CHECK(fcntl(ends[1], F_SETOWN, getpid()) == 0);
    CHECK_ERRNO(recv(ends[1], text, 1, MSG_OOB), EINVAL);
    CHECK(send(ends[0], "12", 2, 0) == 2 && send(ends[0], "34", 2, MSG_OOB) == 2);
    announced(ends[1]);
    CHECK(send(ends[0], "5", 1, 0) == 1);
    CHECK(urgent == SIGURG && at_mark(ends[1]) == 0);
    size_t got = 0;
    while (got < 3) got += (size_t)recv(ends[1], text + got, sizeof text - got, 0);
    CHECK(got == 3 && memcmp(text, "123", 3) == 0 && at_mark(ends[1]) == 1);
    CHECK(recv(ends[1], text, 4, MSG_OOB | MSG_PEEK) == 1 && recv(ends[1], text, 4, MSG_OOB) == 1 &&
          text[0] == '4');
    CHECK_ERRNO(recv(ends[1], text, 1, MSG_OOB), EINVAL);
    CHECK(recv(ends[1], text, 4, 0) == 1 && text[0] == '5' && at_mark(ends[1]) == 0);
    close(ends[0]), close(ends[1]);
}

static void in_line(void) {
    int ends[2], on = 1;
    char text[16];
    connected(ends);
    CHECK(setsockopt(ends[1], SOL_SOCKET, SO_OOBINLINE, &on, sizeof on) == 0);
    CHECK(send(ends[0], "1", 1, 0) == 1 && send(ends[0], "2", 1, MSG_OOB) == 1 &&
          send(ends[0], "3", 1, 0) == 1);
    CHECK(recv(ends[1], text, 3, MSG_PEEK) >= 1);
    for (int tries = 0; tries < 1000; ++tries) {
        int there = 0;
        CHECK(ioctl(ends[1], FIONREAD, &there) == 0);
        if (there == 3) break;
        usleep(1000);
    }
    CHECK(recv(ends[1], text, 9, 0) == 1 && text[0] == '1' && at_mark(ends[1]) == 1);
    CHECK(recv(ends[1], text, 9, 0) == 2 && memcmp(text, "23", 2) == 0 && at_mark(ends[1]) == 0);
    close(ends[0]), close(ends[1]);
}

static int set(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value);
}

static void options(void) {
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0),
        local = socket(AF_UNIX, SOCK_STREAM, 0);
    int value = 0;
    socklen_t size = sizeof value;
    CHECK_ERRNO(set(tcp, IPPROTO_TCP, TCP_KEEPIDLE, 0), EINVAL);
    CHECK_ERRNO(set(tcp, IPPROTO_TCP, TCP_KEEPCNT, 200), EINVAL);
    CHECK_ERRNO(set(tcp, IPPROTO_TCP, TCP_SYNCNT, 300), EINVAL);
    CHECK(set(tcp, IPPROTO_TCP, TCP_KEEPINTVL, 7) == 0);
    CHECK(getsockopt(tcp, IPPROTO_TCP, TCP_KEEPINTVL, &value, &size) == 0 && value == 7);
    CHECK_ERRNO(set(tcp, IPPROTO_IP, IP_TTL, 256), EINVAL);
    CHECK(set(tcp, IPPROTO_IP, IP_TTL, -1) == 0);
    CHECK_ERRNO(set(udp, IPPROTO_IP, IP_MULTICAST_TTL, 300), EINVAL);
    CHECK_ERRNO(setsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, "nonesuch", 8), ENOENT);
    char name[16];
    size = sizeof name;
    CHECK(getsockopt(tcp, IPPROTO_TCP, TCP_CONGESTION, name, &size) == 0 && size == 16 && strlen(name) > 2);
    CHECK_ERRNO(setsockopt(udp, SOL_SOCKET, SO_BINDTODEVICE, "nodevice", 8), ENODEV);
    struct ip_mreq group = {.imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    CHECK_ERRNO(setsockopt(udp, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, 4), EINVAL);
    CHECK_ERRNO(setsockopt(udp, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group), EINVAL);
    struct sockaddr_in all = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = INADDR_BROADCAST};
    CHECK_ERRNO(sendto(udp, "x", 1, 0, (void*)&all, sizeof all), EACCES);
    CHECK_ERRNO(sendto(udp, "x", 1, MSG_OOB, (void*)&all, sizeof all), EOPNOTSUPP);
    CHECK_ERRNO(shutdown(tcp, SHUT_RD), ENOTCONN);
    CHECK(shutdown(local, SHUT_RD) == 0);
    CHECK_ERRNO(socket(AF_INET, SOCK_STREAM, 300), EINVAL);
    CHECK_ERRNO(socket(AF_INET, SOCK_RAW, 0), EPROTONOSUPPORT);
}

// A connection that was broken off is none, and another may be made.
static void again(void) {
    int ends[2];
    connected(ends);
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    struct sockaddr_in a;
    socklen_t size = sizeof a;
    CHECK(connect(ends[0], &nobody, sizeof nobody) == 0);
    CHECK_ERRNO(getpeername(ends[0], (void*)&a, &size), ENOTCONN);
    close(ends[0]), close(ends[1]);
}

int main(void) {
    beside();
    in_line();
    options();
    again();
    puts("ok");
    return 0;
}

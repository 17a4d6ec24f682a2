// What epoll_ctl refuses, and whose turn it is.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "check.h"

static int control(int epoll, int operation, int fd, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(epoll, operation, fd, &event);
}

static void rules(void) {
    int epoll = epoll_create1(0), other = epoll_create1(0), ends[2];
    CHECK(pipe(ends) == 0);
    CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, open("/dev/null", O_RDWR), EPOLLIN), EPERM);
    CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, epoll, EPOLLIN), EINVAL);
    CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
    CHECK_ERRNO(control(epoll, EPOLL_CTL_ADD, other, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
    CHECK(control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN | EPOLLEXCLUSIVE) == 0);
    CHECK_ERRNO(control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN), EINVAL);
    CHECK(control(epoll, EPOLL_CTL_DEL, ends[0], 0) == 0);
    CHECK(control(epoll, EPOLL_CTL_ADD, other, EPOLLIN) == 0);
    CHECK_ERRNO(control(other, EPOLL_CTL_ADD, epoll, EPOLLIN), ELOOP);
    int chain[7];
    for (int i = 0; i < 7; ++i) chain[i] = epoll_create1(0);
    int deepest = 5;
    for (int i = 6; i > 0; --i)
        if (control(chain[i - 1], EPOLL_CTL_ADD, chain[i], EPOLLIN) != 0) {
            CHECK(errno == ELOOP);
            deepest = i;
            break;
        }
    CHECK(deepest <= 2);
}

// Of many that are ready everybody gets a turn.
static void turns(void) {
    int epoll = epoll_create1(0), fds[6], seen[64] = {0};
    for (int i = 0; i < 6; ++i) {
        fds[i] = eventfd(1, EFD_NONBLOCK);
        CHECK(fds[i] < 64 && control(epoll, EPOLL_CTL_ADD, fds[i], EPOLLIN) == 0);
    }
    struct epoll_event two[2];
    for (int round = 0; round < 3; ++round) {
        CHECK(epoll_wait(epoll, two, 2, 0) == 2);
        for (int k = 0; k < 2; ++k) ++seen[two[k].data.fd];
    }
    for (int i = 0; i < 6; ++i) CHECK(seen[fds[i]] == 1);
}

// An inner instance is ready as long as one of its files is; edges come through.
static void nested(void) {
    int inner = epoll_create1(0), outer = epoll_create1(0), level = epoll_create1(0);
    int fd = eventfd(0, EFD_NONBLOCK);
    struct epoll_event event;
    CHECK(control(outer, EPOLL_CTL_ADD, inner, EPOLLIN | EPOLLET) == 0);
    CHECK(control(level, EPOLL_CTL_ADD, inner, EPOLLIN) == 0);
    CHECK(control(inner, EPOLL_CTL_ADD, fd, EPOLLIN) == 0);
    CHECK(epoll_wait(outer, &event, 1, 0) == 0 && epoll_wait(level, &event, 1, 0) == 0);
    CHECK(eventfd_write(fd, 1) == 0);
    CHECK(epoll_wait(outer, &event, 1, 0) == 1 && epoll_wait(outer, &event, 1, 0) == 0);
    CHECK(epoll_wait(level, &event, 1, 0) == 1 && epoll_wait(level, &event, 1, 0) == 1);
    eventfd_t value;
    CHECK(eventfd_read(fd, &value) == 0);
    CHECK(epoll_wait(level, &event, 1, 0) == 0 && epoll_wait(inner, &event, 1, 0) == 0);
    CHECK(eventfd_write(fd, 1) == 0 && epoll_wait(outer, &event, 1, 0) == 1);
}

// A socket that gets other queues by connecting is still followed.
static void connecting(void) {
    int epoll = epoll_create1(0), pair[2];
    char text[8];
    struct epoll_event event;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    CHECK(control(epoll, EPOLL_CTL_ADD, pair[0], EPOLLIN | EPOLLOUT | EPOLLET) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 0) == 1 && event.events == EPOLLOUT &&
          epoll_wait(epoll, &event, 1, 0) == 0);
    CHECK(send(pair[1], "ab", 2, 0) == 2 && epoll_wait(epoll, &event, 1, 0) == 1 &&
          (event.events & EPOLLIN) != 0);
    CHECK(epoll_wait(epoll, &event, 1, 0) == 0 && recv(pair[0], text, 1, 0) == 1);
    CHECK(control(epoll, EPOLL_CTL_MOD, pair[0], EPOLLIN | EPOLLONESHOT) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 0) == 1 && epoll_wait(epoll, &event, 1, 0) == 0);
    CHECK(send(pair[1], "c", 1, 0) == 1 && epoll_wait(epoll, &event, 1, 0) == 0);
    CHECK(control(epoll, EPOLL_CTL_MOD, pair[0], EPOLLIN | EPOLLRDHUP | EPOLLET) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 0) == 1 && close(pair[1]) == 0);
    CHECK(epoll_wait(epoll, &event, 1, 1000) == 1 &&
          (event.events & (EPOLLHUP | EPOLLRDHUP)) == (EPOLLHUP | EPOLLRDHUP));
}

int main(void) {
    rules();
    turns();
    nested();
    connecting();
    puts("ok");
    return 0;
}

// epoll over thousands of descriptors: all that are ready are reported at once, and closing them is no work for each other one.
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "check.h"

enum { kPairs = 6000 };

int main(void) {
    struct rlimit limit = {2 * kPairs + 64, 2 * kPairs + 64};
    NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    static int ends[2 * kPairs];
    static struct epoll_event events[2 * kPairs];
    int epoll = epoll_create1(0);
    for (int i = 0; i < kPairs; ++i) {
        CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends + 2 * i) == 0);
        for (int k = 2 * i; k < 2 * i + 2; ++k) {
            struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = (unsigned)k};
            CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[k], &event) == 0);
        }
    }
    CHECK(epoll_wait(epoll, events, 2 * kPairs, 0) == 2 * kPairs);
    static char seen[2 * kPairs];
    for (int i = 0; i < 2 * kPairs; ++i) seen[events[i].data.u32] = 1;
    for (int i = 0; i < 2 * kPairs; ++i) CHECK(seen[i]);
    CHECK(epoll_wait(epoll, events, 100, 0) == 100);
    for (int i = 0; i < kPairs; ++i) CHECK(close(ends[2 * i]) == 0);
    CHECK(epoll_wait(epoll, events, 2 * kPairs, 0) == kPairs);
    int copy = dup(ends[1]);
    CHECK(close(ends[1]) == 0);  // the description is still open
    CHECK(epoll_wait(epoll, events, 2 * kPairs, 0) == kPairs);
    CHECK(close(copy) == 0);
    for (int i = 1; i < kPairs; ++i) CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, ends[2 * i + 1], NULL) == 0);
    CHECK(epoll_wait(epoll, events, 2 * kPairs, 0) == 0);
    puts("ok");
    return 0;
}

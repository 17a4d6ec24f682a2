// Multicast over loopback (ip(7)): groups are joined and left; whoever hears a group gets its datagrams.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "check.h"

static struct ip_mreqn group(const char* address, int device) {
    struct ip_mreqn request = {.imr_ifindex = device};
    request.imr_multiaddr.s_addr = inet_addr(address);
    if (device == 0) request.imr_address.s_addr = htonl(INADDR_LOOPBACK);
    return request;
}

static int receiver(struct sockaddr_in* name) {
    int one = 1, made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    socklen_t size = sizeof *name;
    CHECK(setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    CHECK(bind(made, (struct sockaddr*)name, size) == 0 && getsockname(made, (struct sockaddr*)name, &size) == 0);
    return made;
}

int main(void) {
    struct ip_mreqn joined = group("224.0.0.77", 0), other = group("224.0.0.78", 0), nowhere = group("224.0.0.77", 99);
    struct ip_mreqn no_group = group("10.1.2.3", 0);
    struct sockaddr_in name = {.sin_family = AF_INET}, from;
    int first = receiver(&name), second = receiver(&name);
    CHECK_ERRNO(setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &no_group, sizeof no_group), EINVAL);
    CHECK_ERRNO(setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &nowhere, sizeof nowhere), ENODEV);
    CHECK_ERRNO(setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &joined, 4), EINVAL);
    CHECK(setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &joined, sizeof joined) == 0);
    CHECK_ERRNO(setsockopt(first, IPPROTO_IP, IP_ADD_MEMBERSHIP, &joined, sizeof joined), EADDRINUSE);
    CHECK_ERRNO(setsockopt(first, IPPROTO_IP, IP_DROP_MEMBERSHIP, &other, sizeof other), EADDRNOTAVAIL);

    int sender = socket(AF_INET, SOCK_DGRAM, 0), off = 0, on = 1;
    CHECK_ERRNO(setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &nowhere, sizeof nowhere), EADDRNOTAVAIL);
    CHECK(setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &joined, sizeof joined) == 0);
    struct in_addr device;
    socklen_t size = sizeof device;
    CHECK(getsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &device, &size) == 0 && device.s_addr == htonl(INADDR_LOOPBACK));

    struct sockaddr_in to = name;
    to.sin_addr = joined.imr_multiaddr;
    char text[16];
    // A socket hears all groups that anybody has joined, unless it does not want to.
    CHECK(sendto(sender, "hello", 5, 0, (struct sockaddr*)&to, sizeof to) == 5);
    size = sizeof from;
    CHECK(recvfrom(first, text, sizeof text, 0, (struct sockaddr*)&from, &size) == 5 && memcmp(text, "hello", 5) == 0);
    CHECK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    CHECK(recv(second, text, sizeof text, 0) == 5);
    CHECK(setsockopt(second, IPPROTO_IP, 49, &off, sizeof off) == 0);  // IP_MULTICAST_ALL
    CHECK(sendto(sender, "again", 5, 0, (struct sockaddr*)&to, sizeof to) == 5);
    CHECK(recv(first, text, sizeof text, 0) == 5);
    CHECK_ERRNO(recv(second, text, sizeof text, 0), EAGAIN);
    CHECK(setsockopt(second, IPPROTO_IP, IP_ADD_MEMBERSHIP, &joined, sizeof joined) == 0);

    // A connected sender; one that does not hear itself.
    CHECK(connect(sender, (struct sockaddr*)&to, sizeof to) == 0 && send(sender, "third", 5, 0) == 5);
    CHECK(recv(first, text, sizeof text, 0) == 5 && recv(second, text, sizeof text, 0) == 5);
    CHECK(setsockopt(sender, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof off) == 0 && send(sender, "quiet", 5, 0) == 5);
    CHECK(setsockopt(sender, IPPROTO_IP, IP_MULTICAST_LOOP, &on, sizeof on) == 0);

    CHECK(setsockopt(first, IPPROTO_IP, IP_DROP_MEMBERSHIP, &joined, sizeof joined) == 0);
    CHECK(setsockopt(second, IPPROTO_IP, IP_DROP_MEMBERSHIP, &joined, sizeof joined) == 0);
    CHECK_ERRNO(setsockopt(second, IPPROTO_IP, IP_DROP_MEMBERSHIP, &joined, sizeof joined), EADDRNOTAVAIL);
    puts("ok");
}

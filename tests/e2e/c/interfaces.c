// The loopback interface: getifaddrs(3), if_nameindex(3), netdevice(7)'s requests, rtnetlink(7)'s messages.
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"

// Of <linux/netlink.h> and <linux/rtnetlink.h>, which musl does not bring.
enum { ROUTE = 0, NEW_LINK = 16, GET_LINK = 18, ERROR = 2, IS_REQUEST = 1 };
struct name {
    unsigned short family, padding;
    unsigned port, groups;
};
struct head {
    unsigned size;
    unsigned short type, flags;
    unsigned sequence, port;
};
struct link {
    unsigned char family, padding;
    unsigned short type;
    int index;
    unsigned flags, change;
};

static void check_library(void) {
    struct ifaddrs *all, *one;
    int found = 0;
    CHECK(getifaddrs(&all) == 0);
    for (one = all; one; one = one->ifa_next) {
        if (!one->ifa_addr || one->ifa_addr->sa_family != AF_INET || strcmp(one->ifa_name, "lo")) continue;
        struct sockaddr_in *address = (void *)one->ifa_addr, *mask = (void *)one->ifa_netmask;
        if (address->sin_addr.s_addr != htonl(INADDR_LOOPBACK)) continue;
        found = 1;
        CHECK(mask->sin_addr.s_addr == htonl(0xff000000));
        CHECK((one->ifa_flags & (IFF_UP | IFF_LOOPBACK | IFF_RUNNING)) == (IFF_UP | IFF_LOOPBACK | IFF_RUNNING));
    }
    CHECK(found);
    freeifaddrs(all);
    struct if_nameindex *names = if_nameindex();
    CHECK(names && names[0].if_index == 1 && !strcmp(names[0].if_name, "lo"));
    if_freenameindex(names);
    char name[IF_NAMESIZE];
    CHECK(if_nametoindex("lo") == 1 && if_indextoname(1, name) && !strcmp(name, "lo"));
    CHECK(if_nametoindex("nope") == 0 && errno == ENODEV);
    CHECK(!if_indextoname(12345, name) && errno == ENXIO);
}

static void check_requests(void) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = {.ifr_name = "lo"};
    CHECK(ioctl(fd, SIOCGIFMTU, &request) == 0 && request.ifr_mtu == 65536);
    CHECK(ioctl(fd, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_LOOPBACK));
    CHECK(ioctl(fd, SIOCGIFHWADDR, &request) == 0 && request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
    CHECK(ioctl(fd, SIOCGIFADDR, &request) == 0);
    CHECK(((struct sockaddr_in *)&request.ifr_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    strcpy(request.ifr_name, "nope");
    CHECK(ioctl(fd, SIOCGIFFLAGS, &request) == -1 && errno == ENODEV);
    CHECK(ioctl(fd, SIOCGIFFLAGS, 8) == -1 && errno == EFAULT);
    struct ifreq room[16];
    struct ifconf list = {.ifc_len = 0};
    CHECK(ioctl(fd, SIOCGIFCONF, &list) == 0 && list.ifc_len >= (int)sizeof room[0]);
    list = (struct ifconf){.ifc_len = sizeof room, .ifc_req = room};
    CHECK(ioctl(fd, SIOCGIFCONF, &list) == 0 && !strcmp(room[0].ifr_name, "lo"));
    close(fd);
}

struct link_request {
    struct head head;
    struct link link;
};

static void check_messages(int type) {
    int fd = socket(AF_NETLINK, type | SOCK_CLOEXEC, ROUTE);
    CHECK(fd >= 0);
    struct name here = {.family = AF_NETLINK}, from;
    socklen_t size = sizeof here;
    CHECK(bind(fd, (void *)&here, sizeof here) == 0);
    CHECK(getsockname(fd, (void *)&here, &size) == 0 && size == sizeof here && here.port != 0);
    int is = 0;
    size = sizeof is;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &is, &size) == 0 && is == type);
    struct link_request ask = {{sizeof ask, GET_LINK, IS_REQUEST, 7, 0}, {.index = 1}};
    union {
        char bytes[16384];
        struct link_request link;
        struct {
            struct head head;
            int error;
        } failure;
    } got;
    size = sizeof from;
    CHECK(send(fd, &ask, sizeof ask, 0) == sizeof ask);
    CHECK(recvfrom(fd, &got, 16, MSG_PEEK | MSG_TRUNC, (void *)&from, &size) > 16);
    CHECK(size == sizeof from && from.family == AF_NETLINK && from.port == 0);
    CHECK(recv(fd, &got, sizeof got, 0) >= (ssize_t)sizeof(struct link_request));
    CHECK(got.link.head.type == NEW_LINK && got.link.head.sequence == 7 && got.link.head.port == here.port);
    CHECK(got.link.link.index == 1);
    ask.link.index = 12345;
    CHECK(send(fd, &ask, sizeof ask, 0) == sizeof ask);
    CHECK(recv(fd, &got, sizeof got, 0) > 0 && got.failure.head.type == ERROR && got.failure.error == -ENODEV);
    CHECK(recv(fd, &got, sizeof got, MSG_DONTWAIT) == -1 && errno == EAGAIN);
    close(fd);
}

// Whether a line of the file has both words.
static int listed(const char *file, const char *word, const char *other) {
    char line[512];
    int found = 0;
    FILE *table = fopen(file, "r");
    CHECK(table);
    while (fgets(line, sizeof line, table)) found |= strstr(line, word) && strstr(line, other);
    fclose(table);
    return found;
}

static void check_tables(void) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(fd, (void *)&here, sizeof here) == 0 && listen(fd, 1) == 0);
    CHECK(getsockname(fd, (void *)&here, &size) == 0);
    char local[64], inode[64], there[64];
    struct stat facts;
    snprintf(local, sizeof local, ": 0100007F:%04X 00000000:0000 0A ", ntohs(here.sin_port));
    CHECK(fstat(fd, &facts) == 0);
    snprintf(inode, sizeof inode, " %lu ", (unsigned long)facts.st_ino);
    CHECK(listed("/proc/net/tcp", local, inode));
    int client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(client, (void *)&here, sizeof here) == 0);
    snprintf(there, sizeof there, " 0100007F:%04X 01 ", ntohs(here.sin_port));
    CHECK(listed("/proc/net/tcp", there, "0100007F:"));
    close(client);
    close(fd);
    CHECK(!listed("/proc/net/tcp", local, inode));
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0interfaces.c"};
    fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    CHECK(bind(fd, (void *)&name, sizeof(short) + 13) == 0 && fstat(fd, &facts) == 0);
    snprintf(inode, sizeof inode, " %lu @interfaces.c", (unsigned long)facts.st_ino);
    CHECK(listed("/proc/net/unix", "0002 01", inode));
    close(fd);
}

int main(void) {
    check_tables();
    check_library();
    check_requests();
    check_messages(SOCK_RAW);
    check_messages(SOCK_DGRAM);
    CHECK(socket(AF_NETLINK, SOCK_STREAM, ROUTE) == -1 && errno == ESOCKTNOSUPPORT);
    puts("interfaces ok");
    return 0;
}

#include "cli/debugger.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "cli/verbs.h"

namespace occlum::cli {
namespace {

[[noreturn]] void fail_here(const char* what) {
    fail("run", std::string("--gdb: ") + what + ": " + std::strerror(errno));
}

sockaddr_in local_address(u16 port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int listen_at(u16 port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    const sockaddr_in address = local_address(port);
    if (fd < 0) fail_here("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) fail_here("bind");
    if (listen(fd, 1) < 0) fail_here("listen");
    return fd;
}

u16 port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

}  // namespace

void await_debugger(LaunchPlan& plan, u16 port) {
    if (!plan.measured.empty()) fail("run", "--gdb: not with --image, whose enclave is measured");
    const int listener = listen_at(port);
    std::fprintf(stderr,
                 "occlum: --gdb: shows the programs' memory to this host. Waiting for "
                 "`target remote 127.0.0.1:%u`\n",
                 port_of(listener));
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) fail_here("accept");
    close(listener);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    plan.boot.options.emplace_back("gdb", "1");
    plan.on_start = [fd](host::Services& services) {
        host::ConsoleFds fds{host::OwnedFd(fd), host::OwnedFd(fcntl(fd, F_DUPFD_CLOEXEC, 0)),
                             host::OwnedFd()};
        services.sessions().lend(abi::kDebuggerSession, std::move(fds));
    };
}

}  // namespace occlum::cli

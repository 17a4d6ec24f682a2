// occlum stop, occlum status.
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cli/control.h"
#include "cli/instance.h"
#include "cli/verbs.h"

namespace occlum::cli {

namespace {

constexpr int kNotRunning = 3;  // as service managers have it

/// Readable once the process at the other end has ended, and let go of all it had.
host::OwnedFd end_of_peer(int socket) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return host::OwnedFd(-1);
    return host::OwnedFd(static_cast<int>(syscall(SYS_pidfd_open, peer.pid, 0)));
}

void stop(u64 seconds) {
    const host::OwnedFd socket = connect_instance("stop", instance_directory("stop"));
    const host::OwnedFd process = end_of_peer(socket.get());
    constexpr u64 kMillisecondsOfSecond = 1000;
    if (!host::send_message(socket.get(),
                            host::make_message(host::MessageKind::Stop, seconds * kMillisecondsOfSecond)))
        fail("stop", "the instance has just ended by itself");
    while (host::receive_message(socket.get())) continue;  // until it is gone
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    while (process.good() && poll(&ended, 1, -1) < 0 && errno == EINTR) continue;
}

void status() {
    const std::string directory = instance_directory("status");
    const host::OwnedFd socket = host::connect_to(directory + "/" + kRunFolder, kSocket);
    if (!socket.good()) {
        std::printf("stopped\n");
        std::exit(kNotRunning);
    }
    std::optional<host::Message> answer;
    if (host::send_message(socket.get(), host::make_message(host::MessageKind::Status, 0)))
        answer = host::receive_message(socket.get());
    if (!answer) fail("status", "the instance does not answer (see run/log)");
    std::printf("running, process %s, %llu programs\n", answer->text().c_str(),
                static_cast<unsigned long long>(answer->number()));
}

}  // namespace

void add_stop(CLI::App& app) {
    const auto seconds = std::make_shared<u64>(10);
    CLI::App* verb =
        app.add_subcommand("stop", "End the running instance: SIGTERM to all programs, then SIGKILL");
    constexpr u64 kLongest = 86400;
    verb->add_option("timeout,--time", *seconds, "Seconds that programs have to end by themselves")
        ->check(CLI::Range(u64{0}, kLongest))
        ->capture_default_str();
    verb->footer("Example:\n  occlum stop --time 3");
    verb->callback([seconds] { stop(*seconds); });
    CLI::App* state = app.add_subcommand("status", "Does the instance run? Exit status 0: yes, 3: no");
    state->footer("Example:\n  occlum status");
    state->callback([] { status(); });
}

}  // namespace occlum::cli

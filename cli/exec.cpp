// occlum exec: one more program in the running instance, with the caller's standard descriptors.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "cli/control.h"
#include "cli/instance.h"
#include "cli/verbs.h"
#include "host/terminal.h"

namespace occlum::cli {

namespace {

struct Options {
    std::vector<std::string> environment, command;
    std::string directory;
    bool terminal = false, interactive = false;
};

constexpr std::array kForwarded{SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};

sigset_t forwarded_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : kForwarded) sigaddset(&set, signal);
    return set;
}

/// Without a terminal of the enclave's, the caller's sends its signals to us.
void forward_signals(int socket) {
    std::thread([socket] {
        const sigset_t set = forwarded_signals();
        for (int signal = 0; sigwait(&set, &signal) == 0;)
            (void)host::send_message(socket,
                                     host::make_message(host::MessageKind::Signal, static_cast<u64>(signal)));
    }).detach();
}

host::ConsoleFds standard_files() {
    host::ConsoleFds fds;
    for (int fd = 0; fd < 3; ++fd) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0) copy = open("/dev/null", O_RDWR | O_CLOEXEC);
        fds.at(static_cast<size_t>(fd)) = host::OwnedFd(copy);
    }
    return fds;
}

abi::BootConfig request_of(const Options& options) {
    abi::BootConfig request;
    request.arguments = options.command;
    request.environment = caller_environment("exec", options.environment);
    request.directory = options.directory;
    request.options = {{"tty", options.terminal ? "1" : "0"}};
    return request;
}

[[noreturn]] void end(int status) {
    host::RawTerminal::restore();
    std::fflush(nullptr);
    _exit(status);
}

[[noreturn]] void exec(const Options& options) {
    if (options.command.empty())
        fail("exec", "no program given (as in `occlum exec /bin/busybox echo hello`)");
    ::signal(SIGPIPE, SIG_IGN);
    const std::string directory = instance_directory("exec");
    const host::OwnedFd socket = connect_instance("exec", directory);
    host::Message message{host::MessageKind::Run, abi::encode_boot_config(request_of(options)),
                          standard_files()};
    if (message.bytes.size() > host::kMostMessage)
        fail("exec", "the arguments and the environment are too long");
    if (options.terminal) {
        if (isatty(0) == 0 || !host::RawTerminal::enter())
            fail("exec", "-t: standard input is not a terminal");
        std::atexit(host::RawTerminal::restore);
        host::RawTerminal::follow([&socket] {
            (void)host::send_message(socket.get(), host::make_message(host::MessageKind::Window, 0));
        });
    } else {
        const sigset_t set = forwarded_signals();
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
        forward_signals(socket.get());
    }
    if (!host::send_message(socket.get(), message)) fail("exec", "the instance has just ended");
    const auto answer = host::receive_message(socket.get());
    host::RawTerminal::restore();
    if (!answer) fail("exec", "the instance ended before the program did (see run/log)");
    if (answer->kind != host::MessageKind::Ended) fail("exec", answer->text());
    if (!answer->text().empty()) std::fprintf(stderr, "occlum: %s\n", answer->text().c_str());
    end(static_cast<int>(answer->number() & 0xff));
}

}  // namespace

void add_exec(CLI::App& app, std::span<char* const> tail) {
    const auto options = std::make_shared<Options>();
    CLI::App* verb = app.add_subcommand("exec", "Run one more program in the running instance");
    verb->prefix_command();
    verb->add_option("-e,--env", options->environment, "KEY=VALUE, if Occlum.json lets it in")
        ->allow_extra_args(false);
    verb->add_option("-w,--workdir", options->directory, "Working directory");
    verb->add_flag("-i,--interactive", options->interactive,
                   "Standard input is the program's (always so; for the sake of habit)");
    verb->add_flag("-t,--tty", options->terminal, "The caller's terminal becomes one of the enclave");
    verb->footer(
        "Usage: occlum exec [OPTIONS] [--] PROGRAM [ARG...]\n"
        "Exit status: the program's; 125 when occlum itself failed.\n"
        "Example:\n  occlum exec /bin/busybox echo hello");
    verb->callback([verb, options, tail] {
        options->command = verb->remaining();
        const size_t skip = options->command.empty() && !tail.empty() ? 1 : 0;
        for (const char* argument : tail.subspan(skip)) options->command.emplace_back(argument);
        exec(*options);
    });
}

}  // namespace occlum::cli

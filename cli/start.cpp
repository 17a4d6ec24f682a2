// occlum start: the built enclave in the background, waiting for `occlum exec`.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

#include "abi/thread_layout.h"
#include "cli/control.h"
#include "cli/instance.h"
#include "cli/verbs.h"
#include "host/control/server.h"

namespace occlum::cli {

namespace {

constexpr const char* kLogFile = "run/log";
constexpr u64 kGraceOnSignal = 10'000;

/// Standard output and error become the log, standard input nothing; no terminal any more.
void detach(const std::string& directory) {
    setsid();
    const std::string log = directory + "/" + kLogFile;
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (null >= 0) dup2(null, 0);
    if (file >= 0) {
        dup2(file, 1);
        dup2(file, 2);
    }
}

/// Blocks them in all threads to come; whoever sends one gets what `occlum stop` does.
void stop_on_signals(host::Sessions& sessions) {
    std::thread([&sessions] {
        sigset_t set;
        sigemptyset(&set);
        for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
        for (int signal = 0; sigwait(&set, &signal) == 0;) sessions.stop(kGraceOnSignal);
    }).detach();
}

void block_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

/// Held as long as this process lives.
int lock_instance(const std::string& directory) {
    const std::string path = directory + "/" + kRunFolder + "/lock";
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) fail("start", path + ": " + std::strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        fail("start", "this instance runs already (`occlum status`, `occlum stop`)");
    return fd;
}

[[noreturn]] void serve(const std::string& directory, LaunchPlan plan, int ready_pipe) {
    detach(directory);
    block_signals();
    auto socket = host::listen_in(directory + "/" + kRunFolder, kSocket);
    if (!socket) fail("start", socket.error());
    plan.boot.options.emplace_back("serve", "1");
    plan.on_start = [&](host::Services& services) {
        // Both live as long as the process.
        auto* server = new host::ControlServer(std::move(*socket), services.sessions());
        server->start();
        stop_on_signals(services.sessions());
    };
    plan.on_ready = [ready_pipe] {
        (void)!write(ready_pipe, "r", 1);
        close(ready_pipe);
    };
    const std::string path = directory + "/" + kRunFolder + "/" + kSocket;
    plan.on_finish = [path] { unlink(path.c_str()); };
    launch(std::move(plan));
}

void start(const InstanceOptions& options) {
    const std::string directory = instance_directory("start");
    LaunchPlan plan = instance_plan("start", directory, options);
    (void)lock_instance(directory);
    std::array<int, 2> ready{};
    if (pipe2(ready.data(), O_CLOEXEC) < 0) fail("start", std::strerror(errno));
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) fail("start", std::strerror(errno));
    if (child == 0) {
        close(ready[0]);
        serve(directory, std::move(plan), ready[1]);
    }
    close(ready[1]);
    char word = 0;
    ssize_t got = 0;
    while ((got = read(ready[0], &word, 1)) < 0 && errno == EINTR) continue;
    if (got == 1) {
        std::printf("started, process %d; its messages are in %s. Next: `occlum exec PROGRAM`\n", child,
                    kLogFile);
        return;
    }
    waitpid(child, nullptr, 0);
    fail("start", "the enclave did not start; the end of " + std::string(kLogFile) + ":\n" +
                      last_lines(directory + "/" + kLogFile));
}

}  // namespace

void add_start(CLI::App& app) {
    const auto options = std::make_shared<InstanceOptions>();
    CLI::App* verb =
        app.add_subcommand("start", "Start the built instance in the background, for `occlum exec`");
    verb->add_option("--image-key", options->image_key, "Key of an encrypted image");
    verb->add_option("--cpus", options->cpus, "Virtual CPUs; by default as many as the host has")
        ->check(CLI::Range(1u, kInstanceThreads));
    verb->add_option("-e,--env", options->environment,
                     "KEY=VALUE for all its programs, if Occlum.json lets it in")
        ->allow_extra_args(false);
    verb->footer("Example:\n  occlum start && occlum exec /bin/busybox echo hello && occlum stop");
    verb->callback([options] { start(*options); });
}

}  // namespace occlum::cli

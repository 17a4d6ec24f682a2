#include "host/terminal.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

namespace occlum::host {

namespace {

constexpr int kTerminal = 0;
constexpr std::array kFollowed{SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGCONT};

termios original{};
termios raw{};
std::atomic<bool> entered{false};
int guardian_pipe = -1;

sigset_t followed_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (int signal : kFollowed) sigaddset(&set, signal);
    return set;
}

void set_terminal(const termios& settings) {
    while (tcsetattr(kTerminal, TCSADRAIN, &settings) < 0 && errno == EINTR) continue;
}

/// A child that does nothing but wait for our end. When that comes without a word (SIGKILL, a crash), it
/// restores the terminal.
[[noreturn]] void guard(int pipe_end) {
    setpgid(0, 0);
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    for (int signal : {SIGTTOU, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGTERM})
        sigaction(signal, &ignore, nullptr);
    char word = 0;
    ssize_t got = 0;
    while ((got = read(pipe_end, &word, 1)) < 0 && errno == EINTR) continue;
    if (got == 0) set_terminal(original);
    _exit(0);
}

void start_guardian() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) < 0) return;
    const pid_t child = fork();
    if (child == 0) {
        // Twice, so that nobody has to wait for it.
        if (fork() != 0) _exit(0);
        close(ends[1]);
        guard(ends[0]);
    }
    close(ends[0]);
    if (child < 0) {
        close(ends[1]);
        return;
    }
    waitpid(child, nullptr, 0);
    guardian_pipe = ends[1];
}

void end_by(int signal) {
    RawTerminal::restore();
    struct sigaction normal{};
    normal.sa_handler = SIG_DFL;
    sigaction(signal, &normal, nullptr);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    raise(signal);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    _exit(128 + signal);
}

}  // namespace

Result<void> RawTerminal::enter() {
    if (tcgetattr(kTerminal, &original) < 0) return err(Errno::Enotty);
    const sigset_t set = followed_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    start_guardian();
    raw = original;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    entered = true;
    set_terminal(raw);
    return {};
}

void RawTerminal::follow(std::function<void()> window_changed) {
    std::thread([changed = std::move(window_changed)] {
        const sigset_t set = followed_signals();
        for (;;) {
            int signal = 0;
            if (sigwait(&set, &signal) != 0) continue;
            if (signal == SIGWINCH) {
                changed();
            } else if (signal == SIGCONT) {
                // Somebody stopped us and used the terminal meanwhile.
                if (entered) set_terminal(raw);
                changed();
            } else {
                end_by(signal);
            }
        }
    }).detach();
}

void RawTerminal::restore() {
    if (!entered.exchange(false)) return;
    set_terminal(original);
    const char word = 'x';
    if (guardian_pipe >= 0) (void)!write(guardian_pipe, &word, 1);
}

}  // namespace occlum::host

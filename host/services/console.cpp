// Waiting, and the caller's standard descriptors. These are never made non-blocking (they are shared with
// whoever started us): they are polled first, and written in pieces that a pipe with room takes at once.
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host/model/thread.h"
#include "host/services/services.h"

namespace occlum::host {

namespace {

i64 error() { return -static_cast<i64>(errno); }
i64 number_of(Errno code) { return -static_cast<i64>(code); }

bool ready(int fd, short events) {
    pollfd entry{fd, events, 0};
    return poll(&entry, 1, 0) > 0;
}

bool regular(int fd) {
    struct stat st{};
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

}  // namespace

i64 Services::wait(std::span<const u64, 6> args, std::span<u8> data, u32 vcpu) {
    const u64 timeout = args[0], count = args[1];
    if (count > abi::kMaxPolled) return number_of(Errno::Einval);
    std::vector<abi::PollEntry> entries(count);
    std::memcpy(entries.data(), data.data(), count * sizeof(abi::PollEntry));
    std::vector<pollfd> fds(count + 1);
    for (size_t i = 0; i < count; ++i) {
        const bool commands = entries[i].fd == abi::kCommandFd;
        const int fd = commands ? sessions_.command_event() : sessions_.descriptor(entries[i].fd);
        if (fd < 0) return number_of(Errno::Ebadf);
        fds[i] = {fd, static_cast<short>(entries[i].wanted), 0};
    }
    fds[count] = {kicks_[vcpu], POLLIN, 0};
    const auto watches_window = [](const abi::PollEntry& entry) { return (entry.wanted & POLLPRI) != 0; };
    const auto watcher = std::ranges::find_if(entries, watches_window);
    timespec limit{};
    limit.tv_sec = static_cast<time_t>(timeout / 1'000'000'000);
    limit.tv_nsec = static_cast<long>(timeout % 1'000'000'000);
    // Ticks are for running guests; here they would only end the wait.
    sigset_t no_ticks;
    pthread_sigmask(SIG_SETMASK, nullptr, &no_ticks);
    sigaddset(&no_ticks, model::tick_signal());
    const int got = ppoll(fds.data(), count + 1, timeout == ~u64{0} ? nullptr : &limit, &no_ticks);
    if (got < 0 && errno != EINTR) return error();
    if (got < 0)
        for (pollfd& fd : fds) fd.revents = 0;
    i64 found = 0;
    for (size_t i = 0; i < count; ++i) {
        entries[i].ready = static_cast<u16>(fds[i].revents);
        found += fds[i].revents != 0 ? 1 : 0;
    }
    if (watcher != entries.end() && window_changed_.exchange(false)) {
        watcher->ready |= POLLPRI;
        ++found;
    }
    u64 kicks = 0;
    if (fds[count].revents != 0) (void)!read(kicks_[vcpu], &kicks, sizeof kicks);
    std::memcpy(data.data(), entries.data(), count * sizeof(abi::PollEntry));
    return found;
}

i64 Services::console_read(u64 console, std::span<u8> out) {
    const int fd = sessions_.descriptor(console);
    if (fd < 0) return number_of(Errno::Ebadf);
    if (!ready(fd, POLLIN)) return number_of(Errno::Eagain);
    const ssize_t got = read(fd, out.data(), out.size());
    return got < 0 ? error() : got;
}

i64 Services::console_write(u64 console, std::span<const u8> bytes) {
    const int fd = sessions_.descriptor(console);
    if (fd < 0) return number_of(Errno::Ebadf);
    const size_t piece = regular(fd) ? bytes.size() : PIPE_BUF;
    i64 written = 0;
    do {
        if (!ready(fd, POLLOUT)) return written != 0 ? written : number_of(Errno::Eagain);
        const ssize_t got = write(fd, bytes.data(), std::min(bytes.size(), piece));
        if (got < 0) return written != 0 ? written : error();
        written += got;
        bytes = bytes.subspan(static_cast<size_t>(got));
    } while (!bytes.empty());
    return written;
}

i64 Services::console_info(u64 console, std::span<u8> data) {
    const int fd = sessions_.descriptor(console);
    if (fd < 0) return number_of(Errno::Ebadf);
    abi::ConsoleInfoReply answer{};
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return error();
    answer.access = static_cast<u32>(flags & O_ACCMODE);
    answer.is_tty = isatty(fd) == 1 ? 1 : 0;
    winsize size{};
    if (answer.is_tty != 0 && ioctl(fd, TIOCGWINSZ, &size) == 0) {
        answer.rows = size.ws_row;
        answer.columns = size.ws_col;
        answer.x_pixels = size.ws_xpixel;
        answer.y_pixels = size.ws_ypixel;
    }
    std::memcpy(data.data(), &answer, sizeof answer);
    return 0;
}

}  // namespace occlum::host

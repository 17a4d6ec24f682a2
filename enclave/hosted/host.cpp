#include "enclave/host.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "abi/hosted/host_files.h"
#include "enclave/hosted/hosted.h"

namespace occlum::enclave {

namespace {

std::unexpected<Errno> last_error() { return std::unexpected(static_cast<Errno>(errno)); }

struct Console {
    bool captured = false;
    std::string input;
    std::array<std::string, 3> output;
};

struct HostState {
    std::mutex lock;
    abi::HostFiles files;
    abi::BootConfig boot;
    Console console;
    hosted::ExitHook exit_hook;
    hosted::InterruptHook interrupt_hook;
    std::array<int, 64> kicks;
    HostState() { kicks.fill(-1); }
    int kick_fd(u32 vcpu) {
        const std::lock_guard guard(lock);
        int& fd = kicks.at(vcpu);
        if (fd < 0) fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        return fd;
    }
};

HostState& state() {
    static HostState instance;
    return instance;
}

u64 clock_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<u64>(now.tv_sec) * 1'000'000'000 + static_cast<u64>(now.tv_nsec);
}

[[noreturn]] void end(u32 status, std::string_view message) {
    if (state().exit_hook) state().exit_hook(status, message);
    if (!message.empty()) host_log(message);
    std::exit(static_cast<int>(status));
}

/// Hosted tests run one vCPU for each thread; the first gets number 0.
u32 this_thread_vcpu() {
    static std::atomic<u32> next{0};
    thread_local const u32 number = next++ % 64;
    return number;
}

}  // namespace

namespace hosted {

void set_boot_config(abi::BootConfig config) { state().boot = std::move(config); }
u32 add_mount(const std::string& directory, bool read_only) {
    auto index = state().files.add_mount(directory, read_only);
    if (!index) panic("hosted::add_mount: cannot open " + directory);
    return *index;
}
void clear_mounts() { state().files.clear(); }
void capture_console(std::string input) { state().console = {true, std::move(input), {}}; }
std::string take_console_output(u32 fd) { return std::exchange(state().console.output.at(fd), {}); }
void set_exit_hook(ExitHook hook) { state().exit_hook = std::move(hook); }
void set_interrupt_hook(InterruptHook hook) { state().interrupt_hook = std::move(hook); }

}  // namespace hosted

void host_exit(u32 status) { end(status, {}); }

void panic(std::string_view what) {
    host_log("panic: " + std::string(what) + "\n");
    if (state().exit_hook) state().exit_hook(125, what);
    std::abort();
}

void host_log(std::string_view text) { (void)!write(2, text.data(), text.size()); }
void host_report(abi::ReportKind, std::string_view text) { host_log(text); }
Result<abi::BootConfig> host_boot_config() { return state().boot; }
std::span<const u8> measured_config() { return {}; }

u64 monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }
u64 realtime_ns() { return clock_ns(CLOCK_REALTIME); }
std::optional<u64> monotonic_ns_at_once() { return monotonic_ns(); }
std::optional<u64> realtime_ns_at_once() { return realtime_ns(); }
u64 cycles() { return clock_ns(CLOCK_MONOTONIC); }
std::optional<u64> cycles_to_ns(u64 cycles) { return cycles; }

Result<size_t> host_wait(u64 timeout_ns, std::span<abi::PollEntry> polled) {
    std::vector<pollfd> fds;
    for (auto& entry : polled) {
        entry.ready = 0;
        const bool captured = state().console.captured;
        fds.push_back({captured ? -1 : static_cast<int>(entry.fd), static_cast<short>(entry.wanted), 0});
        if (captured) entry.ready = entry.wanted;
    }
    const int kick = state().kick_fd(this_thread_vcpu());
    fds.push_back({kick, POLLIN, 0});
    size_t ready = 0;
    for (auto& entry : polled) ready += entry.ready != 0;
    if (ready != 0) timeout_ns = 0;
    timespec limit{static_cast<time_t>(timeout_ns / 1'000'000'000),
                   static_cast<long>(timeout_ns % 1'000'000'000)};
    if (ppoll(fds.data(), fds.size(), timeout_ns == ~u64{0} ? nullptr : &limit, nullptr) < 0) return ready;
    for (size_t i = 0; i < polled.size(); ++i) {
        if (fds[i].revents == 0) continue;
        polled[i].ready = static_cast<u16>(fds[i].revents);
        ++ready;
    }
    u64 count = 0;
    if (fds.back().revents != 0) (void)!read(kick, &count, sizeof count);
    return ready;
}

void host_kick(u32 vcpu) {
    const u64 one = 1;
    (void)!write(state().kick_fd(vcpu), &one, sizeof one);
}
void host_interrupt(u32 vcpu) {
    if (state().interrupt_hook) state().interrupt_hook(vcpu);
}
void host_set_tick(u64) {}
void observe_host_calls(HostCallObserver) {}

Result<abi::Command> next_command() { return err(Errno::Eagain); }
void command_done(u32, u32, std::string_view) {}
void console_close(u32) {}

Result<size_t> console_read(u32 fd, std::span<u8> out) {
    auto& console = state().console;
    if (console.captured) {
        const size_t n = std::min(out.size(), console.input.size());
        std::copy_n(console.input.begin(), n, out.begin());
        console.input.erase(0, n);
        return n;
    }
    pollfd entry{static_cast<int>(fd), POLLIN, 0};
    if (poll(&entry, 1, 0) == 0) return err(Errno::Eagain);
    const ssize_t n = read(static_cast<int>(fd), out.data(), out.size());
    if (n < 0) return last_error();
    return static_cast<size_t>(n);
}

Result<size_t> console_write(u32 fd, std::span<const u8> bytes) {
    auto& console = state().console;
    if (console.captured) {
        for (u8 byte : bytes) console.output.at(fd).push_back(static_cast<char>(byte));
        return bytes.size();
    }
    const ssize_t n = write(static_cast<int>(fd), bytes.data(), bytes.size());
    if (n < 0) return last_error();
    return static_cast<size_t>(n);
}

Result<abi::ConsoleInfoReply> console_info(u32 fd) {
    abi::ConsoleInfoReply reply{};
    if (state().console.captured) {
        reply.access = O_RDWR;
        return reply;
    }
    const int flags = fcntl(static_cast<int>(fd), F_GETFL);
    if (flags < 0) return last_error();
    reply.access = static_cast<u32>(flags & O_ACCMODE);
    winsize size{};
    reply.is_tty = isatty(static_cast<int>(fd)) == 1 ? 1 : 0;
    if (ioctl(static_cast<int>(fd), TIOCGWINSZ, &size) == 0) {
        reply.rows = size.ws_row;
        reply.columns = size.ws_col;
        reply.x_pixels = size.ws_xpixel;
        reply.y_pixels = size.ws_ypixel;
    }
    return reply;
}

Result<abi::FileStatReply> file_stat(u32 mount, std::string_view path) {
    return state().files.stat(mount, path);
}
Result<u64> file_open(u32 mount, std::string_view path, abi::FileOpenFlags flags) {
    return state().files.open(mount, path, flags);
}
void file_close(u64 handle) { (void)state().files.close(handle); }
Result<size_t> file_read(u64 handle, u64 offset, std::span<u8> out) {
    return state().files.read(handle, offset, out.first(std::min(out.size(), size_t{abi::kCallDataSize})));
}
Result<size_t> file_write(u64 handle, u64 offset, std::span<const u8> bytes) {
    return state().files.write(handle, offset,
                               bytes.first(std::min(bytes.size(), size_t{abi::kCallDataSize})));
}
Result<void> file_truncate(u64 handle, u64 size) { return state().files.truncate(handle, size); }
Result<void> file_sync(u64 handle) { return state().files.sync(handle); }

Result<std::vector<HostDirEntry>> dir_read(u32 mount, std::string_view path, u64 cookie) {
    std::vector<HostDirEntry> entries;
    for (auto& item : TRY(state().files.dir_read(mount, path, cookie, abi::kCallDataSize)))
        entries.push_back({std::move(item.name), item.wire.inode, item.wire.next_cookie, item.wire.type});
    return entries;
}
Result<std::string> link_read(u32 mount, std::string_view path) {
    return state().files.link_read(mount, path);
}
Result<void> make_file(u32 mount, std::string_view path, u32 mode) {
    return state().files.make_file(mount, path, mode);
}
Result<void> make_dir(u32 mount, std::string_view path, u32 mode) {
    return state().files.make_dir(mount, path, mode);
}
Result<void> make_symlink(u32 mount, std::string_view path, std::string_view target) {
    return state().files.make_symlink(mount, path, target);
}
Result<void> make_link(u32 mount, std::string_view old_path, std::string_view new_path) {
    return state().files.make_link(mount, old_path, new_path);
}
Result<void> unlink(u32 mount, std::string_view path, bool directory) {
    return state().files.unlink(mount, path, directory);
}
Result<void> rename(u32 mount, std::string_view old_path, std::string_view new_path) {
    return state().files.rename(mount, old_path, new_path);
}
Result<void> set_attributes(u32 mount, std::string_view path, const abi::SetAttributesWire& attributes) {
    return state().files.set_attributes(mount, path, attributes);
}

void random_bytes(std::span<u8> out) {
    while (!out.empty()) {
        const ssize_t n = getrandom(out.data(), std::min<size_t>(out.size(), 256), 0);
        if (n > 0) out = out.subspan(static_cast<size_t>(n));
    }
}

}  // namespace occlum::enclave

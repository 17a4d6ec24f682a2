// Typed faces of the host calls (abi/host_calls.h): marshalled, copied once, checked. What the checks cannot
// establish (contents, sizes, times) is documented as untrusted. All may be called on any kernel stack; none
// keeps a lock; those marked BLOCKS may take arbitrarily long.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/command.h"
#include "abi/host_calls.h"
#include "base/result.h"

namespace occlum::enclave {

[[noreturn]] void host_exit(u32 status);
/// Prints a diagnostic and ends the enclave: for broken invariants only. Text is cut at 4 KiB.
[[noreturn]] void panic(std::string_view what);
void host_log(std::string_view text);
void host_report(abi::ReportKind kind, std::string_view text);
Result<abi::BootConfig> host_boot_config();
/// The bytes that MRENCLAVE covers (abi/measured_config.h). Trusted.
std::span<const u8> measured_config();

/// `observer` hears of each call to the host when it is back, and how long it took; null: nobody does.
using HostCallObserver = void (*)(abi::HostCall number, u64 cycles);
void observe_host_calls(HostCallObserver observer);

/// Nanoseconds; monotonic never goes back (also across vCPUs). Read from the TSC between resynchronisations
/// with the host.
u64 monotonic_ns();
u64 realtime_ns();
/// The same without asking the host: nothing when it is time to ask.
std::optional<u64> monotonic_ns_at_once();
std::optional<u64> realtime_ns_at_once();
/// Cycles of the processor's time stamp counter: cheap, for measuring.
u64 cycles();
/// Nothing while the counter's speed is not known.
std::optional<u64> cycles_to_ns(u64 cycles);
/// BLOCKS up to timeout_ns (~0: for ever). Fills `ready` of each entry. Spurious returns are allowed.
Result<size_t> host_wait(u64 timeout_ns, std::span<abi::PollEntry> polled);
void host_kick(u32 vcpu);
void host_interrupt(u32 vcpu);
void host_set_tick(u64 period_ns);

/// The oldest command of the host; EAGAIN: none waits; EINVAL: it was malformed, and is gone.
Result<abi::Command> next_command();
/// A session's program has ended with this status, or could not be run because of `why`.
void command_done(u32 session, u32 status, std::string_view why);
void console_close(u32 session);

/// fd: console_fd(). EAGAIN when it would block.
Result<size_t> console_read(u32 fd, std::span<u8> out);
Result<size_t> console_write(u32 fd, std::span<const u8> bytes);
Result<abi::ConsoleInfoReply> console_info(u32 fd);

/// Untrusted host files; see abi/host_calls.h for paths.
Result<abi::FileStatReply> file_stat(u32 mount, std::string_view path);
Result<u64> file_open(u32 mount, std::string_view path, abi::FileOpenFlags flags);
void file_close(u64 handle);
Result<size_t> file_read(u64 handle, u64 offset, std::span<u8> out);
Result<size_t> file_write(u64 handle, u64 offset, std::span<const u8> bytes);
Result<void> file_truncate(u64 handle, u64 size);
Result<void> file_sync(u64 handle);
struct HostDirEntry {
    std::string name;
    u64 inode;
    u64 next_cookie;
    u32 type;
};
/// A batch from `cookie` (0 = start); empty at the end. Names are checked: 1..255 bytes, no '/' or NUL, no
/// "." and "..".
Result<std::vector<HostDirEntry>> dir_read(u32 mount, std::string_view path, u64 cookie);
Result<std::string> link_read(u32 mount, std::string_view path);
Result<void> make_file(u32 mount, std::string_view path, u32 mode);
Result<void> make_dir(u32 mount, std::string_view path, u32 mode);
Result<void> make_symlink(u32 mount, std::string_view path, std::string_view target);
Result<void> make_link(u32 mount, std::string_view old_path, std::string_view new_path);
Result<void> unlink(u32 mount, std::string_view path, bool directory);
Result<void> rename(u32 mount, std::string_view old_path, std::string_view new_path);
Result<void> set_attributes(u32 mount, std::string_view path, const abi::SetAttributesWire& attributes);

/// RDRAND/RDSEED with retries, mixed; never the host. Panics when the CPU gives none.
void random_bytes(std::span<u8> out);

}  // namespace occlum::enclave

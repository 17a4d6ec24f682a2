// What a running instance is asked to do (`occlum exec`, `occlum stop`). Comes from the host, so the enclave
// copies it once, then bounds and checks all of it.
//
// Sessions: each program that the host starts has three descriptors of the host, numbered
// console_fd(session, 0..2). Session 0 is the caller of `occlum run`.
// Wire form: {u64 kind, u64 session, u64 value}, then for Run a boot blob (boot_config.h) without mounts.
#pragma once

#include "abi/boot_config.h"

namespace occlum::abi {

inline constexpr u32 kMaxSessions = 64;
inline constexpr u32 kConsolesOfSession = 3;
/// Of `occlum run --gdb`: not a program, but the debugger's socket is at its descriptors 0 and 1.
inline constexpr u32 kDebuggerSession = 1;
constexpr u32 console_fd(u32 session, u32 number) { return session * kConsolesOfSession + number; }
/// A descriptor to poll for readiness only: commands wait.
inline constexpr u32 kCommandFd = kMaxSessions * kConsolesOfSession;

enum class CommandKind : u64 {
    Run = 1,     ///< a new program with the session's descriptors
    Signal = 2,  ///< value: the signal, for the session's processes
    Window = 3,  ///< the session's terminal has another size
    HangUp = 4,  ///< the session's caller is gone
    Stop = 5,    ///< value: milliseconds until what has not ended by itself is killed
};

struct Command {
    CommandKind kind = CommandKind::Stop;
    u32 session = 0;
    u64 value = 0;
    BootConfig run = {};  ///< arguments, environment, directory, identity; options: tty
};

/// EINVAL on anything malformed: unknown kinds, sessions out of range, Run without arguments or with mounts.
Result<Command> decode_command(std::span<const u8> bytes);
std::vector<u8> encode_command(const Command& command);

}  // namespace occlum::abi

// The terminals that `occlum run -t` and `occlum exec -t` were called from, as terminals of the enclave: the
// host's is raw, the line discipline is here.
#pragma once

#include "kernel/fs/fd_table.h"
#include "kernel/tty/console.h"

namespace occlum::kernel {

class FsContext;
class Process;
class Tty;

/// Makes a terminal of /dev/pts of the one at the session's standard input, and the process's controlling
/// terminal of that. EIO: the host has no terminal there.
Result<Ref<Tty>> attach_host_terminal(Process& leader, Ref<ConsoleSession> session);
/// The session's caller has resized it.
void measure_host_terminal(u32 session);
/// Hangs it up; nothing when the session has none.
void detach_host_terminal(u32 session);
/// That of the caller of `occlum run`.
bool host_terminal_attached();
/// Whether the host's descriptor is a terminal.
bool host_has_terminal(u32 fd);

/// Standard input, output and error of a session. `terminal`: its terminal becomes one of ours, and
/// `process` its leader.
Result<Ref<FdTable>> open_session_files(Process& process, Ref<ConsoleSession> session, bool terminal);

}  // namespace occlum::kernel

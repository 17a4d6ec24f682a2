// The callers' standard input, output and error, as open files. The terminal's line discipline is the host's.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

/// The three descriptors of one caller. Its number is free for another caller once nobody has any of them
/// open.
class ConsoleSession : public RefCounted {
public:
    explicit ConsoleSession(u32 number);
    ~ConsoleSession() override;
    const u32 number;
};

/// `number` 0, 1 or 2 of the session's. EBADF when the host has it closed.
Result<Ref<OpenFile>> open_console(Ref<ConsoleSession> session, u32 number);
/// /dev/tty: whichever of the first session's is a terminal. ENXIO when none is.
Result<Ref<OpenFile>> open_terminal(u32 flags);

}  // namespace occlum::kernel

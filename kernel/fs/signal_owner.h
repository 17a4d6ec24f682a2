// F_SETOWN and F_SETSIG of fcntl(2): who is told of a file, and by what signal.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

struct SignalOwner {
    enum class Type : u8 { Task, Process, Group };
    Type type = Type::Task;
    i32 number = 0;          ///< 0: nobody
    i32 signal = 0;          ///< 0: SIGIO
    u32 uid = 0, euid = 0;   ///< of who set it: may it signal those?
    bool superuser = false;  ///< the same
};

/// si_code of a signal about a file.
enum class FileEvent : i32 { In = 1, Out = 2, Message = 3, Error = 4, Priority = 5, HangUp = 6 };

/// The current process is the owner, unless there is one.
void own_if_nobody_does(SignalOwner& owner);
/// SIGURG.
void signal_urgent(const SignalOwner& owner);
/// Signals those that are named. `fd`: what they know the file by.
void signal_owner(const SignalOwner& owner, int fd, FileEvent event);

}  // namespace occlum::kernel

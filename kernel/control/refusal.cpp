#include "kernel/control/refusal.h"

namespace occlum::kernel {

std::string_view describe_refusal(Errno code) {
    switch (code) {
        case Errno::Enoent:
            return "not found";
        case Errno::Enotdir:
            return "not found: a component of the path is not a directory";
        case Errno::Eacces:
            return "permission denied";
        case Errno::Enoexec:
            return "not an x86-64 program or a script";
        case Errno::Eisdir:
            return "is a directory";
        case Errno::Eloop:
            return "too many levels of symbolic links or interpreters";
        case Errno::E2big:
            return "arguments and environment are too long";
        case Errno::Enomem:
            return "not enough memory";
        case Errno::Einval:
            return "malformed program";
        case Errno::Eio:
            return "cannot be read";
        case Errno::Eperm:
            return "not an entry point of this instance (Occlum.json: entry_points)";
        default:
            return "cannot be executed";
    }
}

u32 refusal_status(Errno code) {
    const bool absent = code == Errno::Enoent || code == Errno::Enotdir;
    return absent ? kStatusNotFound : kStatusNotExecutable;
}

}  // namespace occlum::kernel

// One error type end to end: Errno, carried by Result<T>; TRY returns early.
#pragma once

#include <expected>
#include <utility>

#include "base/types.h"

namespace occlum {

/// Linux error numbers (errno(3)), as the x86-64 ABI gives them. Spelt Einval for EINVAL: the C headers own
/// the upper-case names.
enum class Errno : u16 {
    Eperm = 1,
    Enoent = 2,
    Esrch = 3,
    Eintr = 4,
    Eio = 5,
    Enxio = 6,
    E2big = 7,
    Enoexec = 8,
    Ebadf = 9,
    Echild = 10,
    Eagain = 11,
    Enomem = 12,
    Eacces = 13,
    Efault = 14,
    Enotblk = 15,
    Ebusy = 16,
    Eexist = 17,
    Exdev = 18,
    Enodev = 19,
    Enotdir = 20,
    Eisdir = 21,
    Einval = 22,
    Enfile = 23,
    Emfile = 24,
    Enotty = 25,
    Etxtbsy = 26,
    Efbig = 27,
    Enospc = 28,
    Espipe = 29,
    Erofs = 30,
    Emlink = 31,
    Epipe = 32,
    Edom = 33,
    Erange = 34,
    Edeadlk = 35,
    Enametoolong = 36,
    Enolck = 37,
    Enosys = 38,
    Enotempty = 39,
    Eloop = 40,
    Enomsg = 42,
    Eidrm = 43,
    Enodata = 61,
    Eoverflow = 75,
    Enotsock = 88,
    Edestaddrreq = 89,
    Emsgsize = 90,
    Eprototype = 91,
    Enoprotoopt = 92,
    Eprotonosupport = 93,
    Esocktnosupport = 94,
    Eopnotsupp = 95,
    Eafnosupport = 97,
    Eaddrinuse = 98,
    Eaddrnotavail = 99,
    Enetunreach = 101,
    Econnreset = 104,
    Enobufs = 105,
    Eisconn = 106,
    Enotconn = 107,
    Etimedout = 110,
    Econnrefused = 111,
    Ealready = 114,
    Einprogress = 115,
    Estale = 116,
    Ecanceled = 125,
    Eownerdead = 130,
    Enotrecoverable = 131,
    // Kernel-internal: a blocking call was interrupted by a signal (never seen by guests).
    Erestartsys = 512,
    Erestartnointr = 513,
    Erestartnohand = 514,
    Erestart_restartblock = 516,
};

template <typename T>
using Result = std::expected<T, Errno>;

/// For `return err(Errno::Einval);`.
[[nodiscard]] constexpr std::unexpected<Errno> err(Errno code) { return std::unexpected(code); }

}  // namespace occlum

/// The value of a Result, or return its error from the enclosing function.
#define TRY(expression) TRY_NAMED_(expression, __COUNTER__)
#define TRY_NAMED_(expression, number) TRY_AS_(expression, TRY_JOIN_(try_result_, number))
#define TRY_JOIN_(a, b) a##b
#define TRY_AS_(expression, name)                        \
    ({                                                   \
        auto name = (expression);                        \
        if (!name) return std::unexpected(name.error()); \
        std::move(name).value();                         \
    })

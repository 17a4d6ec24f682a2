// The caller's terminal, lent to the enclave by `occlum run -t`: raw while the enclave runs, as it was
// afterwards, however the enclave ends.
#pragma once

#include <functional>

#include "base/result.h"
#include "base/types.h"

namespace occlum::host {

/// Not a class of which there may be two: signals and terminals belong to the process.
class RawTerminal {
public:
    /// Before any other thread is started, so that all of them block the signals that this one waits for.
    /// ENOTTY: standard input is no terminal.
    static Result<void> enter();
    /// Starts the thread that follows the window's size and the signals that would end the process.
    static void follow(std::function<void()> window_changed);
    /// Puts the terminal back. Nothing when it was not entered. Callable more than once.
    static void restore();
};

}  // namespace occlum::host

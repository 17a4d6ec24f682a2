// Controls of the hosted faces: enclave/host.h and enclave/pages.h done with plain host system calls, so that
// everything above runs in ordinary unit tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "abi/boot_config.h"
#include "base/types.h"

namespace occlum::enclave::hosted {

/// What host_boot_config() gives.
void set_boot_config(abi::BootConfig config);
/// The next mount index of the file calls. Panics when the directory cannot be opened.
u32 add_mount(const std::string& directory, bool read_only);
void clear_mounts();

/// From now on descriptors 0..2 are buffers, not the test's own. Reading past the input is the end of it.
void capture_console(std::string input);
/// What was written to captured descriptor 1 or 2 since the last call.
std::string take_console_output(u32 fd);

/// host_exit and panic call this instead of ending the process; it must not return.
using ExitHook = std::function<void(u32 status, std::string_view message)>;
void set_exit_hook(ExitHook hook);

/// host_interrupt() calls this; it does nothing at first.
using InterruptHook = std::function<void(u32 vcpu)>;
void set_interrupt_hook(InterruptHook hook);

}  // namespace occlum::enclave::hosted

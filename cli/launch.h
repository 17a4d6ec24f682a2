// Builds an enclave and runs it in this process: what `run` and `start` have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "abi/boot_config.h"
#include "host/services/services.h"
#include "sgx/sigstruct.h"

namespace occlum::cli {

/// A host directory for each of the boot configuration's mounts, in the same order.
struct HostMount {
    std::string directory;
    bool read_only = false;
    bool none = false;  ///< a mount that has nothing of the host
};

struct LaunchPlan {
    std::string verb = "run";
    abi::BootConfig boot;
    std::vector<HostMount> mounts;
    std::vector<u8> measured = {};                 ///< an encoded abi::MeasuredConfig
    u32 threads = 1;                               ///< of the enclave; measured
    u32 cpus = 1;                                  ///< of these, as many are used
    std::string libos = {};                        ///< empty: the installed one
    std::optional<sgx::SigStruct> signature = {};  ///< else: made with the key beside the LibOS
    u64 crossing_cycles = 0;
    bool stats = false;
    int profile_fd = -1;
    bool terminal = false;
    /// The enclave is about to run: what else this process is to do.
    std::function<void(host::Services&)> on_start = {};
    /// It waits for commands.
    std::function<void()> on_ready = {};
    std::function<void()> on_finish = {};
};

/// Ends this process with the first program's status.
[[noreturn]] void launch(LaunchPlan plan);

/// The least and the most that may be asked for as memory of the programs, in bytes.
inline constexpr u64 kLeastMemory = u64{32} << 20, kMostMemory = u64{1} << 44;
/// Bytes, when the caller names none: what the host says it can give, less an eighth for itself.
u64 memory_of_host();
/// As many CPUs as this process may use.
u32 host_cpus();

}  // namespace occlum::cli

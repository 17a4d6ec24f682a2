// A vCPU inside an ordinary process, for tests: the vCPU block, the switch of fs.base between libc's and the
// block's, and signals in confined code turned into Interrupt exits. One at a time in a process, used by one
// thread.
#pragma once

#include <memory>

#include "base/types.h"
#include "sfi/gate/gate.h"

namespace occlum::sfi {

/// The signal that interrupted confined code.
struct HostedFault {
    int signal = 0;
    int code = 0;     ///< si_code
    u64 address = 0;  ///< si_addr
    u64 trap = 0;     ///< processor vector
    u64 error = 0;    ///< its error code
};

class HostedVcpu {
public:
    HostedVcpu();
    ~HostedVcpu();
    HostedVcpu(const HostedVcpu&) = delete;
    HostedVcpu& operator=(const HostedVcpu&) = delete;

    VcpuBlock& block();
    /// Signals that find rip in [start, start+size) become Interrupt exits; others there are fatal.
    void watch_code(u64 start, u64 size);
    /// enter_guest() with fs.base switched around it.
    ExitKind enter(GuestContext& context, u64 landing);
    /// Runs `function` with fs.base on the block: neither it nor what it calls may use libc.
    u64 call(u64 (*function)(u64, u64), u64 first, u64 second);
    /// Sees every signal first, on the signal stack with libc's fs.base; true when it dealt with it. The last
    /// two are a siginfo_t and a ucontext_t.
    using SignalHook = bool (*)(int signal, void* info, void* ucontext);
    void set_hook(SignalHook hook);
    /// Of the last Interrupt.
    const HostedFault& fault() const;

    struct State;

private:
    std::unique_ptr<State> state_;
};

}  // namespace occlum::sfi

// The native side.
//
// SAFETY: the code under test was made by our generator, with its pointers aimed at the areas; it can still
// write anywhere in this process in principle, which is a test's risk. While it runs, NATIVE_ACTIVE is set
// and fs.base is the guest's; the first signal ends it.
#include <signal.h>
#include <ucontext.h>

#include <cstddef>

#include "fuzz/diff/runner.h"
#include "fuzz/diff/unsafe/stepping.h"
#include "fuzz/diff/unsafe/switch.h"

namespace occlum::fuzz {
namespace {

struct Frame {
    std::array<u64, 16> gpr;
    u64 rip, rflags, fs, gs;
    Vectors* vectors;
    u64 host_sp, host_gs, active;
};
static_assert(offsetof(Frame, rip) == NATIVE_RIP && offsetof(Frame, rflags) == NATIVE_RFLAGS &&
              offsetof(Frame, fs) == NATIVE_FS && offsetof(Frame, gs) == NATIVE_GS &&
              offsetof(Frame, vectors) == NATIVE_VECTORS && offsetof(Frame, host_sp) == NATIVE_HOST_SP &&
              offsetof(Frame, host_gs) == NATIVE_HOST_GS && offsetof(Frame, active) == NATIVE_ACTIVE &&
              sizeof(Frame) == 192);

constexpr u32 kTicksAllowed = 3, kSteppingTicks = 60;
constexpr std::array kOrder{REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

Outcome* outcome;
u32 ticks;
std::vector<Step>* trace_to;  ///< while single-stepping
constexpr greg_t kDebug = 1;
constexpr u64 kTrapFlag = 0x100;

}  // namespace

extern "C" {
extern Frame fuzz_native_frame;
void fuzz_native_run();
void fuzz_native_return();
}

namespace {

bool on_signal(int signal, void* information, void* context) {
    const mcontext_t& interrupted = static_cast<ucontext_t*>(context)->uc_mcontext;
    const bool debug_trap = signal == SIGTRAP && interrupted.gregs[REG_TRAPNO] == kDebug;
    if (fuzz_native_frame.active == 0) return debug_trap && record_confined_step(interrupted);
    if (signal == SIGALRM && ++ticks < (trace_to ? kSteppingTicks : kTicksAllowed)) return true;
    mcontext_t& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
    if (trace_to && signal == SIGTRAP && machine.gregs[REG_TRAPNO] == greg_t{kDebug} &&
        trace_to->size() < kMaxSteps) {
        if (code_area(static_cast<u32>(machine.gregs[REG_RIP])) !=
            code_area(static_cast<u32>(fuzz_native_frame.rip)))
            return true;  // still on the way there
        Step& step = trace_to->emplace_back();
        copy_registers(machine, step.gpr);
        step.rip = static_cast<u64>(machine.gregs[REG_RIP]);
        step.rflags = static_cast<u64>(machine.gregs[REG_EFL]);
        return true;
    }
    MachineState& state = outcome->state;
    copy_registers(machine, state.gpr);
    state.rip = static_cast<u64>(machine.gregs[REG_RIP]);
    state.rflags = static_cast<u64>(machine.gregs[REG_EFL]);
    const bool endless = signal == SIGALRM || machine.gregs[REG_TRAPNO] == greg_t{kDebug};
    outcome->ending = endless ? Ending::TimeOut : Ending::Trap;
    outcome->vector = static_cast<u64>(machine.gregs[REG_TRAPNO]);
    outcome->error = static_cast<u64>(machine.gregs[REG_ERR]);
    outcome->address = reinterpret_cast<u64>(static_cast<siginfo_t*>(information)->si_addr);
    if (outcome->vector == kInt3) --state.rip;
    machine.gregs[REG_RIP] = reinterpret_cast<greg_t>(&fuzz_native_return);
    machine.gregs[REG_RSP] = static_cast<greg_t>(fuzz_native_frame.host_sp);
    machine.gregs[REG_EFL] = 0x202;
    return true;
}

}  // namespace

void copy_registers(const mcontext_t& machine, std::array<u64, 16>& gpr) {
    for (size_t i = 0; i < kOrder.size(); ++i) gpr[i] = static_cast<u64>(machine.gregs[kOrder[i]]);
}

Native::Native(sfi::HostedVcpu& vcpu) { vcpu.set_hook(on_signal); }

Outcome Native::run(const MachineState& start) {
    Outcome result;
    result.state = start;
    ticks = 0;
    outcome = &result;
    Frame& frame = fuzz_native_frame;
    frame.gpr = start.gpr;
    frame.rip = start.rip;
    frame.rflags = start.rflags | (trace_to ? kTrapFlag : 0);
    frame.fs = kFsBase;
    frame.gs = kGsBase;
    frame.vectors = &result.state.vectors;
    fuzz_native_run();
    return result;
}

Outcome Native::trace(const MachineState& start, std::vector<Step>& steps) {
    steps.reserve(kMaxSteps);
    steps.clear();
    trace_to = &steps;
    Outcome result = run(start);
    trace_to = nullptr;
    return result;
}

}  // namespace occlum::fuzz

// HostedVcpu: signal handling and the switch.
//
// SAFETY: the signal handler runs on its own stack with libc's fs.base; it touches only the vCPU that is
// current, and redirects to the gate only when the signal found rip inside the watched code and fs.base on
// the block, which is when kernel_sp is the live frame of enter_guest().
#include "sfi/gate/hosted/hosted_vcpu.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

extern "C" {
occlum::u64 occlum_hosted_call(occlum::u64 fs, occlum::u64 (*function)(occlum::u64, occlum::u64),
                               occlum::u64 first, occlum::u64 second);
void occlum_hosted_signal(int, siginfo_t*, void*);
void occlum_hosted_signal_body(int, siginfo_t*, void*, occlum::u64 host_fs);
}

namespace occlum::sfi {

struct alignas(64) HostedVcpu::State {
    VcpuBlock block{};
    u64 code_start = 0;
    u64 code_size = 0;
    SignalHook hook = nullptr;
    HostedFault fault;
    std::vector<u8> stack = std::vector<u8>(size_t{64} << 10);
};

namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM};
constexpr u64 kHarmfulFlags = 0x44500;  // TF DF NT AC

HostedVcpu::State* current;

/// gregs indices in instruction-encoding order.
constexpr std::array kOrder{REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                            REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

void become_interrupt(HostedVcpu::State& state, int signal, const siginfo_t& info, mcontext_t& machine) {
    GuestContext& context = *state.block.context;
    for (size_t i = 0; i < kOrder.size(); ++i) context.gpr[i] = static_cast<u64>(machine.gregs[kOrder[i]]);
    context.host_pc = static_cast<u64>(machine.gregs[REG_RIP]);
    context.rflags = static_cast<u64>(machine.gregs[REG_EFL]);
    context.scratch = state.block.scratch;
    context.exit_rip = state.block.guest_rip;
    context.exit_arg = state.block.exit_arg;
    state.fault = {signal, info.si_code, reinterpret_cast<u64>(info.si_addr),
                   static_cast<u64>(machine.gregs[REG_TRAPNO]), static_cast<u64>(machine.gregs[REG_ERR])};
    machine.gregs[REG_RIP] = static_cast<greg_t>(interrupt_return_address());
    machine.gregs[REG_RSP] = static_cast<greg_t>(state.block.kernel_sp);
    machine.gregs[REG_EFL] &= ~static_cast<greg_t>(kHarmfulFlags);
}

}  // namespace

HostedVcpu::HostedVcpu() : state_(std::make_unique<State>()) {
    init_vcpu_block(state_->block);
    current = state_.get();
    stack_t stack{.ss_sp = state_->stack.data(), .ss_flags = 0, .ss_size = state_->stack.size()};
    sigaltstack(&stack, nullptr);
    struct sigaction action{};
    action.sa_sigaction = occlum_hosted_signal;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    for (int signal : kSignals) sigaction(signal, &action, nullptr);
}

HostedVcpu::~HostedVcpu() {
    for (int signal : kSignals) ::signal(signal, SIG_DFL);
    stack_t off{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    sigaltstack(&off, nullptr);
    current = nullptr;
}

VcpuBlock& HostedVcpu::block() { return state_->block; }

void HostedVcpu::watch_code(u64 start, u64 size) {
    state_->code_start = start;
    state_->code_size = size;
}

ExitKind HostedVcpu::enter(GuestContext& context, u64 landing) {
    constexpr auto enter = [](u64 where, u64 target) {
        return static_cast<u64>(enter_guest(*reinterpret_cast<GuestContext*>(where), target));
    };
    return static_cast<ExitKind>(call(enter, reinterpret_cast<u64>(&context), landing));
}

u64 HostedVcpu::call(u64 (*function)(u64, u64), u64 first, u64 second) {
    return occlum_hosted_call(reinterpret_cast<u64>(&state_->block), function, first, second);
}

void HostedVcpu::set_hook(SignalHook hook) { state_->hook = hook; }

const HostedFault& HostedVcpu::fault() const { return state_->fault; }

}  // namespace occlum::sfi

void occlum_hosted_signal_body(int signal, siginfo_t* info, void* ucontext, occlum::u64 host_fs) {
    using namespace occlum::sfi;
    if (current && current->hook && current->hook(signal, info, ucontext)) return;
    mcontext_t& machine = static_cast<ucontext_t*>(ucontext)->uc_mcontext;
    const occlum::u64 offset =
        static_cast<occlum::u64>(machine.gregs[REG_RIP]) - (current ? current->code_start : 0);
    const bool stepping = machine.gregs[REG_TRAPNO] == 1;  // goes on through the gate
    if (current && host_fs != 0 && offset < current->code_size)
        become_interrupt(*current, signal, *info, machine);
    else if (signal != SIGALRM && !(host_fs != 0 && stepping)) {
        dprintf(2, "signal %d at %llx, address %p, vCPU block %p, code %lx\n", signal, machine.gregs[REG_RIP],
                info->si_addr, static_cast<void*>(current), current ? current->code_start : 0);
        ::signal(signal, SIG_DFL);  // the instruction runs again and ends the process
    }
}

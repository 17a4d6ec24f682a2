// Asynchronous exits. The host kernel's signal frame holds the interrupted state; the hardware would have put
// it into SSA[CSSA] and shown the host a synthetic one. The handler does both, and the return from it is the
// exit.
#include <sys/ucontext.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "host/model/enclave.h"
#include "host/model/thread.h"

namespace occlum::host::model {

namespace {

constexpr u32 kPageFault = 14;
constexpr u64 kErrorWrite = 2, kErrorFetch = 16;
constexpr size_t kXsaveHeader = 512, kSoftwareArea = 464, kAvxState = 576;
constexpr u32 kExtendedStateMagic = 0x46505853;

constexpr std::array<int, 5> kFaultSignals{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
/// Indices of rax, rcx, rdx … in a signal frame.
constexpr std::array<int, 16> kGregs{REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                     REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

u64 greg(const ucontext_t& context, int index) { return static_cast<u64>(context.uc_mcontext.gregs[index]); }

/// The page fault only says that the host's page tables lag behind the EPCM.
bool tables_lagged(ModelThread& thread, const ucontext_t& context) {
    const u64 address = greg(context, REG_CR2), error = greg(context, REG_ERR);
    if (greg(context, REG_TRAPNO) != kPageFault || !thread.epcm->contains(address)) return false;
    const u64 needed = (error & kErrorWrite) != 0 ? 2 : (error & kErrorFetch) != 0 ? 4 : 1;
    const EpcmEntry entry = thread.epcm->load(address);
    if ((entry.effective() & needed) == 0) return false;
    // Another thread may have installed it meanwhile; but one place that faults again and again is real.
    const u64 rip = greg(context, REG_RIP);
    const bool same = thread.fault_rip == rip && thread.fault_address == address;
    thread.fault_repeats = same ? thread.fault_repeats + 1 : 0;
    thread.fault_rip = rip;
    thread.fault_address = address;
    if (thread.fault_repeats > 8) return false;
    return (entry.installed() & needed) != 0 || thread.epcm->install_around(address);
}

/// Vector state into the frame's XSAVE area; the signal frame's becomes initial.
void move_extended_state(ModelThread& thread, ucontext_t& context) {
    auto* from = reinterpret_cast<u8*>(context.uc_mcontext.fpregs);
    auto* to = reinterpret_cast<u8*>(thread.frame_address(thread.tcs.cssa));
    u32 magic = 0;
    std::memcpy(&magic, from + kSoftwareArea, sizeof magic);
    u64 present = 3;
    if (magic == kExtendedStateMagic) std::memcpy(&present, from + kXsaveHeader, sizeof present);
    present &= sgx::kXfrm;
    std::memcpy(to, from, kSoftwareArea);
    std::memset(to + kSoftwareArea, 0, kAvxState - kSoftwareArea);
    std::memcpy(to + kXsaveHeader, &present, sizeof present);
    if ((present & 4) != 0) std::memcpy(to + kAvxState, from + kAvxState, 256);

    const u64 none = 0;
    const u32 mxcsr = 0x1f80;
    if (magic == kExtendedStateMagic) std::memcpy(from + kXsaveHeader, &none, sizeof none);
    std::memcpy(from + 24, &mxcsr, sizeof mxcsr);
}

void leave_asynchronously(ModelThread& thread, ucontext_t& context, u64 fs_base) {
    sgx::GprSgx& frame = thread.frame(thread.tcs.cssa);
    for (size_t i = 0; i < kGregs.size(); ++i) frame.gpr[i] = greg(context, kGregs[i]);
    frame.rip = greg(context, REG_RIP);
    frame.rflags = greg(context, REG_EFL);
    frame.fs_base = fs_base;
    frame.gs_base = read_gs_base();
    write_gs_base(thread.host_gs);
    move_extended_state(thread, context);

    auto& registers = context.uc_mcontext.gregs;
    for (int index : kGregs) registers[index] = 0;
    registers[REG_RAX] = static_cast<greg_t>(sgx::Enclu::EResume);
    registers[REG_RBX] = static_cast<greg_t>(thread.tcs_address);
    registers[REG_RCX] = reinterpret_cast<greg_t>(&model_aep);
    registers[REG_RSP] = static_cast<greg_t>(frame.ursp);
    registers[REG_RBP] = static_cast<greg_t>(frame.urbp);
    registers[REG_RIP] = reinterpret_cast<greg_t>(&model_aep);
    registers[REG_EFL] = 0x202;
}

[[noreturn]] void host_broken(int signal, const ucontext_t& context) {
    std::array<char, 160> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "occlum: host fault: signal %d at %#llx, address %#llx\n",
                      signal, static_cast<unsigned long long>(greg(context, REG_RIP)),
                      static_cast<unsigned long long>(greg(context, REG_CR2)));
    (void)!write(2, text.data(), static_cast<size_t>(size));
    ::signal(signal, SIG_DFL);
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, signal);
    sigprocmask(SIG_UNBLOCK, &mask, nullptr);
    raise(signal);
    _exit(125);
}

}  // namespace

bool model_signal(int signal, siginfo_t* info, ucontext_t* context, ModelThread* thread, u64 fs_base) {
    const bool in_enclave = thread != nullptr && thread->mode == MODE_ENCLAVE;
    if (signal == tick_signal()) {
        if (!in_enclave || !thread->epcm->contains(greg(*context, REG_RIP))) return false;
        leave_asynchronously(*thread, *context, fs_base);
        thread->frame(thread->tcs.cssa).exit_info = 0;
        ++thread->tcs.cssa;
        thread->mode = MODE_HOST;
        thread->left = {Left::By::Interrupt, 0, 0, 0};
        return true;
    }
    const bool raised_by_cpu = info->si_code > 0;
    if (thread == nullptr || !raised_by_cpu) host_broken(signal, *context);
    if (tables_lagged(*thread, *context)) return false;
    if (!in_enclave) host_broken(signal, *context);
    leave_asynchronously(*thread, *context, fs_base);
    file_exception(*thread, static_cast<u32>(greg(*context, REG_TRAPNO)),
                   static_cast<u32>(greg(*context, REG_ERR)), greg(*context, REG_CR2));
    return true;
}

void install_signal_handlers() {
    static const bool done = [] {
        struct sigaction action{};
        action.sa_sigaction = model_signal_entry;
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
        sigemptyset(&action.sa_mask);
        sigaddset(&action.sa_mask, tick_signal());
        for (int signal : kFaultSignals) sigaction(signal, &action, nullptr);
        return sigaction(tick_signal(), &action, nullptr) == 0;
    }();
    (void)done;
}

}  // namespace occlum::host::model

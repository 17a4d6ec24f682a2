// A TCS and the host thread that uses it.
#pragma once

#include <signal.h>
#include <time.h>

#include <atomic>
#include <cstddef>

#include "host/backend.h"
#include "host/model/epcm.h"
#include "host/model/microcode/offsets.h"

namespace occlum::host::model {

class ModelEnclave;

/// What is known of an EAUG run until all of it is accepted.
struct OpenRun {
    u64 start = 0, next = 0, end = 0;
};

/// The hardware's state of a logical processor with its TCS. The first part is known to the assembly.
struct ModelThread {
    u64 host_fs = 0, host_gs = 0;
    u64 enclave_fs = 0, enclave_gs = 0;
    u64 host_sp = 0;
    u64 ssa = 0;    ///< address of the GprSgx of the frame that EENTER or ERESUME works on
    u64 xsave = 0;  ///< address of that frame
    u64 micro_sp = 0;
    u64 mode = MODE_HOST;
    u64 entry = 0;
    u64 cssa_value = 0;
    u64 tcs_address = 0;
    u64 left_by_aex = 0;
    u64 rflags = 0, rip = 0;    ///< of the enclave, while a leaf runs
    std::array<u64, 16> gpr{};  ///< likewise
    HostRegisters host;

    // Not known to the assembly.
    sgx::Tcs tcs{};
    std::atomic<bool> busy{false};
    ModelEnclave* enclave = nullptr;
    Epcm* epcm = nullptr;
    u32 ssa_frame_size = 0;
    OpenRun run;
    Left left;
    u64 fault_rip = 0, fault_address = 0;  ///< of the last fault that only installed pages
    u32 fault_repeats = 0;

    sgx::GprSgx& frame(u32 index) const;
    u64 frame_address(u32 index) const;
};
static_assert(offsetof(ModelThread, ssa) == T_SSA && offsetof(ModelThread, mode) == T_MODE &&
              offsetof(ModelThread, tcs_address) == T_TCS && offsetof(ModelThread, rflags) == T_RFLAGS &&
              offsetof(ModelThread, gpr) == T_GPR && offsetof(ModelThread, host) == T_HOST_GPR &&
              offsetof(HostRegisters, rflags) == T_HOST_RFLAGS - T_HOST_GPR &&
              offsetof(HostRegisters, mxcsr) == T_HOST_MXCSR - T_HOST_GPR &&
              offsetof(HostRegisters, fcw) == T_HOST_FCW - T_HOST_GPR &&
              offsetof(HostRegisters, xmm0) == T_HOST_XMM0 - T_HOST_GPR &&
              offsetof(HostRegisters, xmm15) == T_HOST_XMM15 - T_HOST_GPR);

/// The calling host thread's enclave thread is about to accept what was added.
void note_run(const ModelEnclave& enclave, u64 start, u64 size);

/// Where a fault of software in the enclave is filed: EXITINFO and EXINFO of frame CSSA, which is then left
/// behind. The registers must be in the frame already.
void file_exception(ModelThread& thread, u32 vector, u32 error_code, u64 address);

inline u64 read_gs_base() {
    u64 value;
    asm volatile("rdgsbase %0" : "=r"(value));
    return value;
}
inline void write_gs_base(u64 value) { asm volatile("wrgsbase %0" : : "r"(value)); }

/// Host signals become asynchronous exits. Once for each process.
void install_signal_handlers();
inline int tick_signal() { return SIGRTMIN; }

extern "C" {
/// microcode/door.S
void model_enter(ModelThread* thread);
void model_resume(ModelThread* thread);
void model_enclu();
void model_aep();
void model_signal_entry(int, siginfo_t*, void*);
/// The enclave threads of this process by their fs.base; a zero ends the table.
struct ThreadSlot {
    u64 fs_base;
    ModelThread* thread;
};
extern ThreadSlot model_threads[65];
/// microcode/leaves.cpp: 0 goes on behind the site, 1 leaves asynchronously.
u64 model_leaf(ModelThread* thread);
/// keys.cpp: EREPORT and EGETKEY, called with the enclave's vector state saved.
u64 model_key_leaf(ModelThread* thread);
/// signals.cpp. True when the enclave has been left.
bool model_signal(int signal, siginfo_t* info, ucontext_t* context, ModelThread* thread, u64 fs_base);
}

}  // namespace occlum::host::model

// The runtime's state of one thread, behind the vCPU block at fs.base.
#pragma once

#include <array>
#include <cstddef>

#include "abi/host_calls.h"
#include "abi/thread_layout.h"
#include "enclave/enclave_only/unsafe/offsets.h"
#include "sgx/architecture.h"

namespace occlum::enclave {

struct Thread {
    u64 state;        ///< THREAD_…
    u64 call_area;    ///< checked: outside ELRANGE
    u64 saved_sp;     ///< of the code that makes a host call
    u64 exit_target;  ///< where EEXIT goes: rcx as EENTER set it
    u64 depth;        ///< 0 normal code, 1 exception handler, 2 reporting a fault of the handler
    u64 index;
    std::array<u64, 2> reserved;
    alignas(64) std::array<u8, sgx::kXsaveSize> vectors;  ///< guest's, while outside
};
static_assert(offsetof(Thread, call_area) + abi::kVcpuBlockSize == CALL_AREA &&
              offsetof(Thread, saved_sp) + abi::kVcpuBlockSize == SAVED_SP &&
              offsetof(Thread, exit_target) + abi::kVcpuBlockSize == EXIT_TARGET &&
              offsetof(Thread, depth) + abi::kVcpuBlockSize == DEPTH &&
              offsetof(Thread, vectors) + abi::kVcpuBlockSize == VECTORS);
static_assert(abi::kVcpuBlockSize + sizeof(Thread) <= abi::kThreadPageSize);
static_assert(abi::kBootStack + abi::kBootStackSize - abi::kThreadPage == static_cast<u64>(BOOT_STACK_TOP) &&
              abi::kExceptionStack + abi::kExceptionStackSize - abi::kThreadPage ==
                  static_cast<u64>(EXCEPTION_STACK_TOP) &&
              abi::kFatalStack + abi::kFatalStackSize - abi::kThreadPage ==
                  static_cast<u64>(FATAL_STACK_TOP) &&
              abi::kSsa + abi::kSsaFramePages * kPageSize - sizeof(sgx::GprSgx) +
                      offsetof(sgx::GprSgx, ursp) - abi::kThreadPage ==
                  static_cast<u64>(SSA_URSP));
static_assert(abi::kThreadsOffset + abi::kThreadPage == FIRST_THREAD_PAGE);
static_assert(ENTER_START == abi::kEnterStart && ENTER_REPLY == abi::kEnterReply &&
              ENTER_EXCEPTION == abi::kEnterException && ENTER_TICK == abi::kEnterTick &&
              LEAVE_CALL == abi::kLeaveCall && LEAVE_REFUSED == abi::kLeaveRefused);

inline u64 fs_base() {
    u64 value;
    // SAFETY: reads a register that only the hardware sets in the enclave.
    asm volatile("rdfsbase %0" : "=r"(value));
    return value;
}

inline Thread& this_thread() {
    // SAFETY: fs.base comes from the measured TCS; the loader added the thread page there (thread_layout.h).
    return *reinterpret_cast<Thread*>(fs_base() + abi::kVcpuBlockSize);
}

/// SSA frame `index` of the running thread.
inline sgx::GprSgx& ssa_frame(u32 index) {
    // SAFETY: constant offsets from fs.base, inside this thread's region.
    const u64 end =
        fs_base() - abi::kThreadPage + abi::kSsa + (u64{index} + 1) * abi::kSsaFramePages * kPageSize;
    return *reinterpret_cast<sgx::GprSgx*>(end - sizeof(sgx::GprSgx));
}
inline const sgx::ExInfo& ssa_exinfo(const sgx::GprSgx& frame) {
    // SAFETY: MISCSELECT.EXINFO is required by the signature, so EXINFO lies just before GPRSGX.
    return *reinterpret_cast<const sgx::ExInfo*>(reinterpret_cast<u64>(&frame) - sizeof(sgx::ExInfo));
}

/// First address of the image, and of ELRANGE.
extern "C" const u8 __ehdr_start[] __attribute__((visibility("hidden")));
/// entry.S: the code in which rsp may be the host's.
extern "C" const u8 enclave_door_begin[] __attribute__((visibility("hidden")));
extern "C" const u8 enclave_door_end[] __attribute__((visibility("hidden")));
inline u64 image_base() { return reinterpret_cast<u64>(__ehdr_start); }

extern "C" {
/// entry.S: EEXIT with LEAVE_CALL; returns when the host has re-entered with the reply.
void enclave_leave();
/// entry.S: EACCEPT, EMODPE. The SECINFO and the page; gives RAX.
u64 enclave_accept(const sgx::SecInfo* secinfo, u64 page);
u64 enclave_extend(const sgx::SecInfo* secinfo, u64 page);
/// entry.S: EREPORT, EGETKEY (operands as the SDM says).
u64 enclave_report(const sgx::TargetInfo* target, const u8* data, sgx::Report* report);
u64 enclave_get_key(const sgx::KeyRequest* request, sgx::Key* key);
}

}  // namespace occlum::enclave

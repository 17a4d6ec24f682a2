// Exceptions and ticks: what an asynchronous exit left in SSA frame 0, taken out, shown to the LibOS, put
// back.
#include <atomic>

#include "enclave/enclave_only/unsafe/thread.h"
#include "enclave/host.h"
#include "enclave/text.h"
#include "enclave/upcalls.h"

extern "C" {
occlum::u64 enclave_exception(occlum::u64 reason) __attribute__((visibility("hidden")));
extern std::atomic<occlum::u32> enclave_ready __attribute__((visibility("hidden")));
[[noreturn]] void enclave_fatal() __attribute__((visibility("hidden")));
}

namespace occlum::enclave {

namespace {

constexpr u64 kTrapFlag = 0x100, kDirectionFlag = 0x400, kAlignmentFlag = 0x40000;
constexpr u8 kPageFault = 14, kGeneralProtection = 13;

bool in_door(u64 rip) {
    return rip >= reinterpret_cast<u64>(enclave_door_begin) && rip < reinterpret_cast<u64>(enclave_door_end);
}

/// H4: all of it from the SSA.
ExceptionFrame frame_of(const sgx::GprSgx& saved) {
    ExceptionFrame frame{};
    for (size_t i = 0; i < frame.gpr.size(); ++i) frame.gpr[i] = saved.gpr[i];
    frame.rip = saved.rip;
    frame.rflags = saved.rflags;
    frame.fs_base = saved.fs_base;
    frame.gs_base = saved.gs_base;
    frame.is_tick = (saved.exit_info & sgx::kExitInfoValid) == 0;
    if (frame.is_tick) return frame;
    frame.vector = static_cast<u8>(saved.exit_info);
    if (frame.vector == kPageFault || frame.vector == kGeneralProtection) {
        const sgx::ExInfo& info = ssa_exinfo(saved);
        frame.error_code = info.error_code;
        frame.fault_address = frame.vector == kPageFault ? info.address : 0;
    }
    return frame;
}

template <size_t N>
void describe_place(Text<N>& text, u64 address) {
    const u64 offset = address - image_base();
    if (offset < abi::kThreadsOffset) text << "libos.elf+";
    text.hex(offset < abi::kThreadsOffset ? offset : address);
}

/// Frame pointers only within the stack that `rbp` is on.
template <size_t N>
void backtrace(Text<N>& text, u64 rbp) {
    u64 lowest = rbp;
    for (int depth = 0; depth < 24; ++depth) {
        if (rbp % 8 != 0 || rbp < lowest || rbp - lowest > 0x10000 || rbp < image_base()) return;
        // SAFETY: a diagnostic of an enclave that ends now; a fault here is reported as one.
        const auto* words = reinterpret_cast<const u64*>(rbp);
        if (words[1] == 0) return;
        text << "\n  from ";
        describe_place(text, words[1]);
        if (words[0] <= rbp) return;
        rbp = words[0];
    }
}

[[noreturn]] void die(std::string_view what, const sgx::GprSgx& saved) {
    static constexpr std::array<std::string_view, 16> kNames{"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                                             "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                                             "r12", "r13", "r14", "r15"};
    const ExceptionFrame frame = frame_of(saved);
    Text<2048> text;
    text << what << ": vector ";
    text.decimal(frame.vector) << " error ";
    text.hex(frame.error_code) << " address ";
    text.hex(frame.fault_address) << " at ";
    describe_place(text, frame.rip);
    text << "\n  flags ";
    text.hex(frame.rflags) << " fs ";
    text.hex(frame.fs_base) << " gs ";
    text.hex(frame.gs_base) << " base ";
    text.hex(image_base());
    for (size_t i = 0; i < kNames.size(); ++i) {
        text << (i % 4 == 0 ? "\n  " : " ") << kNames[i] << " ";
        text.hex(frame.gpr[i]);
    }
    const u64 base = image_base();
    if (frame.gpr[5] - base < u64{1} << 44) backtrace(text, frame.gpr[5]);
    panic(text.view());
}

}  // namespace

}  // namespace occlum::enclave

using namespace occlum;
using namespace occlum::enclave;

/// At CSSA 1, on the exception stack. `reason` is the host's and only narrows what is accepted.
u64 enclave_exception(u64 reason) {
    sgx::GprSgx& saved = ssa_frame(0);
    const bool valid = (saved.exit_info & sgx::kExitInfoValid) != 0;
    if (!valid && reason == abi::kEnterException) return abi::kLeaveRefused;
    if (in_door(saved.rip)) {
        if (valid) die("fault at the door", saved);
        return abi::kLeaveResume;
    }
    // H2: the LibOS is asked only once the image is ready.
    if (enclave_ready == 0) {
        if (valid) die("fault while starting", saved);
        return abi::kLeaveResume;
    }
    ExceptionFrame frame = frame_of(saved);
    if (!libos_exception(frame)) {
        if (valid) die("fault", saved);
        return abi::kLeaveResume;
    }
    // H6: a handler that is entered instead starts with clean flags, and an exception is handled once.
    const bool moved = frame.rip != saved.rip;
    for (size_t i = 0; i < frame.gpr.size(); ++i) saved.gpr[i] = frame.gpr[i];
    saved.rip = frame.rip;
    saved.rflags = moved ? frame.rflags & ~(kTrapFlag | kDirectionFlag | kAlignmentFlag) : frame.rflags;
    saved.exit_info = 0;
    return abi::kLeaveResume;
}

void enclave_fatal() { die("fault in the exception handler", ssa_frame(1)); }

// ptrace(2): the requests.
#include <algorithm>
#include <bit>

#include "kernel/sched/scheduler.h"
#include "kernel/syscall/handlers.h"
#include "kernel/syscall/transfer.h"
#include "kernel/task/lifecycle.h"
#include "kernel/task/pid_fd.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"
#include "kernel/trace/registers.h"

namespace occlum::kernel {
namespace {

enum Request : u64 {
    kTraceMe = 0,
    kPeekText = 1,
    kPeekData = 2,
    kPeekUser = 3,
    kPokeText = 4,
    kPokeData = 5,
    kPokeUser = 6,
    kContinue = 7,
    kKill = 8,
    kSingleStep = 9,
    kGetRegisters = 12,
    kSetRegisters = 13,
    kGetFloats = 14,
    kSetFloats = 15,
    kAttach = 16,
    kDetach = 17,
    kSyscall = 24,
    kArchPrctl = 30,
    kSysEmu = 31,
    kSysEmuStep = 32,
    kSetOptions = 0x4200,
    kGetEventMessage = 0x4201,
    kGetSigInfo = 0x4202,
    kSetSigInfo = 0x4203,
    kGetRegSet = 0x4204,
    kSetRegSet = 0x4205,
    kSeize = 0x4206,
    kInterrupt = 0x4207,
    kListen = 0x4208,
    kPeekSigInfo = 0x4209,
    kGetSigMask = 0x420a,
    kSetSigMask = 0x420b,
    kGetCallInfo = 0x420e,
};

constexpr u64 kWord = sizeof(u64);
constexpr size_t kLegacySize = 512;  // the FXSAVE part of the vector state

Result<u64> attach(const SyscallArgs& args, bool seize) {
    Process& self = current_process();
    const RefPtr<Task> task = pid_table().task(as_u32(args[1]));
    if (!task || task->process().zombie) return err(Errno::Esrch);
    if (seize && (args[2] != 0 || (args[3] & ~u64{kTraceOptions}) != 0)) return err(Errno::Eio);
    if (&task->process() == &self) return err(Errno::Eperm);
    TRY(check_inspection(*task, AccessBy::RealNumbers));
    if (task->trace) return err(Errno::Eperm);
    attach_tracer(self, *task, seize, seize ? as_u32(args[3]) : 0);
    if (!seize)
        send_signal(*task, SigInfo::from_process(kSigStop, kSiUser, self.pid, current_credentials().uid));
    return u64{0};
}

Result<u64> trace_me() {
    Task& self = current_task();
    Process* parent = self.process().parent;
    if (self.trace || !parent) return err(Errno::Eperm);
    attach_tracer(*parent, self, false, 0);
    return u64{0};
}

Result<u64> interrupt(Task& tracee) {
    if (!tracee.trace->seized) return err(Errno::Eio);
    if (tracee.trace->stop != StopKind::None && !tracee.trace->listening) return u64{0};
    tracee.trace->wants_stop = true;
    tracee.trace_resumed.wake_all();
    interrupt_for_signal(tracee);
    return u64{0};
}

// The words of struct user: registers first, then what only a core file holds, then debug registers.
constexpr u64 kUserSize = 928, kDebugRegisters = 848;

Result<u64> peek_user(Task& tracee, const SyscallArgs& args) {
    const u64 offset = args[2];
    if (offset % kWord != 0 || offset >= kUserSize) return err(Errno::Eio);
    u64 value = 0;
    if (offset < sizeof(UserRegisters))
        value = std::bit_cast<std::array<u64, 27>>(user_registers(tracee)).at(offset / kWord);
    TRY(write_user(UserOut<u64>{{args[3]}}, value));
    return u64{0};
}

Result<u64> poke_user(Task& tracee, const SyscallArgs& args) {
    const u64 offset = args[2];
    if (offset % kWord != 0 || offset >= kUserSize) return err(Errno::Eio);
    if (offset >= sizeof(UserRegisters)) {
        // No debug registers: they may be cleared, not used.
        return offset >= kDebugRegisters && args[3] == 0 ? Result<u64>(u64{0}) : err(Errno::Eio);
    }
    auto words = std::bit_cast<std::array<u64, 27>>(user_registers(tracee));
    words.at(offset / kWord) = args[3];
    TRY(set_user_registers(tracee, std::bit_cast<UserRegisters>(words)));
    return u64{0};
}

Result<u64> peek(Task& tracee, const SyscallArgs& args) {
    std::array<u8, kWord> bytes{};
    if (!tracee.process().memory) return err(Errno::Esrch);
    const Ref<AddressSpace> memory(*tracee.process().memory);
    memory->foresee({args[2]}, kWord);
    if (!memory->copy_in(bytes, {args[2]})) return err(Errno::Eio);
    TRY(copy_out({args[3]}, bytes));
    return u64{0};
}

Result<u64> poke(Task& tracee, const SyscallArgs& args) {
    if (!tracee.process().memory) return err(Errno::Esrch);
    const auto bytes = std::bit_cast<std::array<u8, kWord>>(args[3]);
    if (!tracee.process().address_space().poke({args[2]}, bytes)) return err(Errno::Eio);
    return u64{0};
}

// Sets of registers by name, as in core files.
constexpr u64 kSetGeneral = 1, kSetFloat = 2, kSetExtended = 0x202;

std::vector<u8> vector_bytes(const Task& tracee, size_t size) {
    const std::span<const u8> bytes(tracee.vectors.bytes);
    std::vector<u8> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    if (size <= kLegacySize) return copy;
    // Debuggers look for the enabled components in what the processor leaves to software.
    constexpr size_t kSoftware = 464;
    copy[kSoftware] = 7;
    return copy;
}

Result<void> set_vector_bytes(Task& tracee, std::span<const u8> bytes) {
    VectorState next = tracee.vectors;
    std::ranges::copy(bytes, next.bytes.begin());
    constexpr size_t kMxcsr = 24, kHeader = 512;
    constexpr u8 kLegacyStates = 3;
    if (((next.bytes[kMxcsr + 2] | next.bytes[kMxcsr + 3]) != 0)) return err(Errno::Einval);
    for (size_t at = kHeader + 1; at < kHeader + 64; ++at)
        if (next.bytes[at] != 0) return err(Errno::Einval);
    next.bytes[kHeader] = static_cast<u8>((next.bytes[kHeader] | kLegacyStates) & 7);
    tracee.vectors = next;
    tracee.last_cpu = ~u32{0};  // what is in a processor's registers is old
    return {};
}

Result<std::vector<u8>> register_set(const Task& tracee, u64 which) {
    switch (which) {
        case kSetGeneral: {
            const auto raw = std::bit_cast<std::array<u8, sizeof(UserRegisters)>>(user_registers(tracee));
            return std::vector<u8>(raw.begin(), raw.end());
        }
        case kSetFloat:
            return vector_bytes(tracee, kLegacySize);
        case kSetExtended:
            return vector_bytes(tracee, kXsaveSize);
        default:
            return err(Errno::Einval);
    }
}

Result<void> change_register_set(Task& tracee, u64 which, std::span<const u8> bytes) {
    if (which == kSetFloat || which == kSetExtended) return set_vector_bytes(tracee, bytes);
    auto raw = std::bit_cast<std::array<u8, sizeof(UserRegisters)>>(user_registers(tracee));
    std::ranges::copy(bytes, raw.begin());
    return set_user_registers(tracee, std::bit_cast<UserRegisters>(raw));
}

enum class Way : u8 { Get, Set };

Result<u64> move_register_set(Task& tracee, u64 which, IoVector place, Way way) {
    const std::vector<u8> now = TRY(register_set(tracee, which));
    const size_t size = std::min<u64>(place.size, now.size());
    if (way == Way::Get) {
        TRY(copy_out({place.base}, std::span(now).first(size)));
        return size;
    }
    if (size % kWord != 0) return err(Errno::Einval);
    std::vector<u8> bytes(size);
    TRY(copy_in(bytes, {place.base}));
    TRY(change_register_set(tracee, which, bytes));
    return size;
}

Result<u64> move_named_set(Task& tracee, const SyscallArgs& args, Way way) {
    const IoVector place = TRY(read_user(UserIn<IoVector>{{args[3]}}));
    const u64 size = TRY(move_register_set(tracee, args[2], place, way));
    TRY(write_user(UserOut<u64>{{args[3] + kWord}}, size));
    return u64{0};
}

Result<u64> move_whole_set(Task& tracee, u64 which, u64 address, Way way) {
    const size_t size = which == kSetGeneral ? sizeof(UserRegisters) : kLegacySize;
    TRY(move_register_set(tracee, which, {address, size}, way));
    return u64{0};
}

// struct ptrace_syscall_info.
Result<u64> call_info(const Task& tracee, u64 size, u64 address) {
    struct Info {
        u8 kind;
        std::array<u8, 3> padding;
        u32 architecture;
        u64 rip, rsp;
        std::array<u64, 7> values;
    };
    enum Kind : u8 { kNone, kEntry, kExit, kSeccompStop };
    const auto& gpr = tracee.context.gpr;
    Info info{.kind = kNone,
              .padding = {},
              .architecture = 0xc000'003e,
              .rip = tracee.context.rip,
              .rsp = gpr[sfi::RSP],
              .values = {}};
    size_t used = 24;
    const StopKind stop = tracee.trace->stop;
    if (stop == StopKind::CallEntry || stop == StopKind::Seccomp) {
        info.kind = stop == StopKind::CallEntry ? kEntry : kSeccompStop;
        info.values = {tracee.call_number, gpr[sfi::RDI], gpr[sfi::RSI], gpr[sfi::RDX],
                       gpr[sfi::R10],      gpr[sfi::R8],  gpr[sfi::R9]};
        used = stop == StopKind::CallEntry ? 80 : 84;
    } else if (stop == StopKind::CallExit) {
        constexpr u64 kLastErrors = static_cast<u64>(-4095);
        info.kind = kExit;
        info.values[0] = gpr[sfi::RAX];
        info.values[1] = gpr[sfi::RAX] >= kLastErrors ? 1 : 0;
        used = 33;
    }
    auto bytes = std::bit_cast<std::array<u8, sizeof(Info)>>(info);
    std::vector<u8> padded(bytes.begin(), bytes.end());
    padded.resize(88);
    TRY(copy_out({address}, std::span(padded).first(std::min<u64>(size, used))));
    return used;
}

Result<u64> go_on(Task& tracee, u64 request, u64 signal) {
    if (signal > kSigMax) return err(Errno::Eio);
    TraceState& state = *tracee.trace;
    state.signal = static_cast<int>(signal);
    state.stops_at_calls = request == kSyscall;
    state.skips_calls = request == kSysEmu || request == kSysEmuStep;
    state.steps = request == kSingleStep || request == kSysEmuStep;
    resume_tracee(tracee);
    return u64{0};
}

Result<u64> detach(Task& tracee, u64 signal) {
    if (signal > kSigMax) return err(Errno::Eio);
    tracee.trace->signal = static_cast<int>(signal);
    detach_tracer(tracee);
    return u64{0};
}

Result<u64> move_siginfo(Task& tracee, u64 address, Way way) {
    TraceState& state = *tracee.trace;
    if (state.stop == StopKind::Group) return err(Errno::Einval);
    if (way == Way::Get)
        TRY(write_user(UserOut<SigInfo>{{address}}, state.info));
    else
        state.info = TRY(read_user(UserIn<SigInfo>{{address}}));
    return u64{0};
}

/// PTRACE_PEEKSIGINFO: copies of what is queued, which stays.
Result<u64> peek_signals(Task& tracee, const SyscallArgs& args) {
    struct Wanted {
        u64 first;
        u32 flags;
        i32 count;
    };
    constexpr u32 kOfProcess = 1;
    const auto wanted = TRY(read_user(UserIn<Wanted>{{args[2]}}));
    if ((wanted.flags & ~kOfProcess) != 0 || wanted.count < 0) return err(Errno::Einval);
    const SignalQueue& queue = wanted.flags == kOfProcess ? tracee.process().pending : tracee.pending;
    u64 done = 0;
    for (; done < static_cast<u64>(wanted.count); ++done) {
        const std::optional<SigInfo> info = queue.at(wanted.first + done);
        if (!info) break;
        const Result<void> copied = write_user(UserOut<SigInfo>{{args[3] + done * sizeof(SigInfo)}}, *info);
        if (!copied && done == 0) return err(copied.error());
        if (!copied) break;
    }
    return done;
}

Result<u64> move_signal_mask(Task& tracee, const SyscallArgs& args, Way way) {
    if (args[2] != sizeof(u64)) return err(Errno::Einval);
    if (way == Way::Get)
        TRY(write_user(UserOut<u64>{{args[3]}}, tracee.blocked.bits()));
    else
        set_blocked(tracee, SigSet(TRY(read_user(UserIn<u64>{{args[3]}}))));
    return u64{0};
}

Result<u64> arch_prctl(Task& tracee, const SyscallArgs& args) {
    enum : u64 { kSetGs = 0x1001, kSetFs, kGetFs, kGetGs };
    switch (args[3]) {
        case kSetGs:
            tracee.guest_gs = args[2];
            return u64{0};
        case kSetFs:
            tracee.guest_fs = args[2];
            return u64{0};
        case kGetFs:
        case kGetGs:
            TRY(write_user(UserOut<u64>{{args[2]}}, args[3] == kGetFs ? tracee.guest_fs : tracee.guest_gs));
            return u64{0};
        default:
            return err(Errno::Einval);
    }
}

Result<u64> set_options(Task& tracee, u64 options) {
    if ((options & ~u64{kTraceOptions}) != 0) return err(Errno::Einval);
    tracee.trace->options = static_cast<u32>(options);
    return u64{0};
}

Result<u64> listen(Task& tracee) {
    TraceState& state = *tracee.trace;
    if (!state.seized || (state.code >> 8) != kEventStop) return err(Errno::Eio);
    state.listening = true;
    state.report = false;
    tracee.trace_resumed.wake_all();
    return u64{0};
}

// Requests to a tracee that has stopped.
Result<u64> request_of_stopped(Task& tracee, const SyscallArgs& args) {
    switch (args[0]) {
        case kPeekText:
        case kPeekData:
            return peek(tracee, args);
        case kPokeText:
        case kPokeData:
            return poke(tracee, args);
        case kPeekUser:
            return peek_user(tracee, args);
        case kPokeUser:
            return poke_user(tracee, args);
        case kContinue:
        case kSyscall:
        case kSingleStep:
        case kSysEmu:
        case kSysEmuStep:
            return go_on(tracee, args[0], args[3]);
        case kDetach:
            return detach(tracee, args[3]);
        case kGetRegisters:
            return move_whole_set(tracee, kSetGeneral, args[3], Way::Get);
        case kSetRegisters:
            return move_whole_set(tracee, kSetGeneral, args[3], Way::Set);
        case kGetFloats:
            return move_whole_set(tracee, kSetFloat, args[3], Way::Get);
        case kSetFloats:
            return move_whole_set(tracee, kSetFloat, args[3], Way::Set);
        case kGetRegSet:
            return move_named_set(tracee, args, Way::Get);
        case kSetRegSet:
            return move_named_set(tracee, args, Way::Set);
        case kSetOptions:
            return set_options(tracee, args[3]);
        case kGetEventMessage:
            TRY(write_user(UserOut<u64>{{args[3]}}, tracee.trace->message));
            return u64{0};
        case kGetSigInfo:
            return move_siginfo(tracee, args[3], Way::Get);
        case kSetSigInfo:
            return move_siginfo(tracee, args[3], Way::Set);
        case kPeekSigInfo:
            return peek_signals(tracee, args);
        case kGetSigMask:
            return move_signal_mask(tracee, args, Way::Get);
        case kSetSigMask:
            return move_signal_mask(tracee, args, Way::Set);
        case kGetCallInfo:
            return call_info(tracee, args[2], args[3]);
        case kArchPrctl:
            return arch_prctl(tracee, args);
        case kListen:
            return listen(tracee);
        default:
            return err(Errno::Eio);
    }
}

}  // namespace

Result<u64> sys_ptrace(const SyscallArgs& args) {
    if (args[0] == kTraceMe) return trace_me();
    if (args[0] == kAttach || args[0] == kSeize) return attach(args, args[0] == kSeize);
    const RefPtr<Task> tracee = pid_table().task(as_u32(args[1]));
    if (!tracee || !tracee->trace || tracee->trace->tracer != &current_process()) return err(Errno::Esrch);
    if (args[0] == kInterrupt) return interrupt(*tracee);
    if (args[0] == kKill) {
        begin_exit(tracee->process(), {kCldKilled, kSigKill});
        return u64{0};
    }
    if (tracee->trace->stop == StopKind::None || tracee->trace->listening) return err(Errno::Esrch);
    return request_of_stopped(*tracee, args);
}

}  // namespace occlum::kernel

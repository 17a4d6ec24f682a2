// Signals as the ABI has them (signal(7), sigaction(2)): numbers, sets, siginfo, actions.
#pragma once

#include <array>
#include <bit>

#include "base/guest.h"

namespace occlum::kernel {

enum Signal : int {
    kSigHup = 1,
    kSigInt = 2,
    kSigQuit = 3,
    kSigIll = 4,
    kSigTrap = 5,
    kSigAbrt = 6,
    kSigBus = 7,
    kSigFpe = 8,
    kSigKill = 9,
    kSigUsr1 = 10,
    kSigSegv = 11,
    kSigUsr2 = 12,
    kSigPipe = 13,
    kSigAlrm = 14,
    kSigTerm = 15,
    kSigStkflt = 16,
    kSigChld = 17,
    kSigCont = 18,
    kSigStop = 19,
    kSigTstp = 20,
    kSigTtin = 21,
    kSigTtou = 22,
    kSigUrg = 23,
    kSigXcpu = 24,
    kSigXfsz = 25,
    kSigVtalrm = 26,
    kSigProf = 27,
    kSigWinch = 28,
    kSigIo = 29,
    kSigPwr = 30,
    kSigSys = 31,
    kSigRtMin = 32,
    kSigMax = 64,
};

/// A sigset_t: bit n - 1 is signal n.
class SigSet {
public:
    constexpr SigSet() = default;
    constexpr explicit SigSet(u64 bits) : bits_(bits) {}
    static constexpr SigSet of(int signal) { return SigSet(u64{1} << (signal - 1)); }
    template <typename... More>
    static constexpr SigSet of(int signal, More... more) {
        return of(signal) | of(more...);
    }

    constexpr u64 bits() const { return bits_; }
    constexpr bool has(int signal) const { return (bits_ >> (signal - 1)) & 1; }
    constexpr void add(int signal) { bits_ |= u64{1} << (signal - 1); }
    constexpr void remove(int signal) { bits_ &= ~(u64{1} << (signal - 1)); }
    constexpr bool empty() const { return bits_ == 0; }
    /// The lowest signal in the set; 0 when empty.
    constexpr int lowest() const { return bits_ == 0 ? 0 : std::countr_zero(bits_) + 1; }
    constexpr SigSet operator|(SigSet other) const { return SigSet(bits_ | other.bits_); }
    constexpr SigSet operator&(SigSet other) const { return SigSet(bits_ & other.bits_); }
    constexpr SigSet operator~() const { return SigSet(~bits_); }
    constexpr bool operator==(const SigSet&) const = default;

private:
    u64 bits_ = 0;
};

/// Sent for an instruction of the program itself: cannot be put off.
inline constexpr SigSet kSynchronous = SigSet::of(kSigSegv, kSigBus, kSigIll, kSigTrap, kSigFpe, kSigSys);
inline constexpr SigSet kUnblockable = SigSet::of(kSigKill, kSigStop);
inline constexpr SigSet kStopSignals = SigSet::of(kSigStop, kSigTstp, kSigTtin, kSigTtou);

enum SigCode : i32 {
    kSiUser = 0,
    kSiKernel = 0x80,
    kSiQueue = -1,
    kSiTimer = -2,
    kSiTkill = -6,
    kIllIllopn = 2,
    kFpeIntdiv = 1,
    kFpeIntovf = 2,
    kFpeFltdiv = 3,
    kFpeFltovf = 4,
    kFpeFltund = 5,
    kFpeFltres = 6,
    kFpeFltinv = 7,
    kSegvMaperr = 1,
    kSegvAccerr = 2,
    kBusAdraln = 1,
    kBusAdrerr = 2,
    kTrapBrkpt = 1,
    kTrapTrace = 2,
    kCldExited = 1,
    kCldKilled = 2,
    kCldDumped = 3,
    kCldTrapped = 4,
    kCldStopped = 5,
    kCldContinued = 6,
};

/// siginfo_t: the head, then the union as 64-bit words.
struct SigInfo {
    i32 signal = 0;
    i32 error = 0;
    i32 code = 0;
    u32 padding = 0;
    std::array<u64, 14> words{};

    static SigInfo kernel(int signal) { return {signal, 0, kSiKernel, 0, {}}; }
    static SigInfo from_process(int signal, i32 code, u32 pid, u32 uid, u64 value = 0) {
        return {signal, 0, code, 0, {u64{pid} | u64{uid} << 32, value}};
    }
    static SigInfo fault(int signal, i32 code, u64 address) { return {signal, 0, code, 0, {address}}; }
    static SigInfo child(i32 code, u32 pid, u32 uid, u32 status, u64 user_ticks, u64 system_ticks) {
        return {kSigChld, 0, code, 0, {u64{pid} | u64{uid} << 32, status, user_ticks, system_ticks}};
    }
};
static_assert(sizeof(SigInfo) == 128);

/// struct sigaction as rt_sigaction(2) takes it.
struct SigAction {
    u64 handler = 0;  ///< kSigDefault, kSigIgnore or a guest address
    u64 flags = 0;
    u64 restorer = 0;
    u64 mask = 0;
};
inline constexpr u64 kSigDefault = 0;
inline constexpr u64 kSigIgnore = 1;

enum SigActionFlag : u64 {
    kSaNoCldStop = 1,
    kSaNoCldWait = 2,
    kSaSigInfo = 4,
    kSaOnStack = 0x08000000,
    kSaRestart = 0x10000000,
    kSaNoDefer = 0x40000000,
    kSaResetHand = 0x80000000,
    kSaRestorer = 0x04000000,
    kSaKnown = kSaNoCldStop | kSaNoCldWait | kSaSigInfo | kSaOnStack | kSaRestart | kSaNoDefer |
               kSaResetHand | kSaRestorer,
};

/// stack_t of sigaltstack(2).
struct AltStack {
    u64 base = 0;
    u32 flags = 2;  ///< SS_DISABLE
    u32 padding = 0;
    u64 size = 0;
};

}  // namespace occlum::kernel

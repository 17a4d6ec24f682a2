// Clocks. The host is asked for the time and the TSC together; in between the TSC goes on alone. Not trusted,
// but monotonic: O9.
#include <atomic>

#include "enclave/enclave_only/unsafe/call_area.h"
#include "enclave/enclave_only/unsafe/cpu.h"
#include "enclave/host.h"
#include "enclave/spin_lock.h"

namespace occlum::enclave {

namespace {

constexpr u64 kSecond = 1'000'000'000;
/// Past this the host is asked again, in nanoseconds.
constexpr u64 kResync = kSecond;
constexpr u64 kSlowestTsc = 100'000'000, kFastestTsc = 20'000'000'000;
/// Host times above this (year 2262) are nonsense.
constexpr u64 kLatest = ~u64{0} >> 1;

struct Base {
    u64 tsc = 0;
    u64 scale = 0;  ///< nanoseconds for each tick, times 2^32; 0 = not known
    u64 monotonic = 0, realtime = 0;
};

SpinLock lock;
Base base __attribute__((guarded_by(lock)));
std::atomic<u64> last_monotonic{0};

struct Now {
    u64 monotonic, realtime;
};

/// Nothing when the TSC's speed is not known or the last answer is too old.
bool from_tsc(Now& now) {
    const SpinGuard guard(lock);
    if (base.scale == 0) return false;
    const u64 ticks = read_tsc() - base.tsc;
    const auto passed = static_cast<u64>(static_cast<unsigned __int128>(ticks) * base.scale >> 32);
    if (passed >= kResync) return false;
    now = {base.monotonic + passed, base.realtime + passed};
    return true;
}

Now from_host() {
    CallArea area;
    area.call(abi::HostCall::Clock, {});
    const auto reply = area.take_struct<abi::ClockReply>(0);
    const u64 monotonic = reply.monotonic_ns < kLatest ? reply.monotonic_ns : last_monotonic.load();
    const u64 realtime = reply.realtime_ns < kLatest ? reply.realtime_ns : 0;
    const bool usable = reply.tsc_hz >= kSlowestTsc && reply.tsc_hz <= kFastestTsc &&
                        reply.tsc <= read_tsc() && reply.tsc != 0;
    const SpinGuard guard(lock);
    base = {reply.tsc, usable ? (kSecond << 32) / reply.tsc_hz : 0, monotonic, realtime};
    return {monotonic, realtime};
}

Now now() {
    Now answer{};
    if (!from_tsc(answer)) answer = from_host();
    return answer;
}

/// Not before what was said last.
u64 in_order(u64 current) {
    u64 last = last_monotonic.load(std::memory_order_relaxed);
    while (last < current && !last_monotonic.compare_exchange_weak(last, current)) {
    }
    return last < current ? current : last;
}

}  // namespace

u64 monotonic_ns() { return in_order(now().monotonic); }

std::optional<u64> monotonic_ns_at_once() {
    Now now{};
    if (!from_tsc(now)) return std::nullopt;
    return in_order(now.monotonic);
}

std::optional<u64> realtime_ns_at_once() {
    Now now{};
    if (!from_tsc(now)) return std::nullopt;
    return now.realtime;
}

u64 realtime_ns() { return now().realtime; }

u64 cycles() { return read_tsc(); }

std::optional<u64> cycles_to_ns(u64 cycles) {
    const SpinGuard guard(lock);
    if (base.scale == 0) return std::nullopt;
    return static_cast<u64>(static_cast<unsigned __int128>(cycles) * base.scale >> 32);
}

}  // namespace occlum::enclave

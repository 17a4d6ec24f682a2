// What each vCPU is doing, for `--profile`: noted where the kernel changes from one thing to another, looked
// at by the ticks that find the vCPU there. Without `--profile` a note is a look at one flag.
#pragma once

#include <atomic>

#include "kernel/sched/cpu.h"

namespace occlum::kernel::profile {

enum class Activity : u8 {
    Other,       ///< start and end of the LibOS
    Program,     ///< guest code
    Gate,        ///< in and out of guest code
    SystemCall,  ///< with its number
    Fault,       ///< page faults and traps
    Assist,      ///< instructions that confined code may not run
    Cache,       ///< the code cache: looking up, adding, linking
    Translator,
    Verifier,
    Return,  ///< before guest code runs: signals, ticks, switches
    Lock,    ///< waiting for the kernel lock
    Idle,
};
inline constexpr size_t kActivities = 12;

/// Calls from this number on are counted as one.
inline constexpr u16 kCalls = 512;
/// Programs by name; number 0: the LibOS itself, and those that are too many.
inline constexpr u16 kPrograms = 64;

struct Doing {
    Activity activity = Activity::Other;
    u16 call = 0, program = 0;

    u64 packed() const { return static_cast<u64>(activity) | u64{call} << 8 | u64{program} << 24; }
    static Doing of(u64 packed) {
        return {static_cast<Activity>(packed & 0xff), static_cast<u16>(packed >> 8),
                static_cast<u16>(packed >> 24)};
    }
};

/// `--profile` was given. Set once, before any program runs.
inline constinit std::atomic<bool> switched_on{false};
inline bool profiling() { return switched_on.load(std::memory_order_relaxed); }

inline Doing doing_now(const Cpu& cpu) { return Doing::of(cpu.doing.load(std::memory_order_relaxed)); }
inline void set_doing(Cpu& cpu, Doing what) { cpu.doing.store(what.packed(), std::memory_order_relaxed); }

/// From now on this vCPU does this, for the same program.
inline void note(Activity activity) {
    if (!profiling()) [[likely]]
        return;
    Cpu& cpu = this_cpu();
    set_doing(cpu, {activity, 0, doing_now(cpu).program});
}

/// For a stretch within something else.
class Meanwhile {
public:
    explicit Meanwhile(Activity activity) : before_(this_cpu().doing.load(std::memory_order_relaxed)) {
        note(activity);
    }
    ~Meanwhile() { this_cpu().doing.store(before_, std::memory_order_relaxed); }
    Meanwhile(const Meanwhile&) = delete;
    Meanwhile& operator=(const Meanwhile&) = delete;

private:
    u64 before_;
};

}  // namespace occlum::kernel::profile

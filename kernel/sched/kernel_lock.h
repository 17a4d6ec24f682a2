// The one lock that guards all kernel state (ARCHITECTURE.md). A task holds it from leaving guest code until
// it enters it again, but for long calls of the host (long_call.h); a switch between tasks hands it over;
// idle vCPUs release it while they wait in the host.
#pragma once

#include <atomic>

#include "base/types.h"

#define OCCLUM_CAPABILITY(name) __attribute__((capability(name)))
#define OCCLUM_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define OCCLUM_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define OCCLUM_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define OCCLUM_ASSERTS(...) __attribute__((assert_capability(__VA_ARGS__)))
#define OCCLUM_GUARDED_BY(lock) __attribute__((guarded_by(lock)))

namespace occlum::kernel {

class OCCLUM_CAPABILITY("kernel lock") KernelLock {
public:
    void acquire() OCCLUM_ACQUIRE() {
        if (!try_acquire()) acquire_slowly();
        ++tenure_;
    }
    void release() OCCLUM_RELEASE() { held_.store(false, std::memory_order_release); }
    /// For functions that are only reached with the lock held: traps when it is free.
    void assert_held() const OCCLUM_ASSERTS() {
        if (!held_.load(std::memory_order_relaxed)) __builtin_trap();
    }

    /// For the holder: another number whenever the lock has been let go meanwhile.
    u64 tenure() const { return tenure_; }

private:
    bool try_acquire() { return !held_.exchange(true, std::memory_order_acquire); }
    void acquire_slowly();

    std::atomic<bool> held_{false};
    u64 tenure_ = 0;
};

inline constinit KernelLock kernel_lock;

}  // namespace occlum::kernel

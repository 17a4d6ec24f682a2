#include "kernel/sched/kernel_lock.h"

#include "enclave/host.h"
#include "kernel/profile/activity.h"

namespace occlum::kernel {

// The lock is mostly held for less than it takes to leave the enclave. When it is not, its holder is in a
// long copy or a host call, or the host has taken its CPU away and may need ours.
void KernelLock::acquire_slowly() {
    constexpr int kSpins = 1000;
    constexpr u64 kNapNs = 50'000;
    const profile::Meanwhile waiting(profile::Activity::Lock);
    for (;;) {
        for (int spin = 0; spin < kSpins; ++spin) {
            if (!held_.load(std::memory_order_relaxed) && try_acquire()) return;
            __builtin_ia32_pause();
        }
        (void)enclave::host_wait(kNapNs, {});
    }
}

}  // namespace occlum::kernel

// For the runtime's own few shared variables; held for some instructions only.
#pragma once

#include <atomic>

namespace occlum::enclave {

class __attribute__((capability("mutex"))) SpinLock {
public:
    void lock() __attribute__((acquire_capability())) {
        while (held_.exchange(true, std::memory_order_acquire)) __builtin_ia32_pause();
    }
    void unlock() __attribute__((release_capability())) { held_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> held_{false};
};

class __attribute__((scoped_lockable)) SpinGuard {
public:
    explicit SpinGuard(SpinLock& lock) __attribute__((acquire_capability(lock))) : lock_(lock) {
        lock_.lock();
    }
    ~SpinGuard() __attribute__((release_capability())) { lock_.unlock(); }
    SpinGuard(const SpinGuard&) = delete;
    SpinGuard& operator=(const SpinGuard&) = delete;

private:
    SpinLock& lock_;
};

}  // namespace occlum::enclave

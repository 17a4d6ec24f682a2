// Calls of the host that may take long, without the kernel lock.
//
// Whoever makes them possible says so: a LongCalls object is put where the caller holds on to nothing but
// references of its own, since others may change anything meanwhile. Further down, where the call is made, a
// LockLeft object gives the lock away if the vCPU is within such a part, and does nothing otherwise.
#pragma once

namespace occlum::kernel {

class LongCalls {
public:
    LongCalls();
    ~LongCalls();
    LongCalls(const LongCalls&) = delete;
    LongCalls& operator=(const LongCalls&) = delete;
};

class LockLeft {
public:
    LockLeft();
    ~LockLeft();
    LockLeft(const LockLeft&) = delete;
    LockLeft& operator=(const LockLeft&) = delete;

private:
    bool left_;
};

}  // namespace occlum::kernel

// The translator's model of rule R6: how far rsp may be from an address inside the domain.
#pragma once

#include "base/types.h"
#include "sfi/dialect.h"

namespace occlum::sfi::translator {

class Drift {
public:
    void start_block() { *this = Drift{}; }

    /// rsp moved by a constant (an `and` counts as a move by its largest step).
    void move(i64 by) {
        written_ = true;
        net_ += by;
        low_ += by;
        high_ += by;
    }
    void round_down(i64 at_most) {
        written_ = true;
        net_ -= at_most;
        low_ -= at_most;
    }
    /// A byte at rsp+disp was accessed: it lies in the domain.
    void access(i64 disp) {
        low_ = -disp - kAccessSlack;
        high_ = -disp + kAccessSlack;
    }
    void rebased() {
        written_ = true;
        net_ = low_ = high_ = 0;
    }

    /// Whether a block may end here.
    bool settled() const { return !written_ || within(kMaxDrift - kAccessSlack); }
    /// Whether an access at disp, or a further move by it, keeps clear of the limits.
    bool reaches(i64 disp) const {
        return low_ + disp > -kMaxStackReach + kAccessSlack && high_ + disp < kMaxStackReach - kAccessSlack;
    }
    i64 net() const { return net_; }

private:
    static constexpr i64 kAccessSlack = 1024;
    bool within(i64 bound) const { return low_ >= -bound && high_ <= bound; }

    bool written_ = false;
    i64 low_ = -kMaxDrift;
    i64 high_ = kMaxDrift;
    i64 net_ = 0;  ///< constant moves since the block's start
};

}  // namespace occlum::sfi::translator

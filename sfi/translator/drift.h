// The translator's model of rule R6: how far rsp may be from an address inside the domain.
#pragma once

#include <algorithm>
#include <cstdlib>

#include "base/types.h"
#include "sfi/dialect.h"

namespace occlum::sfi::translator {

class Drift {
public:
    /// How far rsp may be off where control enters and leaves the unit, and at branches forward within it.
    static constexpr i64 kOutside = kMaxDrift, kAhead = 2 * kMaxDrift;

    void start_block(i64 limit) {
        low_ = -limit;
        high_ = limit;
    }

    /// rsp moved by a constant.
    void move(i64 by) {
        low_ += by;
        high_ += by;
    }
    /// rsp moved down by at most this.
    void round_down(i64 at_most) { low_ -= at_most; }
    /// The byte at rsp+disp was accessed: it lies in the domain. Kept when it says more than what was known.
    void access(i64 disp) {
        if (std::abs(disp) < std::max(std::abs(low_), std::abs(high_))) low_ = high_ = -disp;
    }
    void rebased() { low_ = high_ = 0; }

    /// Whether a block may end here, going where this limit holds.
    bool settled(i64 limit) const { return low_ >= -limit && high_ <= limit; }
    /// Whether an access at disp, or a move by it, keeps clear of the limits.
    bool reaches(i64 disp) const {
        return low_ + disp > -kMaxStackReach + kSlack && high_ + disp < kMaxStackReach - kSlack;
    }

private:
    static constexpr i64 kSlack = 1024;

    i64 low_ = -kMaxDrift;
    i64 high_ = kMaxDrift;
};

}  // namespace occlum::sfi::translator

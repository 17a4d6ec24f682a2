// The drift of rsp. At every point there is an address `a` inside the domain with rsp - a in [low, high].
// Control enters and leaves the unit with at most +-kMaxDrift. A branch forward within the unit may have
// twice that: when the walk comes to its target, the block there starts with as much. A touched address that
// did not fault was inside, as the guards are wider than any access allowed here can reach; so after a
// certain access at rsp + d, rsp is d below an inside address.
#include "sfi/verifier/stack.h"

#include <algorithm>

#include "sfi/dialect.h"

namespace occlum::sfi::verifier {
namespace {

constexpr i64 kMaxInnerDrift = 2 * kMaxDrift;

class Drift {
public:
    void reset(i64 limit) { *this = Drift(limit); }
    void rebase() { *this = Drift(0); }
    void move(i64 low, i64 high) {
        low_ += low;
        high_ += high;
    }
    bool within(i64 limit) const { return low_ >= -limit && high_ <= limit; }
    bool reaches(i64 disp) const { return low_ + disp >= -kMaxStackReach && high_ + disp <= kMaxStackReach; }
    /// rsp + disp was inside. What was known stays true as well: keep what says more.
    void touched(i64 disp) {
        if (std::max(-low_, high_) <= std::max(-disp, disp)) return;
        low_ = high_ = -disp;
    }

    Drift() = default;

private:
    explicit Drift(i64 limit) : low_(-limit), high_(limit) {}

    i64 low_ = -kMaxDrift;
    i64 high_ = kMaxDrift;
};

}  // namespace

std::optional<Rejection> check_stack(std::span<u8> marks, std::span<const Event> events) {
    Drift drift;
    bool falls = true;  // control comes from the instruction before
    size_t next = 0;
    for (u32 offset = 0; offset < marks.size(); ++offset) {
        if ((marks[offset] & kRestore) != 0 && offset > 0 && falls)
            return Rejection{offset, 8, "control falls into RESTORE"};
        if ((marks[offset] & kTarget) != 0) {
            if (falls && !drift.within(kMaxDrift)) marks[offset] |= kLoose;
            if (falls && !drift.within(kMaxInnerDrift))
                return Rejection{offset, 6, "rsp drifts too far at a join"};
            drift.reset((marks[offset] & kLoose) != 0 ? kMaxInnerDrift : kMaxDrift);
            falls = true;
        }
        for (; next < events.size() && events[next].offset == offset; ++next) {
            const i32 value = events[next].value;
            switch (events[next].kind) {
                case StackEvent::Touch:
                case StackEvent::Access:
                    if (!drift.reaches(value)) return Rejection{offset, 6, "stack access out of reach"};
                    if (events[next].kind == StackEvent::Touch) drift.touched(value);
                    break;
                case StackEvent::Move:
                    drift.move(value, value);
                    break;
                case StackEvent::Lower:
                    drift.move(-value, 0);
                    break;
                case StackEvent::Rebase:
                    drift.rebase();
                    break;
                case StackEvent::Leave:
                    if (drift.within(kMaxDrift)) break;
                    if (value <= static_cast<i32>(offset) || !drift.within(kMaxInnerDrift))
                        return Rejection{offset, 6, "rsp drifts too far at a branch"};
                    marks[static_cast<u32>(value)] |= kLoose;
                    marks[offset] |= kFar;
                    break;
                case StackEvent::Stop:
                    falls = false;
                    break;
            }
        }
    }
    if (falls) return Rejection{static_cast<u32>(marks.size()), 1, "control reaches the unit's end"};
    return std::nullopt;
}

}  // namespace occlum::sfi::verifier

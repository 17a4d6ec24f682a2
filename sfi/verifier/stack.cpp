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

class Walk {
public:
    explicit Walk(Marks& marks) : marks_(marks) {}

    std::optional<Rejection> run(std::span<const Event> events) {
        size_t next = 0;
        for (u32 from = 0;;) {
            const u32 join = marks_.next_join(from);
            for (; next < events.size() && events[next].offset < join; ++next) {
                if (auto rejection = apply(events[next])) return rejection;
            }
            if (join == marks_.size()) break;
            if (auto rejection = start_block(join)) return rejection;
            from = join + 1;
        }
        if (falls_) return Rejection{marks_.size(), 1, "control reaches the unit's end"};
        return std::nullopt;
    }

private:
    std::optional<Rejection> start_block(u32 offset) {
        if (marks_.has(Mark::Restore, offset) && offset > 0 && falls_)
            return Rejection{offset, 8, "control falls into RESTORE"};
        if (!marks_.has(Mark::Target, offset)) return std::nullopt;
        if (falls_ && !drift_.within(kMaxDrift)) marks_.set(Mark::Loose, offset);
        if (falls_ && !drift_.within(kMaxInnerDrift))
            return Rejection{offset, 6, "rsp drifts too far at a join"};
        drift_.reset(marks_.has(Mark::Loose, offset) ? kMaxInnerDrift : kMaxDrift);
        falls_ = true;
        return std::nullopt;
    }

    std::optional<Rejection> apply(const Event& event) {
        switch (event.kind) {
            case StackEvent::Touch:
            case StackEvent::Access:
                if (!drift_.reaches(event.value))
                    return Rejection{event.offset, 6, "stack access out of reach"};
                if (event.kind == StackEvent::Touch) drift_.touched(event.value);
                break;
            case StackEvent::Move:
                drift_.move(event.value, event.value);
                break;
            case StackEvent::Lower:
                drift_.move(-event.value, 0);
                break;
            case StackEvent::Rebase:
                drift_.rebase();
                break;
            case StackEvent::Leave:
                return leave(event);
            case StackEvent::Stop:
                falls_ = false;
                break;
        }
        return std::nullopt;
    }

    std::optional<Rejection> leave(const Event& event) {
        if (drift_.within(kMaxDrift)) return std::nullopt;
        if (event.value <= static_cast<i32>(event.offset) || !drift_.within(kMaxInnerDrift))
            return Rejection{event.offset, 6, "rsp drifts too far at a branch"};
        marks_.set(Mark::Loose, static_cast<u32>(event.value));
        marks_.set(Mark::Far, event.offset);
        return std::nullopt;
    }

    Marks& marks_;
    Drift drift_;
    bool falls_ = true;  ///< control comes from the instruction before
};

}  // namespace

std::optional<Rejection> check_stack(Marks& marks, std::span<const Event> events) {
    return Walk(marks).run(events);
}

}  // namespace occlum::sfi::verifier

// Where the guest's r11 and r10 are: DISPATCH needs these two registers, so that their guest values live in
// the slots S0 and S1 wherever control enters or leaves a unit, and in the registers only while the unit uses
// them. Two data-flow problems over the unit say where that is.
#pragma once

#include <array>
#include <vector>

#include "sfi/dialect.h"
#include "sfi/translator/region.h"

namespace occlum::sfi::translator {

/// Bits: which of the two registers.
using HomeSet = u8;
inline constexpr HomeSet kNoHome = 0, kTargetHome = 1, kTableHome = 2, kBothHomes = 3;
/// By bit number, which is the slot's number as well.
inline constexpr std::array<u8, 2> kHomeRegisters{kTargetRegister, kTableRegister};

class Homes {
public:
    explicit Homes(const Region& region);

    /// In front of the instruction at `position` these are in their registers; the others are in their slots.
    HomeSet loaded(size_t position) const { return at_[position].loaded; }
    /// ... and of these the slot may be out of date.
    HomeSet dirty(size_t position) const { return at_[position].dirty; }
    /// Likewise behind the instruction, when stores() has been seen to.
    HomeSet dirty_behind(size_t position) const {
        const Point& point = at_[position];
        if (point.flushes) return kNoHome;
        const HomeSet dirty = static_cast<HomeSet>(point.dirty | point.written);
        return point.straight ? dirty & point.used_later : dirty;
    }
    /// To be stored behind the instruction: the unit does not name them again.
    HomeSet stores(size_t position) const {
        const Point& point = at_[position];
        const HomeSet dirty = static_cast<HomeSet>(point.dirty | point.written);
        return point.straight ? static_cast<HomeSet>(dirty & ~point.used_later) : kNoHome;
    }
    /// What the instruction itself writes.
    HomeSet written(size_t position) const { return at_[position].written; }

private:
    static constexpr u16 kNowhere = 0xffff;
    struct Point {
        HomeSet reads = kNoHome, written = kNoHome, overwritten = kNoHome;
        HomeSet loaded = kNoHome, dirty = kNoHome;
        HomeSet used_later = kNoHome;  ///< on some path from behind the instruction
        bool straight = false;         ///< control goes on behind the instruction, and only there
        bool flushes = false;          ///< a way out of the unit starts here
        std::array<u16, 2> successors{kNowhere, kNowhere};  ///< positions
    };

    static void describe_use(const Insn& insn, Point& point);
    void describe_flow(const Region& region, size_t position);
    bool spread_use();
    bool spread_dirty();
    bool spread_loaded();

    std::vector<Point> at_;
    bool loops_ = false;  ///< a branch leads back
};

}  // namespace occlum::sfi::translator

// What the cache keeps of an accepted unit. Its code lies in the code region.
#pragma once

#include <vector>

#include "base/types.h"
#include "sfi/translator/translator.h"

namespace occlum::sfi {

inline constexpr u16 kNoOffset = 0xffff;

/// A guest address at which the unit can be entered; offsets in the unit, in bytes.
struct Point {
    u32 guest = 0;
    u16 landing = kNoOffset;
    u16 body = 0;
};

/// A direct branch or call that may be re-targeted, as the verifier said.
struct Link {
    u32 target = 0;        ///< guest address
    u16 field = 0;         ///< offset of the rel32 in the unit
    u16 exit = 0;          ///< where it went when the unit was verified
    bool is_call = false;  ///< goes to landings, the others to bodies
};

struct Installed {
    u32 start = 0;                       ///< from the cache's start, in bytes
    u32 size = 0;                        ///< 0: removed
    u64 guest_start = 0, guest_end = 0;  ///< hull of the guest bytes that were read
    std::vector<Point> points;
    std::vector<Link> links;
    translator::RecoveryTable recovery;

    bool contains(u32 offset) const { return offset - start < size; }
    bool is_body(u32 offset) const {
        for (const Point& point : points) {
            if (start + point.body == offset) return true;
        }
        return false;
    }
    bool is_landing(u32 offset) const {
        for (const Point& point : points) {
            if (point.landing != kNoOffset && start + point.landing == offset) return true;
        }
        return false;
    }
    const Link* link_at(u32 offset) const {
        for (const Link& link : links) {
            if (start + link.field == offset) return &link;
        }
        return nullptr;
    }
};

}  // namespace occlum::sfi

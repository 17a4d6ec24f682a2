// What the verifier is shown of a translated unit.
#pragma once

#include <set>
#include <vector>

#include "sfi/translator/translator.h"
#include "sfi/verifier/verifier.h"

namespace occlum::sfi {

struct EntryOffsets {
    EntryOffsets(const translator::Unit& unit, bool paired) {
        std::set<u32> by_jump, by_call;
        for (const auto& entry : unit.entries) {
            by_jump.insert(entry.body);
            if (entry.landing != translator::kNoLanding) (paired ? by_call : by_jump).insert(entry.landing);
        }
        bodies.assign(by_jump.begin(), by_jump.end());
        landings.assign(by_call.begin(), by_call.end());
    }

    std::vector<u32> bodies, landings;
};

}  // namespace occlum::sfi

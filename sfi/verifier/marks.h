// What is known of each byte of a unit: a few bits, kept as sets.
#pragma once

#include <array>
#include <bit>
#include <vector>

#include "base/types.h"

namespace occlum::sfi::verifier {

enum class Mark : u8 {
    Start,    ///< an instruction starts here
    Inside,   ///< ... in the middle of a sequence
    Target,   ///< control may come from elsewhere
    Loose,    ///< ... with twice the drift
    Far,      ///< a branch starts here that leaves with twice the drift
    Restore,  ///< RESTORE is here
};

class Marks {
public:
    explicit Marks(size_t bytes) : size_(static_cast<u32>(bytes)), lines_(bytes / kLine + 1) {}

    u32 size() const { return size_; }
    void set(Mark mark, u32 at) { word(mark, at) |= u64{1} << at % kLine; }
    bool has(Mark mark, u32 at) const { return (word(mark, at) >> at % kLine & 1) != 0; }

    /// The first target or RESTORE at `from` or behind it; size() if there is none.
    u32 next_join(u32 from) const {
        u64 left = ~u64{0} << from % kLine;
        for (size_t line = from / kLine; line < lines_.size(); ++line, left = ~u64{0}) {
            const u64 joins = (at(line, Mark::Target) | at(line, Mark::Restore)) & left;
            if (joins != 0) return static_cast<u32>(line * kLine) + static_cast<u32>(std::countr_zero(joins));
        }
        return size_;
    }

private:
    static constexpr u32 kLine = 64;  ///< bytes of the unit
    using Line = std::array<u64, 6>;  ///< a set for each mark

    u64 at(size_t line, Mark mark) const { return lines_[line][static_cast<size_t>(mark)]; }
    u64& word(Mark mark, u32 at) { return lines_[at / kLine][static_cast<size_t>(mark)]; }
    const u64& word(Mark mark, u32 at) const { return lines_[at / kLine][static_cast<size_t>(mark)]; }

    u32 size_;
    std::vector<Line> lines_;
};

}  // namespace occlum::sfi::verifier

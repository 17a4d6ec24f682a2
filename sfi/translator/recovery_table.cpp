// A point is: offset delta, guest delta with kMore on top when anything beyond these two is unusual, then the
// rest behind a mask. Usual is that r11 and r10 are in their slots and all else is in its place. 255 and 127
// stand for deltas that do not fit and follow as four bytes.
#include "sfi/translator/recovery_table.h"

#include <algorithm>

#include "sfi/dialect.h"
#include "sfi/translator/encoder.h"

namespace occlum::sfi::translator {
namespace {

constexpr u8 kLongOffset = 255, kLongGuest = 127, kMore = 0x80;
constexpr u8 kMaskRspAdd = 0x10, kMaskRspFrom = 0x80;
constexpr unsigned kRebasedShift = 5;

constexpr std::array<u8, 4> kUsual{kTargetRegister + 1, kTableRegister + 1, 0, 0};

bool beyond_deltas(const RecoveryPoint& point) {
    return point.spilled != kUsual || point.rsp_add != 0 || point.rebased != 0 || point.rsp_from != 0;
}

void add_rest(const RecoveryPoint& point, std::vector<u8>& bytes) {
    unsigned mask = (point.rsp_add ? kMaskRspAdd : 0u) | (point.rsp_from ? kMaskRspFrom : 0u) |
                    (unsigned{point.rebased} << kRebasedShift);
    for (unsigned n = 0; n < 4; ++n) mask |= point.spilled[n] ? 1u << n : 0u;
    bytes.push_back(static_cast<u8>(mask));
    for (u8 reg : point.spilled) {
        if (reg) bytes.push_back(reg);
    }
    if (point.rsp_add) append_little(bytes, static_cast<u32>(point.rsp_add), 4);
    if (point.rsp_from) bytes.push_back(point.rsp_from);
}

class PointReader {
public:
    explicit PointReader(std::span<const u8> bytes) : bytes_(bytes) {}

    bool more() const { return at_ < bytes_.size(); }
    /// False: a point went on behind the end.
    bool good() const { return at_ <= bytes_.size(); }

    void next(RecoveryPoint& point) {
        const u8 offset = byte();
        const u8 guest = byte();
        RecoveryPoint fresh;
        fresh.offset = point.offset + (offset == kLongOffset ? word() : offset);
        fresh.guest = point.guest + ((guest & ~kMore) == kLongGuest ? word() : guest & ~unsigned{kMore});
        if (guest & kMore)
            rest(fresh);
        else
            fresh.spilled = kUsual;
        point = fresh;
    }

private:
    u8 byte() {
        const size_t at = at_++;
        return at < bytes_.size() ? bytes_[at] : u8{0};
    }

    u32 word() {
        u32 value = 0;
        for (unsigned n = 0; n < 4; ++n) value |= u32{byte()} << (8 * n);
        return value;
    }

    void rest(RecoveryPoint& point) {
        const u8 mask = byte();
        for (unsigned n = 0; n < 4; ++n) {
            if (mask & (1u << n)) point.spilled[n] = byte();
        }
        if (mask & kMaskRspAdd) point.rsp_add = static_cast<i32>(word());
        if (mask & kMaskRspFrom) point.rsp_from = byte();
        point.rebased = (mask >> kRebasedShift) & 3;
    }

    std::span<const u8> bytes_;
    size_t at_ = 0;
};

}  // namespace

void RecoveryTable::add(const RecoveryPoint& point) {
    last_.offset = point.offset;
    if (!bytes_.empty() && last_ == point) {
        last_.offset = recorded_;
        return;
    }
    const u32 offset = point.offset - recorded_;
    const u32 guest = point.guest - last_.guest;
    const bool more = beyond_deltas(point);
    bytes_.push_back(static_cast<u8>(offset < kLongOffset ? offset : kLongOffset));
    bytes_.push_back(static_cast<u8>((guest < kLongGuest ? guest : kLongGuest) | (more ? kMore : 0u)));
    if (offset >= kLongOffset) append_little(bytes_, offset, 4);
    if (guest >= kLongGuest) append_little(bytes_, guest, 4);
    if (more) add_rest(point, bytes_);
    last_ = point;
    recorded_ = point.offset;
}

std::optional<RecoveryTable> RecoveryTable::from_bytes(std::span<const u8> bytes) {
    constexpr u8 kRegisters = 16;
    PointReader reader(bytes);
    RecoveryPoint point;
    while (reader.more()) {
        reader.next(point);
        const auto beyond = [](u8 reg) { return reg > kRegisters; };
        if (!reader.good() || beyond(point.rsp_from) || std::ranges::any_of(point.spilled, beyond)) return {};
    }
    RecoveryTable table;
    table.bytes_.assign(bytes.begin(), bytes.end());
    return table;
}

std::optional<RecoveryPoint> RecoveryTable::find(u32 offset) const {
    PointReader reader(bytes_);
    std::optional<RecoveryPoint> found;
    RecoveryPoint point;
    while (reader.more()) {
        reader.next(point);
        if (point.offset > offset) break;
        found = point;
    }
    return found;
}

}  // namespace occlum::sfi::translator

#include "sfi/cache/archive.h"

#include <algorithm>

#include "sfi/cache/store.h"
#include "sfi/dialect.h"

namespace occlum::sfi {
namespace {

u32 word_at(std::span<const u8> bytes, size_t at) {
    const auto four = bytes.subspan(at).first<4>();
    return four[0] | u32{four[1]} << 8 | u32{four[2]} << 16 | u32{four[3]} << 24;
}

u16 half_at(std::span<const u8> bytes, size_t at) {
    const auto two = bytes.subspan(at).first<2>();
    return static_cast<u16>(two[0] | two[1] << 8);
}

// Takes pieces off the front; after the first that is not there, all are empty.
class Pieces {
public:
    explicit Pieces(std::span<const u8> left) : left_(left) {}
    bool good() const { return good_; }
    std::span<const u8> take(u64 size) {
        if (!good_ || size > left_.size()) {
            good_ = false;
            return {};
        }
        const auto piece = left_.first(static_cast<size_t>(size));
        left_ = left_.subspan(static_cast<size_t>(size));
        return piece;
    }

private:
    std::span<const u8> left_;
    bool good_ = true;
};

constexpr u32 kMostPart = 1 << 20;                             // bytes; code takes about 12 KiB
constexpr u32 kPointSize = 8, kLinkSize = 10, kFieldSize = 2;  // bytes of an entry, a link, a stub field
constexpr u16 kLandsNowhere = 0xffff;

bool field_fits(u32 field, const UnitHeader& header) {
    return field <= header.code && header.code - field >= 4;
}

bool add_entries(std::span<const u8> list, const UnitHeader& header, translator::Unit& unit) {
    for (; !list.empty(); list = list.subspan(kPointSize)) {
        const u16 landing = half_at(list, 4), body = half_at(list, 6);
        const bool lands = landing != kLandsNowhere;
        if (body >= header.code || (lands && landing >= header.code)) return false;
        unit.entries.push_back({{word_at(list, 0)}, lands ? landing : translator::kNoLanding, body});
    }
    return true;
}

bool add_links(std::span<const u8> list, const UnitHeader& header, translator::Unit& unit) {
    for (; !list.empty(); list = list.subspan(kLinkSize)) {
        const u16 field = half_at(list, 4), argument = half_at(list, 6);
        if (!field_fits(field, header) || !field_fits(argument, header)) return false;
        unit.links.push_back({field, argument, {word_at(list, 0)}, half_at(list, 8) != 0});
    }
    return true;
}

// The stubs are at the cache's start: the field was made for a unit that lies there, too.
bool move_fields(std::span<const u8> list, u32 cache_offset, translator::Unit& unit) {
    for (; !list.empty(); list = list.subspan(kFieldSize)) {
        const u32 field = half_at(list, 0);
        if (field > unit.code.size() || unit.code.size() - field < 4) return false;
        const u32 distance = word_at(unit.code, field) - cache_offset;
        for (u32 n = 0; n < 4; ++n) unit.code[field + n] = static_cast<u8>(distance >> (8 * n));
    }
    return true;
}

std::optional<translator::Unit> decode_unit(std::span<const u8> bytes, u32 cache_offset) {
    Pieces pieces(bytes);
    const auto head = pieces.take(kUnitHeader);
    if (!pieces.good()) return {};
    const UnitHeader header{word_at(head, 0),  word_at(head, 4),  half_at(head, 8),  half_at(head, 10),
                            half_at(head, 12), half_at(head, 14), half_at(head, 16), half_at(head, 18)};
    const auto entries = pieces.take(u64{header.entries} * kPointSize);
    const auto links = pieces.take(u64{header.links} * kLinkSize);
    const auto fields = pieces.take(u64{header.stub_fields} * kFieldSize);
    const auto recovery = pieces.take(header.recovery);
    const auto code = pieces.take(header.code);
    if (!pieces.good() || header.code == 0 || header.guest_start >= header.guest_end) return {};
    translator::Unit unit;
    unit.guest_start = {header.guest_start};
    unit.guest_end = {header.guest_end};
    unit.guest_instructions = header.instructions;
    unit.code.assign(code.begin(), code.end());
    unit.entries.reserve(header.entries);
    unit.links.reserve(header.links);
    auto table = translator::RecoveryTable::from_bytes(recovery);
    if (!table || !add_entries(entries, header, unit) || !add_links(links, header, unit) ||
        !move_fields(fields, cache_offset, unit))
        return {};
    unit.recovery = std::move(*table);
    return unit;
}

}  // namespace

RefPtr<Archive> Archive::open(Ref<CodeBytes> bytes) {
    auto archive = Ref<Archive>::adopt(*new Archive(std::move(bytes)));
    if (!archive->read_header()) return nullptr;
    return archive;
}

bool Archive::read_header() {
    std::array<u8, kArchiveHeader> head{};
    if (bytes_->read(0, head) != head.size() || word_at(head, 0) != kArchiveMagic) return false;
    start_ = word_at(head, 4);
    size_ = word_at(head, 8);
    offset_ = word_at(head, 12);
    paired_ = word_at(head, 16);
    const u32 parts = word_at(head, 20);
    if (size_ > kDomainSize - start_ || parts != (u64{size_} + kArchivePart - 1) / kArchivePart) return false;
    std::vector<u8> list((size_t{parts} + 1) * 4);
    if (bytes_->read(kArchiveHeader, list) != list.size()) return false;
    for (size_t n = 0; n <= parts; ++n) places_.push_back(word_at(list, n * 4));
    const auto too_far = [](u32 place, u32 next) { return next < place || next - place > kMostPart; };
    return std::ranges::adjacent_find(places_, too_far) == places_.end();
}

bool Archive::serves(u64 start, u64 size, u64 offset, bool paired) const {
    return start == start_ && size == size_ && offset == offset_ && paired == (paired_ != 0);
}

std::span<const u8> Archive::part(u32 number) const {
    if (const auto known = parts_.find(number); known != parts_.end()) return known->second;
    std::vector<u8> bytes(places_[number + 1] - places_[number]);
    if (bytes_->read(places_[number], bytes) != bytes.size()) return {};
    return parts_.try_emplace(number, std::move(bytes)).first->second;  // others may have been faster
}

/// All of a part from there on.
std::span<const u8> Archive::at(u32 place) const {
    const auto after = std::ranges::upper_bound(places_, place);
    if (after == places_.begin() || after == places_.end()) return {};
    const auto before = std::prev(after);
    const auto bytes = part(static_cast<u32>(before - places_.begin()));
    return bytes.subspan(std::min<size_t>(place - *before, bytes.size()));
}

std::optional<u32> Archive::place_of(u32 guest, bool landing) const {
    const auto bytes = part((guest - start_) / kArchivePart);
    constexpr u32 kEntrySize = 8;
    if (bytes.size() < 4 || word_at(bytes, 0) > (bytes.size() - 4) / kEntrySize) return {};
    const auto entry = [&](u32 n) { return word_at(bytes, 4 + size_t{n} * kEntrySize); };
    const u32 count = word_at(bytes, 0);
    u32 low = 0;
    for (u32 high = count; low < high;) {
        const u32 middle = low + (high - low) / 2;
        if (entry(middle) < guest)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && entry(low) == guest; ++low) {
        const u32 place = word_at(bytes, 8 + size_t{low} * kEntrySize);
        if (!landing || (place & kLands) != 0) return place & ~kLands;
    }
    return {};
}

std::optional<translator::Unit> Archive::unit_at(u32 guest, bool landing, u32 cache_offset) const {
    if (guest - start_ >= size_) return {};
    const auto place = place_of(guest, landing);
    if (!place) return {};
    auto unit = decode_unit(at(*place), cache_offset);
    const auto wanted = [&](const translator::EntryPoint& entry) {
        return entry.guest.value == guest && (!landing || entry.landing != translator::kNoLanding);
    };
    if (unit && std::ranges::none_of(unit->entries, wanted)) return {};
    return unit;
}

bool Archive::has(u64 offset) const {
    return offset >= offset_ && offset - offset_ < size_ &&
           place_of(start_ + static_cast<u32>(offset - offset_), true);
}

u64 Archive::prefetch(u64 offset) const {
    const u64 number = (offset - offset_) / kArchivePart;
    if (offset < offset_ || offset - offset_ >= size_ || parts_.contains(static_cast<u32>(number))) return 0;
    return part(static_cast<u32>(number)).size();
}

}  // namespace occlum::sfi

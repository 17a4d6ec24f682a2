#include "sfi/cache/hosted/pretranslate.h"

#include <algorithm>
#include <array>
#include <map>

#include "sfi/cache/archive.h"
#include "sfi/translator/encoder.h"

namespace occlum::sfi {
namespace {

using translator::append_little;

constexpr u64 kWindowSize = 2048 + 32;  // what the cache shows to the translator

void put(std::vector<u8>& out, u64 word) { append_little(out, word, 4); }

void put_half(std::vector<u8>& out, u64 half) { append_little(out, half, 2); }

/// Nothing when a number does not fit.
std::optional<std::vector<u8>> encode_unit(const translator::Unit& unit) {
    constexpr size_t kMost = 0xffff;
    const auto recovery = unit.recovery.bytes();
    const std::array<size_t, 6> counts{unit.guest_instructions, unit.entries.size(), unit.links.size(),
                                       unit.stub_fields.size(), recovery.size(),     unit.code.size()};
    if (std::ranges::max(counts) > kMost) return {};
    std::vector<u8> out;
    put(out, unit.guest_start.value);
    put(out, unit.guest_end.value);
    for (const size_t count : counts) put_half(out, count);
    for (const translator::EntryPoint& entry : unit.entries) {
        put(out, entry.guest.value);
        put_half(out, entry.landing);  // kNoLanding becomes 0xffff
        put_half(out, entry.body);
    }
    for (const translator::LinkSite& link : unit.links) {
        put(out, link.target.value);
        for (const u32 half : {link.field, link.argument, u32{link.is_call}}) put_half(out, half);
    }
    for (const u32 field : unit.stub_fields) put_half(out, field);
    out.insert(out.end(), recovery.begin(), recovery.end());
    out.insert(out.end(), unit.code.begin(), unit.code.end());
    return out;
}

// What is translated so far. Nothing in it may be led to but by links: it will lie elsewhere.
class Made final : public translator::KnownCode {
public:
    explicit Made(bool paired) : paired_(paired) {}
    std::optional<u32> body_of(GuestAddr guest) const override { return at(guest, false); }
    std::optional<u32> landing_of(GuestAddr guest) const override { return at(guest, true); }
    bool permanent() const override { return false; }
    bool paired() const override { return paired_; }
    void add(const translator::EntryPoint& entry) {
        const bool lands = !paired_ || entry.landing != translator::kNoLanding;
        bool& landing = known_.try_emplace(static_cast<u32>(entry.guest.value), lands).first->second;
        landing = landing || lands;
    }

private:
    std::optional<u32> at(GuestAddr guest, bool landing) const {
        const auto found = known_.find(static_cast<u32>(guest.value));
        if (found == known_.end() || (landing && !found->second)) return {};
        return 0;
    }
    std::map<u32, bool> known_;  // whether it lands
    bool paired_;
};

class Pretranslation {
public:
    explicit Pretranslation(const ProgramCode& program) : program_(program), made_(program.paired) {}

    std::vector<u8> run() {
        for (const u32 entry : program_.entries) wanted_.push_back({entry, true});
        while (!wanted_.empty()) {
            const Wanted next = wanted_.back();
            wanted_.pop_back();
            const auto there = next.landing ? made_.landing_of({next.guest}) : made_.body_of({next.guest});
            if (!there && next.guest - program_.start < program_.bytes.size()) translate_at(next.guest);
        }
        return archive();
    }

private:
    struct Wanted {
        u32 guest;
        bool landing;
    };
    struct Entry {
        u32 guest, unit;
        bool lands;
    };

    void translate_at(u32 guest) {
        const size_t at = guest - program_.start;
        const auto bytes =
            program_.bytes.subspan(at, std::min<size_t>(kWindowSize, program_.bytes.size() - at));
        const auto unit = translator::translate({{guest}, bytes}, {guest}, 0, made_);
        auto encoded = unit ? encode_unit(*unit) : std::nullopt;
        if (!encoded) return;
        for (const translator::EntryPoint& entry : unit->entries) {
            if (entry.guest.value - program_.start >= program_.size) continue;
            made_.add(entry);
            const bool lands = !program_.paired || entry.landing != translator::kNoLanding;
            entries_.push_back({static_cast<u32>(entry.guest.value), static_cast<u32>(units_.size()), lands});
        }
        for (const translator::LinkSite& link : unit->links)
            wanted_.push_back({static_cast<u32>(link.target.value), link.is_call});
        units_.emplace_back(part_of(guest), std::move(*encoded));
    }

    u32 part_of(u32 guest) const { return (guest - program_.start) / kArchivePart; }

    std::vector<u8> archive() {
        std::ranges::stable_sort(entries_, {}, &Entry::guest);
        const u32 parts = (program_.size + kArchivePart - 1) / kArchivePart;
        std::vector<u32> counts(parts), sizes(parts), places(size_t{parts} + 1), unit_places(units_.size());
        for (const Entry& entry : entries_) ++counts[part_of(entry.guest)];
        for (const auto& [part, bytes] : units_) sizes[part] += static_cast<u32>(bytes.size());
        places[0] = kArchiveHeader + (parts + 1) * 4;
        for (u32 n = 0; n < parts; ++n) places[n + 1] = places[n] + 4 + counts[n] * 8 + sizes[n];
        std::vector<u32> next(parts);
        for (u32 n = 0; n < parts; ++n) next[n] = places[n] + 4 + counts[n] * 8;
        for (size_t n = 0; n < units_.size(); ++n)
            unit_places[n] = std::exchange(next[units_[n].first],
                                           next[units_[n].first] + static_cast<u32>(units_[n].second.size()));
        std::vector<u8> out;
        out.reserve(places.back());
        for (const u64 word : {u64{kArchiveMagic}, u64{program_.start}, u64{program_.size},
                               u64{program_.offset}, u64{program_.paired}, u64{parts}})
            put(out, word);
        for (const u32 place : places) put(out, place);
        std::vector<std::vector<const std::vector<u8>*>> by_part(parts);
        for (const auto& [part, bytes] : units_) by_part[part].push_back(&bytes);
        auto entry = entries_.begin();
        for (u32 n = 0; n < parts; ++n) {
            put(out, counts[n]);
            for (u32 left = counts[n]; left > 0; --left, ++entry) {
                put(out, entry->guest);
                put(out, unit_places[entry->unit] | (entry->lands ? kLands : 0));
            }
            for (const std::vector<u8>* bytes : by_part[n])
                out.insert(out.end(), bytes->begin(), bytes->end());
        }
        return out;
    }

    const ProgramCode& program_;
    Made made_;
    std::vector<Wanted> wanted_;
    std::vector<Entry> entries_;
    std::vector<std::pair<u32, std::vector<u8>>> units_;  // part, bytes
};

}  // namespace

std::vector<u8> pretranslate(const ProgramCode& program) { return Pretranslation(program).run(); }

}  // namespace occlum::sfi

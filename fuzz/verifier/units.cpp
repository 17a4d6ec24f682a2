#include "fuzz/verifier/units.h"

#include "fuzz/verifier/judge.h"
#include "fuzz/verifier/pairs.h"
#include "tests/unit/sfi_verifier/accepted_units.h"
#include "tests/unit/sfi_verifier/paired_units.h"
#include "tests/unit/sfi_verifier/refused_units.h"

namespace occlum::sfi::verifier::judge {
namespace {

constexpr i64 kKnown = 8192, kKnownLanding = 12288;

const std::vector<std::vector<u8>>& snippets() {
    static const std::vector<std::vector<u8>> all = [] {
        std::vector<std::vector<u8>> made;
        for (const UnitCase& test : kAcceptedUnits) made.push_back(from_hex(test.hex));
        for (const UnitCase& test : kPairedAccepted) made.push_back(from_hex(test.hex));
        const size_t accepted = made.size();
        for (const UnitCase& test : kRefusedUnits) made.push_back(from_hex(test.hex));
        for (const UnitCase& test : kPairedRefused) made.push_back(from_hex(test.hex));
        // Accepted ones count three times.
        for (size_t i = 0; i < 4 * accepted; ++i) made.push_back(made[i % accepted]);
        return made;
    }();
    return all;
}

void mutate(std::vector<u8>& code, std::mt19937_64& random) {
    if (code.empty()) return;
    const size_t at = random() % code.size();
    const auto position = code.begin() + static_cast<std::ptrdiff_t>(at);
    constexpr u8 kPrefixes[] = {0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3,
                                0x40, 0x48, 0x41, 0x44, 0x4f, 0x2e, 0x0f};
    switch (random() % 7) {
        case 0:
            *position = static_cast<u8>(random());
            break;
        case 1:
            *position ^= static_cast<u8>(1u << random() % 8);
            break;
        case 2:
            code.insert(position, kPrefixes[random() % std::size(kPrefixes)]);
            break;
        case 3:
            code.erase(position);
            break;
        case 4:
            code.insert(position, static_cast<u8>(random()));
            break;
        case 5:
            *position = static_cast<u8>(*position + (random() % 2 ? 1 : 255));
            break;
        default:
            *position = kPrefixes[random() % std::size(kPrefixes)];
            break;
    }
}

}  // namespace

std::string hex(std::span<const u8> bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (u8 byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

Outcome check_input(std::span<const u8> input) {
    if (input.size() < 2) return {};
    std::vector<u8> code(input.begin() + 2, input.end());
    // The place's high bit: paired; its low bit: the entry is a landing then.
    const bool paired = input[1] >= 128;
    std::vector<u32> bodies, landings;
    if (input[0] != 0) (paired && input[1] % 2 != 0 ? landings : bodies).push_back(input[0] - 1u);
    const u32 at = kFirstUnit + input[1];
    const OneKnownEntry known(kKnown, kKnownLanding);
    const UnitView unit{code, at, bodies, landings, paired};
    const auto verdict = verify(unit, known);
    const auto again = verify(unit, known);
    if (verdict.has_value() != again.has_value()) return {true, "not deterministic"};
    if (!verdict) {
        const Rejection& r = verdict.error();
        if (r.rule < 1 || r.rule > 10 || (r.offset > code.size() && r.offset != input[0] - 1u)) {
            return {false, "rejection out of range"};
        }
        return {};
    }
    for (const auto& fields : {verdict->link_fields, verdict->call_fields}) {
        for (const u32 field : fields) {
            if (field + 4 > code.size() || (at + field) / 64 != (at + field + 3) / 64)
                return {true, "link field"};
        }
    }
    const u64 seed = input[0] * 256u + input[1] + code.size();
    if (!paired) return {true, objection_to_unit(code, at, bodies, kKnown, seed)};
    if (auto found = unpair(code, at, bodies, landings, kKnownLanding); !found.empty()) return {true, found};
    bodies.insert(bodies.end(), landings.begin(), landings.end());
    return {true, objection_to_unit(code, at, bodies, kKnown, seed)};
}

std::vector<u8> random_input(std::mt19937_64& random) {
    std::vector<u8> code;
    for (u64 parts = 1 + random() % 4; parts > 0; --parts) {
        std::vector<u8> part = snippets()[random() % snippets().size()];
        if (random() % 8 == 0) part.assign(1 + random() % 15, static_cast<u8>(random()));
        for (u64 mutations = random() % 3; mutations > 0; --mutations) mutate(part, random);
        code.insert(code.end(), part.begin(), part.end());
    }
    if (random() % 4 != 0) {
        code.push_back(0xeb);
        code.push_back(random() % 2 ? u8{0xfe} : static_cast<u8>(random()));
    }
    std::vector<u8> input{random() % 2 ? u8{0} : static_cast<u8>(random() % (code.size() + 1)),
                          static_cast<u8>(random())};
    input.insert(input.end(), code.begin(), code.end());
    return input;
}

}  // namespace occlum::sfi::verifier::judge

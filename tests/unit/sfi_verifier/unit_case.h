// One unit to verify, as bytes in hexadecimal, and helpers.
#pragma once

#include <string_view>
#include <vector>

#include "sfi/dialect.h"
#include "sfi/verifier/verifier.h"

namespace occlum::sfi::verifier {

/// Where a unit lies and what is around it.
struct Setting {
    bool tail = true;     ///< append `1: jmp 1b`
    int entry = -1;       ///< an entry, if not negative
    int known = -1;       ///< a known body of another unit, if not negative
    int at = kFirstUnit;  ///< where in the cache the unit lies
    bool paired = false;
    int landing = -1;        ///< likewise, a landing
    int known_landing = -1;  ///< ... of another unit
};

struct UnitCase {
    int rule;  ///< that refuses it; 0: accepted
    const char* name;
    std::string_view hex;
    Setting setting = {};
};

inline std::vector<u8> from_hex(std::string_view hex) {
    auto digit = [](char c) { return static_cast<u8>(c <= '9' ? c - '0' : c - 'a' + 10); };
    std::vector<u8> bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<u8>(digit(hex[i]) << 4 | digit(hex[i + 1])));
    }
    return bytes;
}

inline std::vector<u8> code_of(const UnitCase& test) {
    std::vector<u8> code = from_hex(test.hex);
    if (test.setting.tail) {
        for (u8 byte : {u8{0xeb}, u8{0xfe}}) code.push_back(byte);
    }
    return code;
}

class OneKnownEntry : public KnownEntries {
public:
    explicit OneKnownEntry(int body = -1, int landing = -1) : body_(body), landing_(landing) {}
    bool is_body(u32 cache_offset) const override { return static_cast<int>(cache_offset) == body_; }
    bool is_landing(u32 cache_offset) const override { return static_cast<int>(cache_offset) == landing_; }

private:
    int body_, landing_;
};

inline std::expected<Verified, Rejection> verify_case(const UnitCase& test) {
    const std::vector<u8> code = code_of(test);
    const Setting& setting = test.setting;
    std::vector<u32> bodies, landings;
    if (setting.entry >= 0) bodies.push_back(static_cast<u32>(setting.entry));
    if (setting.landing >= 0) landings.push_back(static_cast<u32>(setting.landing));
    const OneKnownEntry known(setting.known, setting.known_landing);
    return verify({code, static_cast<u32>(setting.at), bodies, landings, setting.paired}, known);
}

}  // namespace occlum::sfi::verifier

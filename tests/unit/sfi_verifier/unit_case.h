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
    int known = -1;       ///< a known entry of another unit, if not negative
    int at = kFirstUnit;  ///< where in the cache the unit lies
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
    explicit OneKnownEntry(int offset = -1) : offset_(offset) {}
    bool is_entry(u32 cache_offset) const override { return static_cast<int>(cache_offset) == offset_; }

private:
    int offset_;
};

inline std::expected<Verified, Rejection> verify_case(const UnitCase& test) {
    const std::vector<u8> code = code_of(test);
    std::vector<u32> entries;
    if (test.setting.entry >= 0) entries.push_back(static_cast<u32>(test.setting.entry));
    return verify({code, static_cast<u32>(test.setting.at), entries}, OneKnownEntry(test.setting.known));
}

}  // namespace occlum::sfi::verifier

// Building the texts of /proc.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/types.h"

namespace occlum::kernel {

/// Right-aligned in `width`.
inline std::string right_aligned(std::string text, size_t width) {
    return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}
inline std::string padded(u64 number, size_t width) { return right_aligned(std::to_string(number), width); }
/// Hundredths as a fixed-point number: 1.23.
inline std::string hundredths(u64 number) {
    std::string fraction = std::to_string(number % 100);
    return std::to_string(number / 100) + (fraction.size() < 2 ? ".0" : ".") + fraction;
}
inline std::string hexadecimal(u64 number, size_t width) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(width, '0');
    for (size_t i = 0; i < width; ++i) text[width - 1 - i] = kDigits[(number >> (4 * i)) & 15];
    return text;
}
/// Without leading zeros.
inline std::string short_hexadecimal(u64 number) {
    std::string text = hexadecimal(number, 16);
    return text.substr(std::min(text.find_first_not_of('0'), text.size() - 1));
}
inline std::string octal(u64 number) {
    std::string text;
    do {
        text.insert(text.begin(), static_cast<char>('0' + (number & 7)));
        number >>= 3;
    } while (number != 0);
    return "0" + text;
}

inline constexpr u64 kTickNs = 10'000'000;  ///< USER_HZ = 100

}  // namespace occlum::kernel

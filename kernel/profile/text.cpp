#include "kernel/profile/text.h"

#include <array>
#include <charconv>

namespace occlum::kernel::profile {

namespace {

void put_right(std::string& text, const std::string& what, size_t width) {
    text.append(what.size() < width ? width - what.size() : 1, ' ');
    text += what;
}

std::string with_tenths(u64 tenths) { return decimal(tenths / 10) + '.' + decimal(tenths % 10); }

}  // namespace

std::string decimal(u64 value) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
    return std::string(digits.begin(), end);
}

std::string hexadecimal(u64 value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (; value != 0 || digits.empty(); value >>= 4) digits.insert(digits.begin(), kDigits[value & 15]);
    return "0x" + digits;
}

void put_count(std::string& text, u64 count) { put_right(text, decimal(count), kColumnWidth); }

void put_milliseconds(std::string& text, u64 ns) {
    put_right(text, with_tenths((ns + 50'000) / 100'000), kColumnWidth);
}

void put_percent(std::string& text, u64 part, u64 whole) {
    // In microseconds, so that the product stays small for years.
    put_right(text, with_tenths(whole / 1000 == 0 ? 0 : part / 1000 * 1000 / (whole / 1000)), kPercentWidth);
}

void put_end(std::string& text, std::string_view name) {
    text += "  ";
    text += name;
    text += '\n';
}

}  // namespace occlum::kernel::profile

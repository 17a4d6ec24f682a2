// Text without allocation, for diagnostics: what does not fit is cut.
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/types.h"

namespace occlum::enclave {

template <size_t kCapacity>
class Text {
public:
    Text& operator<<(std::string_view more) {
        const size_t n = std::min(more.size(), kCapacity - size_);
        std::copy_n(more.begin(), n, std::span(bytes_).subspan(size_).begin());
        size_ += n;
        return *this;
    }
    Text& hex(u64 value) {
        std::array<char, 18> digits{'0', 'x'};
        size_t n = 2;
        int shift = 60;
        while (shift > 0 && (value >> shift) == 0) shift -= 4;
        for (; shift >= 0; shift -= 4) digits[n++] = "0123456789abcdef"[(value >> shift) & 15];
        return *this << std::string_view(digits.data(), n);
    }
    Text& decimal(u64 value) {
        std::array<char, 20> digits{};
        size_t at = digits.size();
        do {
            digits[--at] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0);
        return *this << std::string_view(std::span(digits).subspan(at));
    }
    std::string_view view() const { return {bytes_.data(), size_}; }

private:
    std::array<char, kCapacity> bytes_{};
    size_t size_ = 0;
};

}  // namespace occlum::enclave

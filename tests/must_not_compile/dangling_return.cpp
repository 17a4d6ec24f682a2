// expect: -Wreturn-stack-address
#include <array>
#include <string_view>
std::string_view keep() {
    std::array<char, 4> values{};
    return std::string_view(values.data(), values.size());
}

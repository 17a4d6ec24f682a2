#include "image/instance/reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace occlum::image {

namespace {

struct Unit {
    std::string_view name;
    u64 bytes;
};
constexpr std::array<Unit, 6> kUnits{{{"", 1},
                                      {"B", 1},
                                      {"KB", u64{1} << 10},
                                      {"MB", u64{1} << 20},
                                      {"GB", u64{1} << 30},
                                      {"TB", u64{1} << 40}}};

std::optional<u64> parse_size(const std::string& text) {
    const size_t digits = text.find_first_not_of("0123456789.");
    std::string number = text.substr(0, digits);
    std::string unit = digits == std::string::npos ? "" : text.substr(digits);
    unit.erase(0, std::min(unit.find_first_not_of(' '), unit.size()));
    const auto found = std::ranges::find(kUnits, unit, &Unit::name);
    if (number.empty() || found == kUnits.end() || std::ranges::count(number, '.') > 1 || number == ".")
        return std::nullopt;
    const double value = std::strtod(number.c_str(), nullptr) * static_cast<double>(found->bytes);
    constexpr double kMost = 1e18;
    if (value > kMost) return std::nullopt;
    return static_cast<u64>(value);
}

}  // namespace

bool Reader::is(JsonNode::Kind kind, std::string_view wanted) const {
    if (node_ == nullptr) return false;
    if (node_->kind == kind) return true;
    refuse("want " + std::string(wanted) + ", not " + std::string(node_->kind_name()));
    return false;
}

void Reader::expect_members(std::initializer_list<std::string_view> known) const {
    if (!is(JsonNode::Kind::Object, "an object")) return;
    for (const JsonMember& member : node_->members) {
        if (std::ranges::find(known, std::string_view(member.name)) != known.end()) continue;
        std::string list;
        for (std::string_view name : known) list += (list.empty() ? "" : ", ") + std::string(name);
        this->member(member.name).refuse("there is no such key here; known are: " + list);
    }
}

Reader Reader::member(std::string_view name) const {
    const bool object = node_ != nullptr && node_->kind == JsonNode::Kind::Object;
    return {object ? node_->find(name) : nullptr,
            path_.empty() ? std::string(name) : path_ + "." + std::string(name), findings_};
}

void Reader::for_each(const std::function<void(const Reader&)>& item) const {
    if (!is(JsonNode::Kind::List, "a list")) return;
    for (size_t i = 0; i < node_->items.size(); ++i)
        item({&node_->items[i], path_ + "[" + std::to_string(i) + "]", findings_});
}

std::optional<std::string> Reader::text() const {
    if (!is(JsonNode::Kind::Text, "a string")) return std::nullopt;
    return node_->text;
}

std::optional<bool> Reader::truth() const {
    if (!is(JsonNode::Kind::Boolean, "true or false")) return std::nullopt;
    return node_->truth;
}

std::optional<u64> Reader::integer(u64 most) const {
    if (!is(JsonNode::Kind::Integer, "a number")) return std::nullopt;
    if (node_->integer < 0 || static_cast<u64>(node_->integer) > most) {
        refuse("want 0 to " + std::to_string(most));
        return std::nullopt;
    }
    return static_cast<u64>(node_->integer);
}

std::optional<u64> Reader::size() const {
    if (node_ != nullptr && node_->kind == JsonNode::Kind::Integer && node_->integer >= 0)
        return static_cast<u64>(node_->integer);
    if (!is(JsonNode::Kind::Text, "a size such as \"32MB\"")) return std::nullopt;
    const auto bytes = parse_size(node_->text);
    if (!bytes)
        refuse("\"" + node_->text +
               "\" is no size; want a number with B, KB, MB, GB or TB, such as \"32MB\"");
    return bytes;
}

std::optional<u64> Reader::hexadecimal() const {
    if (!is(JsonNode::Kind::Text, "a string such as \"0x1\"")) return std::nullopt;
    const std::string& text = node_->text;
    u64 value = 0;
    const std::string_view digits = std::string_view(text).substr(text.starts_with("0x") ? 2 : 0);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) {
        refuse("\"" + text + "\" is no hexadecimal number of 64 bits");
        return std::nullopt;
    }
    return value;
}

void Reader::expect_switch() const {
    if (node_ == nullptr || node_->kind == JsonNode::Kind::Boolean) return;
    constexpr u64 kMostSwitch = 2;
    (void)integer(kMostSwitch);
}

}  // namespace occlum::image

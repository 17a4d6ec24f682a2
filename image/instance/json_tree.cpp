#include "image/instance/json_tree.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace occlum::image {

namespace {

constexpr size_t kDeepest = 32;

u32 line_at(std::string_view text, size_t position) {
    return 1 + static_cast<u32>(std::ranges::count(text.substr(0, position), '\n'));
}

/// Counts the lines that the library has read. It looks one character ahead only behind numbers.
struct Cursor {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    std::string_view text;
    size_t at = 0;
    u32* line = nullptr;

    reference operator*() const { return text[at]; }
    Cursor& operator++() {
        if (text[at] == '\n') ++*line;
        ++at;
        return *this;
    }
    Cursor operator++(int) {
        Cursor old = *this;
        ++*this;
        return old;
    }
    bool operator==(const Cursor& other) const { return at == other.at; }
};

/// Builds the tree from the library's events. The nodes that are being filled are a stack.
class Builder {
public:
    using Json = nlohmann::json;

    Builder(std::string_view text, const u32& line) : text_(text), line_(line) {}

    bool null() { return add({}); }
    bool boolean(bool truth) { return add({.kind = JsonNode::Kind::Boolean, .truth = truth}); }
    bool number_integer(Json::number_integer_t value) {
        return add({.kind = JsonNode::Kind::Integer, .integer = value}, true);
    }
    bool number_unsigned(Json::number_unsigned_t value) {
        constexpr auto kMost = static_cast<u64>(std::numeric_limits<i64>::max());
        if (value > kMost) return refuse("the number is too large");
        return number_integer(static_cast<i64>(value));
    }
    bool number_float(Json::number_float_t, const std::string& written) {
        return add({.kind = JsonNode::Kind::Fraction, .text = written}, true);
    }
    bool string(std::string& text) {
        if (text.contains('\0')) return refuse("a string must not contain a NUL");
        return add({.kind = JsonNode::Kind::Text, .text = text});
    }
    bool binary(Json::binary_t&) { return false; }
    bool start_object(size_t) { return open(JsonNode::Kind::Object); }
    bool start_array(size_t) { return open(JsonNode::Kind::List); }
    bool end_object() { return close(); }
    bool end_array() { return close(); }
    bool key(std::string& name) {
        if (open_.back().node.find(name) != nullptr) return refuse("\"" + name + "\" is there twice");
        open_.back().name = name;
        open_.back().name_line = line_;
        return true;
    }
    bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) {
        // The library's text ends with what it expected; its head names its own internals.
        std::string what = error.what();
        const size_t colon = what.find("; ");
        const size_t syntax = what.find("syntax error");
        if (syntax != std::string::npos)
            what = what.substr(syntax);
        else if (colon != std::string::npos)
            what = what.substr(colon + 2);
        error_ = {line_at(text_, position > 0 ? position - 1 : 0), what};
        return false;
    }

    JsonNode take() { return std::move(done_); }
    JsonError error() const { return error_; }

private:
    struct Open {
        JsonNode node;
        std::string name;  ///< of the member that comes next
        u32 name_line = 0;
    };

    bool refuse(std::string why) {
        error_ = {line_, std::move(why)};
        return false;
    }

    /// `looked_ahead`: the line may be the next one already.
    bool add(JsonNode node, bool looked_ahead = false) {
        node.line = line_;
        if (open_.empty()) {
            done_ = std::move(node);
            return true;
        }
        Open& outer = open_.back();
        if (outer.node.kind == JsonNode::Kind::List) {
            outer.node.items.push_back(std::move(node));
        } else {
            if (looked_ahead) node.line = outer.name_line;
            outer.node.members.push_back({outer.name, std::move(node)});
        }
        return true;
    }

    bool open(JsonNode::Kind kind) {
        if (open_.size() == kDeepest) return refuse("nested too deeply");
        open_.push_back({.node = {.kind = kind, .line = line_}, .name = {}});
        return true;
    }

    bool close() {
        JsonNode node = std::move(open_.back().node);
        open_.pop_back();
        const u32 line = node.line;
        if (open_.empty()) {
            done_ = std::move(node);
            return true;
        }
        Open& outer = open_.back();
        if (outer.node.kind == JsonNode::Kind::List) {
            outer.node.items.push_back(std::move(node));
            outer.node.items.back().line = line;
        } else {
            outer.node.members.push_back({outer.name, std::move(node)});
        }
        return true;
    }

    std::string_view text_;
    const u32& line_;
    std::vector<Open> open_;
    JsonNode done_;
    JsonError error_{1, "malformed"};
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const {
    const auto found = std::ranges::find(members, name, &JsonMember::name);
    return found == members.end() ? nullptr : &found->value;
}

std::string_view JsonNode::kind_name() const {
    switch (kind) {
        case Kind::Null:
            return "null";
        case Kind::Boolean:
            return "true or false";
        case Kind::Integer:
            return "a number";
        case Kind::Fraction:
            return "a number with a fraction";
        case Kind::Text:
            return "a string";
        case Kind::List:
            return "a list";
        case Kind::Object:
            return "an object";
    }
    return "nothing";
}

std::expected<JsonNode, JsonError> parse_json(std::string_view text) {
    u32 line = 1;
    Builder builder(text, line);
    const Cursor begin{text, 0, &line}, end{text, text.size(), &line};
    if (!nlohmann::json::sax_parse(begin, end, &builder)) return std::unexpected(builder.error());
    return builder.take();
}

}  // namespace occlum::image

#include "image/sources/yaml_tree.h"

#include <yaml.h>

#include <algorithm>
#include <optional>

namespace occlum::image {

namespace {

constexpr u32 kDeepest = 32;

class YamlReader {
public:
    explicit YamlReader(std::string_view text) {
        yaml_parser_initialize(&parser_);
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                     text.size());
    }
    YamlReader(const YamlReader&) = delete;
    YamlReader& operator=(const YamlReader&) = delete;
    ~YamlReader() {
        yaml_event_delete(&event_);
        yaml_parser_delete(&parser_);
    }

    std::expected<JsonNode, JsonError> read_all() {
        JsonNode root;
        if (!next() || !next()) return failed();  // the stream, the document
        if (event_.type == YAML_STREAM_END_EVENT) return JsonNode{.line = 1};
        if (!next() || !value(root, 0)) return failed();
        if (!next() || !next()) return failed();
        if (event_.type != YAML_STREAM_END_EVENT) {
            refuse("there is a second document");
            return failed();
        }
        return root;
    }

private:
    bool next() {
        yaml_event_delete(&event_);
        if (yaml_parser_parse(&parser_, &event_) != 0) return true;
        event_ = {};
        const size_t line = std::max(parser_.problem_mark.line, parser_.context_mark.line);
        error_ = {static_cast<u32>(line) + 1, parser_.problem != nullptr ? parser_.problem : "no YAML"};
        return false;
    }
    bool refuse(std::string why) {
        if (!error_) error_ = {line(), std::move(why)};
        return false;
    }
    std::unexpected<JsonError> failed() const { return std::unexpected(error_.value_or(JsonError{1, "?"})); }
    u32 line() const { return static_cast<u32>(event_.start_mark.line) + 1; }

    std::string scalar_text() const {
        const auto& scalar = event_.data.scalar;
        return std::string(reinterpret_cast<const char*>(scalar.value), scalar.length);
    }

    bool value(JsonNode& into, u32 depth) {
        into.line = line();
        if (depth > kDeepest) return refuse("too deep");
        switch (event_.type) {
            case YAML_SCALAR_EVENT:
                return scalar(into);
            case YAML_SEQUENCE_START_EVENT:
                return list(into, depth);
            case YAML_MAPPING_START_EVENT:
                return object(into, depth);
            case YAML_ALIAS_EVENT:
                return refuse("aliases are not supported");
            default:
                return refuse("a value is missing");
        }
    }

    bool scalar(JsonNode& into) {
        if (event_.data.scalar.tag != nullptr) return refuse("tags are not supported");
        into.text = scalar_text();
        const bool plain = event_.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
        into.kind = JsonNode::Kind::Text;
        if (plain && (into.text.empty() || into.text == "~" || into.text == "null"))
            into.kind = JsonNode::Kind::Null;
        if (plain && (into.text == "true" || into.text == "false")) {
            into.kind = JsonNode::Kind::Boolean;
            into.truth = into.text == "true";
        }
        return true;
    }

    bool list(JsonNode& into, u32 depth) {
        into.kind = JsonNode::Kind::List;
        for (;;) {
            if (!next()) return false;
            if (event_.type == YAML_SEQUENCE_END_EVENT) return true;
            if (!value(into.items.emplace_back(), depth + 1)) return false;
        }
    }

    bool object(JsonNode& into, u32 depth) {
        into.kind = JsonNode::Kind::Object;
        for (;;) {
            if (!next()) return false;
            if (event_.type == YAML_MAPPING_END_EVENT) return true;
            if (event_.type != YAML_SCALAR_EVENT) return refuse("a key must be a word");
            const std::string name = scalar_text();
            if (into.find(name) != nullptr) return refuse("\"" + name + "\" is there twice");
            if (!next()) return false;
            JsonNode member;
            if (!value(member, depth + 1)) return false;
            into.members.push_back({name, std::move(member)});
        }
    }

    yaml_parser_t parser_{};
    yaml_event_t event_{};
    std::optional<JsonError> error_;
};

}  // namespace

std::expected<JsonNode, JsonError> parse_yaml(std::string_view text) { return YamlReader(text).read_all(); }

}  // namespace occlum::image

// JSON text as a tree whose nodes know their lines, so that a message can name the place.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace occlum::image {

struct JsonMember;

struct JsonNode {
    enum class Kind : u8 { Null, Boolean, Integer, Fraction, Text, List, Object } kind = Kind::Null;
    u32 line = 0;
    bool truth = false;
    i64 integer = 0;
    std::string text = {};             ///< of a fraction: as it is written
    std::vector<JsonNode> items = {};  ///< of a list
    std::vector<JsonMember> members = {};

    const JsonNode* find(std::string_view name) const;
    /// "a string", "an object"…
    std::string_view kind_name() const;
};

struct JsonMember {
    std::string name;
    JsonNode value;
};

struct JsonError {
    u32 line = 0;
    std::string what;
};

/// Strict JSON: one value, no comments, no name twice in an object, no deeper than a sane file is.
std::expected<JsonNode, JsonError> parse_json(std::string_view text);

}  // namespace occlum::image

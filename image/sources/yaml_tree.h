// YAML text as the tree that JSON gives, so that the same reader walks it. Plain "true" and "false" are
// booleans, all other scalars text. No aliases, no tags, one document.
#pragma once

#include "image/instance/json_tree.h"

namespace occlum::image {

std::expected<JsonNode, JsonError> parse_yaml(std::string_view text);

}  // namespace occlum::image

// What the writer of images takes for granted of a tree, whoever made its source.
#pragma once

#include "image/node.h"

namespace occlum::image {

inline void demand(bool rule) {
    if (!rule) __builtin_trap();
}

inline void check_tree(const Node& node, int depth = 0) {
    demand(depth < 3000);
    demand(node.is_directory() || node.children.empty());
    for (const auto& [name, child] : node.children) {
        demand(!name.empty() && name.size() <= 255 && name != "." && name != "..");
        demand(name.find('/') == std::string::npos && name.find('\0') == std::string::npos);
        demand(child != nullptr);
        check_tree(*child, depth + 1);
    }
}

}  // namespace occlum::image

#include "image/node.h"

namespace occlum::image {

std::vector<std::string> path_components(const std::string& path) {
    std::vector<std::string> parts;
    size_t at = 0;
    while (at < path.size()) {
        const size_t end = std::min(path.find('/', at), path.size());
        const std::string part = path.substr(at, end - at);
        at = end + 1;
        if (part.empty() || part == ".") continue;
        if (part != "..")
            parts.push_back(part);
        else if (!parts.empty())
            parts.pop_back();
    }
    return parts;
}

NodePtr Tree::make_directories(const std::string& path) {
    NodePtr at = root;
    for (const auto& part : path_components(path)) {
        auto& child = at->children[part];
        if (!child) child = new_directory(0755);
        if (!child->is_directory()) return nullptr;
        at = child;
    }
    return at;
}

NodePtr Tree::find(const std::string& path) const {
    NodePtr at = root;
    for (const auto& part : path_components(path)) {
        const auto child = at->children.find(part);
        if (child == at->children.end()) return nullptr;
        at = child->second;
    }
    return at;
}

}  // namespace occlum::image

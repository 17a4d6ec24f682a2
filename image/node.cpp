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
    constexpr u32 kMostLinks = 40;
    auto parts = path_components(path);
    u32 links = 0;
    NodePtr at = root;
    for (size_t i = 0; i < parts.size(); ++i) {
        auto& child = at->children[parts[i]];
        if (!child) child = new_directory(0755);
        if (child->is_link()) {
            if (++links > kMostLinks) return nullptr;
            // The way so far, unless the link begins at the root; then the link, then what is left.
            std::string way = child->target;
            if (!way.starts_with('/')) {
                std::string before;
                for (size_t j = 0; j < i; ++j) before += parts[j] + "/";
                way = before + way;
            }
            for (size_t j = i + 1; j < parts.size(); ++j) way += "/" + parts[j];
            parts = path_components(way);
            at = root;
            i = ~size_t{0};  // from the first part
            continue;
        }
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

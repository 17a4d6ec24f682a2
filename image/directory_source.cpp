#include "image/directory_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace occlum::image {

namespace {

std::unexpected<std::string> failure(const std::string& path) {
    return std::unexpected(path + ": " + std::strerror(errno));
}

// Those that file systems keep for themselves do not travel.
bool travels(const std::string& name) { return name.starts_with("user.") || name == "security.capability"; }

void read_xattrs(const std::string& path, Node& node) {
    const ssize_t size = llistxattr(path.c_str(), nullptr, 0);
    if (size <= 0) return;
    std::string names(static_cast<size_t>(size), '\0');
    const ssize_t got = llistxattr(path.c_str(), names.data(), names.size());
    names.resize(got > 0 ? static_cast<size_t>(got) : 0);
    for (size_t at = 0; at < names.size();) {
        const std::string name = names.c_str() + at;
        at += name.size() + 1;
        std::string value(64 << 10, '\0');
        const ssize_t length = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
        if (length < 0 || !travels(name)) continue;
        value.resize(static_cast<size_t>(length));
        node.xattrs[name] = value;
    }
}

}  // namespace

std::expected<NodePtr, std::string> DirectoryReader::make(const std::string& path, bool follow) {
    struct stat st{};
    if ((follow ? stat(path.c_str(), &st) : lstat(path.c_str(), &st)) != 0) return failure(path);
    if (S_ISSOCK(st.st_mode)) return NodePtr();
    const bool linked = !S_ISDIR(st.st_mode) && st.st_nlink > 1;
    NodePtr* known = nullptr;
    if (linked) known = &linked_[{st.st_dev, st.st_ino}];
    if (known != nullptr && *known) return *known;
    auto node = std::make_shared<Node>();
    if (known != nullptr) *known = node;
    node->mode = st.st_mode;
    node->uid = st.st_uid;
    node->gid = st.st_gid;
    node->modified_s = st.st_mtim.tv_sec;
    node->modified_ns = static_cast<u32>(st.st_mtim.tv_nsec);
    if (node->is_device()) node->device = st.st_rdev;
    if (node->is_regular()) {
        node->size = static_cast<u64>(st.st_size);
        std::error_code error;
        // When it is read, links are not followed any more.
        const auto real = follow ? std::filesystem::canonical(path, error) : std::filesystem::path(path);
        node->bytes = HostBytes{real.string()};
        tree_.input += node->size;
    }
    if (node->is_link()) {
        std::string target(4096, '\0');
        const ssize_t length = readlink(path.c_str(), target.data(), target.size());
        if (length < 0) return failure(path);
        target.resize(static_cast<size_t>(length));
        node->target = target;
    }
    if (!node->is_link()) read_xattrs(path, *node);
    return node;
}

std::expected<NodePtr, std::string> DirectoryReader::read(const std::string& path, bool follow) {
    auto node = make(path, follow);
    if (!node || !*node || !(*node)->is_directory()) return node;
    if (auto merged = merge(**node, path); !merged) return std::unexpected(merged.error());
    return node;
}

std::expected<void, std::string> DirectoryReader::merge(Node& into, const std::string& directory) {
    std::error_code error;
    std::vector<std::string> names;
    for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
         at.increment(error))
        names.push_back(at->path().filename().string());
    if (error) return std::unexpected(directory + ": " + error.message());
    for (const auto& name : names) {
        std::string path = directory;
        path += '/';
        path += name;
        if (skip && skip(name, path)) continue;
        auto node = make(path, false);
        if (!node) return std::unexpected(node.error());
        if (!*node) continue;
        auto& place = into.children[name];
        const bool join = place && place->is_directory() && (*node)->is_directory();
        if (join) (*node)->children = std::move(place->children);
        place = *node;
        if (!place->is_directory()) continue;
        if (auto merged = merge(*place, path); !merged) return merged;
    }
    return {};
}

}  // namespace occlum::image

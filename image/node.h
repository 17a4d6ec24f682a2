// The tree that becomes an image: what each source makes, and the writer takes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/types.h"

namespace occlum::image {

/// Where a regular file's bytes are.
struct HostBytes {
    std::string path;
};
struct SpooledBytes {
    int fd = -1;  ///< the source's
    u64 offset = 0;
};

struct Node {
    u32 mode = 0;  ///< with the type
    u32 uid = 0, gid = 0;
    i64 modified_s = 0;
    u32 modified_ns = 0;
    u64 device = 0;  ///< of device files
    u64 size = 0;    ///< of regular files
    std::variant<std::monostate, HostBytes, SpooledBytes> bytes;
    std::string target;  ///< of symbolic links
    std::map<std::string, std::string> xattrs;
    std::map<std::string, std::shared_ptr<Node>> children;  ///< hard links share a node

    bool is_directory() const { return (mode & 0170000) == 0040000; }
    bool is_regular() const { return (mode & 0170000) == 0100000; }
    bool is_link() const { return (mode & 0170000) == 0120000; }
    bool is_device() const { return (mode & 0170000) == 0020000 || (mode & 0170000) == 0060000; }
};
using NodePtr = std::shared_ptr<Node>;

/// A directory of root's.
inline NodePtr new_directory(u32 permissions) {
    auto node = std::make_shared<Node>();
    node->mode = 0040000 | permissions;
    return node;
}

/// The components of a path, without empty ones and "."; ".." stays inside the root.
std::vector<std::string> path_components(const std::string& path);

/// The tree of a source, and what keeps its bytes reachable.
class Tree {
public:
    Tree() : root(new_directory(0755)) {}
    virtual ~Tree() = default;
    NodePtr root;
    u64 input = 0;  ///< bytes of all regular files, each once

    /// The directory at `path`, made with its parents where it is missing; links in the tree are followed.
    /// Null: something else is in the way.
    NodePtr make_directories(const std::string& path);
    /// What `path` names, links not followed; null when nothing.
    NodePtr find(const std::string& path) const;
};

}  // namespace occlum::image

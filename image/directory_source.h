// Trees of the host's directories and files.
#pragma once

#include <expected>
#include <functional>

#include "image/node.h"

namespace occlum::image {

/// Reads files and directories into a tree. Hard links stay so; sockets are left out, as tar does. Owners,
/// modes and times are taken as they are.
class DirectoryReader {
public:
    explicit DirectoryReader(Tree& tree) : tree_(tree) {}
    /// Merges what is at `path` of the host into the node: directories are joined, other things replaced.
    /// `follow`: a final symbolic link is followed.
    std::expected<NodePtr, std::string> read(const std::string& path, bool follow);
    std::expected<void, std::string> merge(Node& into, const std::string& directory);
    /// Whether merge() leaves out a name, which is at this path of the host.
    std::function<bool(const std::string& name, const std::string& path)> skip = {};

private:
    std::expected<NodePtr, std::string> make(const std::string& path, bool follow);
    Tree& tree_;
    std::map<std::pair<u64, u64>, NodePtr> linked_;  // device and inode number
};

}  // namespace occlum::image

#include "image/sources/layer.h"

namespace occlum::image {

namespace {

constexpr std::string_view kWhiteout = ".wh.", kOpaque = ".wh..wh..opq";

struct Place {
    std::string folder, name;
};
Place split(const std::string& path) {
    auto parts = path_components(path);
    if (parts.empty()) return {};
    Place place{.folder = "", .name = parts.back()};
    parts.pop_back();
    for (const auto& part : parts) place.folder += "/" + part;
    return place;
}

std::expected<void, std::string> put(const ArchiveEntry& entry, Tree& tree) {
    const Place place = split(entry.path);
    if (place.name.empty()) {  // "./": the root's own attributes
        if (!entry.node->is_directory()) return std::unexpected("the root is no directory");
        entry.node->children = std::move(tree.root->children);
        tree.root = entry.node;
        return {};
    }
    const NodePtr folder = tree.make_directories(place.folder);
    if (!folder) return std::unexpected(entry.path + ": a file is where its directory should be");
    NodePtr& at = folder->children[place.name];
    if (!entry.hard_link.empty()) {
        const Place other = split(entry.hard_link);
        const NodePtr there = other.name.empty() ? nullptr : tree.make_directories(other.folder);
        const auto found = there ? there->children.find(other.name) : folder->children.end();
        if (!there || found == there->children.end() || !found->second || found->second->is_directory())
            return std::unexpected(entry.path + ": is a link to " + entry.hard_link + ", which is not there");
        at = found->second;
        return {};
    }
    if (at && at->is_directory() && entry.node->is_directory())
        entry.node->children = std::move(at->children);
    at = entry.node;
    return {};
}

// What is there of a directory that a whiteout names; nothing is made.
NodePtr existing(const Tree& tree, const std::string& path) {
    const NodePtr found = tree.find(path);
    return found && found->is_directory() ? found : nullptr;
}

}  // namespace

std::expected<void, std::string> apply_layer(ArchiveReader& layer, Spool& contents, Tree& tree) {
    std::vector<ArchiveEntry> entries;
    for (ArchiveEntry entry;;) {
        const auto more = layer.next(entry);
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        const Place place = split(entry.path);
        if (place.name.starts_with(kWhiteout)) {
            const NodePtr folder = existing(tree, place.folder);
            if (folder && place.name == kOpaque)
                folder->children.clear();
            else if (folder)
                folder->children.erase(place.name.substr(kWhiteout.size()));
            continue;
        }
        if ((entry.node->mode & 0170000) == 0140000) continue;  // sockets
        if (entry.node->is_regular() && entry.hard_link.empty()) {
            const auto piece = layer.spool_contents(contents);
            if (!piece) return std::unexpected(piece.error());
            entry.node->size = piece->size;
            entry.node->bytes = SpooledBytes{contents.fd(), piece->offset};
            tree.input += piece->size;
        }
        entries.push_back(std::move(entry));
    }
    for (const ArchiveEntry& entry : entries)
        if (auto done = put(entry, tree); !done) return done;
    return {};
}

}  // namespace occlum::image

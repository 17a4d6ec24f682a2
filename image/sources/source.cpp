#include "image/sources/source.h"

#include <filesystem>

#include "image/directory_source.h"

namespace occlum::image {

namespace {

std::expected<std::unique_ptr<Tree>, std::string> read_directory(const std::string& directory) {
    auto tree = std::make_unique<Tree>();
    DirectoryReader reader(*tree);
    auto root = reader.read(directory, true);
    if (!root) return std::unexpected(root.error());
    tree->root = *root;
    return tree;
}

}  // namespace

bool is_bom(const std::string& path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

std::expected<std::unique_ptr<Tree>, std::string> read_source(const Source& source, ImageDefaults* defaults) {
    std::error_code error;
    if (std::filesystem::is_directory(source.path, error)) return read_directory(source.path);
    if (!std::filesystem::exists(source.path, error))
        return std::unexpected(source.path + ": no such directory, bill of materials or archive");
    if (!is_bom(source.path)) {
        auto tree = read_oci_archive(source.path);
        if (!tree) return std::unexpected(tree.error());
        if (defaults != nullptr) *defaults = (*tree)->defaults;
        return std::unique_ptr<Tree>(std::move(*tree));
    }
    auto tree = std::make_unique<Tree>();
    DirectoryReader reader(*tree);
    for (const std::string& base : source.base)
        if (auto merged = reader.merge(*tree->root, base); !merged) return std::unexpected(merged.error());
    if (auto done = apply_bom(source.path, source.bom, *tree); !done) return std::unexpected(done.error());
    return tree;
}

}  // namespace occlum::image

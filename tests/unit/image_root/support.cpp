#include "tests/unit/image_root/support.h"

#include <sys/stat.h>

#include "image/hash_tree.h"

namespace occlum::image::test {

namespace {

std::string file_difference(si::ImageReader& reader, const si::ImageNode& node, const fs::path& path,
                            u64& errors) {
    const auto wanted = bytes_of(path);
    if (node.size != wanted.size()) return path.string() + ": size";
    std::vector<u8> got(wanted.size());
    // In pieces that do not fit anything.
    constexpr size_t kPiece = 50000;
    for (size_t at = 0; at < got.size(); at += kPiece) {
        const auto piece = std::span(got).subspan(at, std::min(kPiece, got.size() - at));
        if (!reader.read(node, at, piece)) {
            ++errors;
            continue;
        }
        if (!std::ranges::equal(piece, std::span(wanted).subspan(at, piece.size())))
            return path.string() + ": bytes from " + std::to_string(at);
    }
    return {};
}

std::string directory_difference(si::ImageReader& reader, const si::ImageNode& node, const fs::path& path,
                                 u64& errors) {
    Names names;
    if (!reader.list(node, names)) {
        ++errors;
        return {};
    }
    size_t count = 0;
    for (const auto& entry : fs::directory_iterator(path)) {
        ++count;
        const std::string name = entry.path().filename();
        if (!names.all.contains(name)) return path.string() + ": lacks " + name;
        const auto found = reader.lookup(node, name);
        if (!found && found.error() == Errno::Enoent) return path.string() + ": does not find " + name;
        if (!found) ++errors;
        if (found && *found != names.all[name]) return path.string() + ": finds another " + name;
        if (auto wrong = difference(reader, names.all[name], entry.path(), errors); !wrong.empty())
            return wrong;
    }
    if (count != names.all.size()) return path.string() + ": has more names";
    const auto absent = reader.lookup(node, "no such name");
    if (absent) return path.string() + ": finds what is not there";
    return {};
}

void walk(si::ImageReader& reader, u64 number, u64& left) {
    const auto node = reader.node(number);
    if (!node || left == 0) return;
    --left;
    (void)reader.xattrs(*node);
    (void)reader.read_link(*node);
    std::vector<u8> bytes(std::min<u64>(node->size, 1 << 17));
    (void)reader.read(*node, 0, bytes);
    if (node->size > 5000) (void)reader.read(*node, node->size - 5000, std::span(bytes).first(5000));
    Names names;
    (void)reader.list(*node, names);
    for (const auto& [name, child] : names.all) {
        (void)reader.lookup(*node, name);
        walk(reader, child, left);
    }
}

}  // namespace

void walk(si::ImageReader& reader) {
    u64 left = 300;
    walk(reader, reader.root(), left);
}

abi::MeasuredImage rehash(MemoryImage& source) {
    Folder folder;
    auto file = *OutputFile::create(folder.path / "image");
    (void)file.write(0, source.bytes);
    std::vector<sgx::Hash> digests;
    for (size_t at = 0; at < source.bytes.size(); at += si::kBlock)
        digests.push_back(host::sha256(std::span(source.bytes).subspan(at, si::kBlock)));
    const auto root = write_hash_tree(file, digests);
    (void)file.keep();
    source.bytes = bytes_of(folder.path / "image");
    return {.root_hash = *root, .blocks = digests.size()};
}

std::string difference(si::ImageReader& reader, u64 number, const fs::path& path, u64& errors) {
    const auto node = reader.node(number);
    if (!node) {
        ++errors;
        return {};
    }
    struct stat st{};
    lstat(path.c_str(), &st);
    if (node->mode != st.st_mode) return path.string() + ": mode";
    if (node->uid != st.st_uid || node->gid != st.st_gid) return path.string() + ": owner";
    if (node->modified_s != st.st_mtim.tv_sec || node->modified_ns != st.st_mtim.tv_nsec)
        return path.string() + ": time";
    if (S_ISREG(st.st_mode) && node->links != st.st_nlink) return path.string() + ": links";
    if (S_ISREG(st.st_mode)) return file_difference(reader, *node, path, errors);
    if (S_ISDIR(st.st_mode)) return directory_difference(reader, *node, path, errors);
    const auto target = reader.read_link(*node);
    if (!target) ++errors;
    return !target || *target == fs::read_symlink(path) ? "" : path.string() + ": target";
}

}  // namespace occlum::image::test

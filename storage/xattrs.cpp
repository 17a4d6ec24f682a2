// Extended attributes: one text for each file that has any, read and written as a whole.
#include "storage/file_system.h"

namespace occlum::storage {
namespace {

constexpr size_t kHeader = 4;  // lengths of name and value
constexpr u64 kXattrRoom = 40;

std::string text_of(std::span<const u8> bytes) {
    std::string text;
    for (u8 letter : bytes) text += static_cast<char>(letter);
    return text;
}

}  // namespace

Result<FileSystem::Xattrs> FileSystem::load_xattrs(Node& node) {
    if (node.record.xattr_size > kMaxXattrs) return err(Errno::Eio);
    std::vector<u8> bytes(node.record.xattr_size);
    for (size_t at = 0; at < bytes.size(); at += kBlockSize) {
        RefPtr<CachedBlock> block = TRY(node.xattrs.read(at / kBlockSize));
        if (!block) return err(Errno::Eio);
        copy_bytes(std::span(block->bytes).first(std::min(kBlockSize, bytes.size() - at)),
                   std::span(bytes).subspan(at));
    }
    Xattrs xattrs;
    std::span<const u8> rest(bytes);
    while (!rest.empty()) {
        if (rest.size() < kHeader) return err(Errno::Eio);
        size_t name = load<u16>(rest, 0), value = load<u16>(rest, 2);
        if (rest.size() - kHeader < name + value) return err(Errno::Eio);
        xattrs.insert_or_assign(text_of(rest.subspan(kHeader, name)),
                                text_of(rest.subspan(kHeader + name, value)));
        rest = rest.subspan(kHeader + name + value);
    }
    return xattrs;
}

Result<void> FileSystem::save_xattrs(Node& node, const Xattrs& xattrs) {
    std::vector<u8> bytes;
    for (const auto& [name, value] : xattrs) {
        size_t at = bytes.size();
        bytes.resize(at + kHeader);
        store(std::span<u8>(bytes), at, static_cast<u16>(name.size()));
        store(std::span<u8>(bytes), at + 2, static_cast<u16>(value.size()));
        for (char letter : name) bytes.push_back(static_cast<u8>(letter));
        for (char letter : value) bytes.push_back(static_cast<u8>(letter));
    }
    if (bytes.size() > kMaxXattrs) return err(Errno::Enospc);
    TRY(make_room(kXattrRoom, bytes.size() < node.record.xattr_size));
    return changing([&]() -> Result<void> {
        TRY(touch(node));
        u64 blocks = (bytes.size() + kBlockSize - 1) / kBlockSize;
        for (u64 index = 0; index < blocks; ++index) {
            Ref<CachedBlock> block = TRY(node.xattrs.write(index, Before::Unread));
            block->bytes.fill(0);
            auto rest = std::span(bytes).subspan(index * kBlockSize);
            copy_bytes(rest.first(std::min(rest.size(), kBlockSize)), block->bytes);
        }
        TRY(node.xattrs.clear(blocks, BlockTree::kMaxBlocks));
        node.record.xattr_size = static_cast<u32>(bytes.size());
        node.record.changed = now();
        return {};
    });
}

Result<std::string> FileSystem::get_xattr(u64 inode, std::string_view name) {
    Xattrs xattrs = TRY(load_xattrs(*TRY(node(inode))));
    auto found = xattrs.find(name);
    if (found == xattrs.end()) return err(Errno::Enodata);
    return found->second;
}

Result<void> FileSystem::set_xattr(u64 inode, std::string_view name, std::string_view value, u32 flags) {
    constexpr u32 kCreate = 1, kReplace = 2;
    if (name.empty() || name.size() > Directory::kLongestName) return err(Errno::Erange);
    if (value.size() > kMaxXattrs) return err(Errno::Enospc);
    Node* file = TRY(node(inode));
    Xattrs xattrs = TRY(load_xattrs(*file));
    bool there = xattrs.contains(name);
    if (there && (flags & kCreate) != 0) return err(Errno::Eexist);
    if (!there && (flags & kReplace) != 0) return err(Errno::Enodata);
    xattrs.insert_or_assign(std::string(name), std::string(value));
    return save_xattrs(*file, xattrs);
}

Result<void> FileSystem::remove_xattr(u64 inode, std::string_view name) {
    Node* file = TRY(node(inode));
    Xattrs xattrs = TRY(load_xattrs(*file));
    auto found = xattrs.find(name);
    if (found == xattrs.end()) return err(Errno::Enodata);
    xattrs.erase(found);
    return save_xattrs(*file, xattrs);
}

Result<std::vector<std::string>> FileSystem::list_xattrs(u64 inode) {
    std::vector<std::string> names;
    for (const auto& [name, value] : TRY(load_xattrs(*TRY(node(inode))))) names.push_back(name);
    return names;
}

}  // namespace occlum::storage

// Operations on names.
#include "storage/file_system.h"

namespace occlum::storage {
namespace {

// Blocks that an operation on two directories and two inodes may make dirty: each with a path of index
// blocks.
constexpr u64 kNameRoom = 40;
constexpr u32 kMostLinks = 65000;

u8 entry_type(u32 mode) { return static_cast<u8>((mode & kTypeMask) >> 12); }

}  // namespace

Result<void> FileSystem::names_changed(Node& parent) {
    parent.record.size = parent.names->size();
    parent.record.modified = parent.record.changed = now();
    return touch(parent);
}

Result<void> FileSystem::add_name(Node& parent, std::string_view name, const Node& child) {
    TRY(parent.names->add(name, child.number, entry_type(child.record.mode)));
    if (is_directory(child.record.mode)) ++parent.record.links;
    return names_changed(parent);
}

Result<void> FileSystem::remove_name(Node& parent, std::string_view name, const Node& child) {
    TRY(parent.names->remove(name));
    if (is_directory(child.record.mode)) --parent.record.links;
    return names_changed(parent);
}

Result<u64> FileSystem::lookup(u64 parent, std::string_view name) {
    Node* in = TRY(directory(parent));
    const Directory::Entry* entry = in->names->find(name);
    if (entry == nullptr) return err(Errno::Enoent);
    return entry->inode;
}

// A new inode under a name that must be free; `contents` for symbolic links.
Result<FileSystem::Node*> FileSystem::make_in(u64 parent, std::string_view name, const NewNode& wanted,
                                              std::string_view contents) {
    Node* in = TRY(directory(parent));
    if (in->record.links == 0) return err(Errno::Enoent);
    if (name.empty() || name.size() > Directory::kLongestName) return err(Errno::Enametoolong);
    if (in->names->find(name) != nullptr) return err(Errno::Eexist);
    if (is_directory(wanted.mode) && in->record.links >= kMostLinks) return err(Errno::Emlink);
    TRY(make_room(kNameRoom, false));
    NewNode node = wanted;
    if ((in->record.mode & kSetGid) != 0) {
        node.gid = in->record.gid;
        if (is_directory(node.mode)) node.mode |= kSetGid;
    }
    return changing([&]() -> Result<Node*> {
        Node* made = TRY(new_node(node));
        if (is_directory(node.mode)) made->record.links = 2;
        if (!contents.empty()) {
            Ref<CachedBlock> block = TRY(made->data.write(0, Before::Unread));
            for (size_t i = 0; i < contents.size(); ++i) block->bytes.at(i) = static_cast<u8>(contents[i]);
            made->record.size = contents.size();
        }
        TRY(add_name(*in, name, *made));
        return made;
    });
}

Result<u64> FileSystem::create(u64 parent, std::string_view name, const NewNode& node) {
    return TRY(make_in(parent, name, node, {}))->number;
}

Result<u64> FileSystem::symlink(u64 parent, std::string_view name, std::string_view target,
                                const NewNode& node) {
    if (target.empty()) return err(Errno::Enoent);
    if (target.size() >= kBlockSize) return err(Errno::Enametoolong);
    NewNode wanted = node;
    wanted.mode = kTypeLink | 0777;
    return TRY(make_in(parent, name, wanted, target))->number;
}

Result<std::string> FileSystem::read_link(u64 inode) {
    Node* link = TRY(node(inode));
    if ((link->record.mode & kTypeMask) != kTypeLink) return err(Errno::Einval);
    RefPtr<CachedBlock> block = TRY(link->data.read(0));
    if (!block || link->record.size >= kBlockSize) return err(Errno::Eio);
    std::string target;
    for (u8 letter : std::span(block->bytes).first(static_cast<size_t>(link->record.size)))
        target += static_cast<char>(letter);
    return target;
}

Result<u64> FileSystem::create_unnamed(const NewNode& wanted) {
    TRY(make_room(kNameRoom, false));
    return changing([&]() -> Result<u64> {
        Node* made = TRY(new_node(wanted));
        made->record.links = 0;
        ++volume_->super().orphans;
        return made->number;
    });
}

Result<void> FileSystem::link(u64 parent, std::string_view name, u64 inode) {
    Node* in = TRY(directory(parent));
    Node* target = TRY(node(inode));
    if (is_directory(target->record.mode)) return err(Errno::Eperm);
    if (in->record.links == 0) return err(Errno::Enoent);
    if (name.empty() || name.size() > Directory::kLongestName) return err(Errno::Enametoolong);
    if (in->names->find(name) != nullptr) return err(Errno::Eexist);
    if (target->record.links >= kMostLinks) return err(Errno::Emlink);
    TRY(make_room(kNameRoom, false));
    return changing([&]() -> Result<void> {
        TRY(touch(*target));
        if (target->record.links == 0) --volume_->super().orphans;
        ++target->record.links;
        target->record.changed = now();
        return add_name(*in, name, *target);
    });
}

Result<void> FileSystem::unlink(u64 parent, std::string_view name) {
    Node* in = TRY(directory(parent));
    Node* child = TRY(node(TRY(lookup(parent, name))));
    if (is_directory(child->record.mode)) return err(Errno::Eisdir);
    TRY(make_room(kNameRoom, true));
    return changing([&]() -> Result<void> {
        TRY(remove_name(*in, name, *child));
        return lose_link(*child);
    });
}

Result<void> FileSystem::rmdir(u64 parent, std::string_view name) {
    Node* in = TRY(directory(parent));
    u64 number = TRY(lookup(parent, name));
    Node* child = TRY(directory(number));
    if (!child->names->empty()) return err(Errno::Enotempty);
    TRY(make_room(kNameRoom, true));
    return changing([&]() -> Result<void> {
        TRY(remove_name(*in, name, *child));
        return lose_link(*child);
    });
}

Result<void> FileSystem::exchange(Node& from, std::string_view name, Node& one, Node& to,
                                  std::string_view new_name, Node& other) {
    return changing([&]() -> Result<void> {
        TRY(touch(one));
        TRY(touch(other));
        TRY(from.names->replace(name, other.number, entry_type(other.record.mode)));
        TRY(to.names->replace(new_name, one.number, entry_type(one.record.mode)));
        if (is_directory(one.record.mode)) {
            --from.record.links;
            ++to.record.links;
        }
        if (is_directory(other.record.mode)) {
            --to.record.links;
            ++from.record.links;
        }
        one.record.changed = other.record.changed = now();
        TRY(names_changed(from));
        return names_changed(to);
    });
}

Result<void> FileSystem::rename(u64 parent, std::string_view name, u64 new_parent, std::string_view new_name,
                                u32 flags) {
    Node* from = TRY(directory(parent));
    Node* to = TRY(directory(new_parent));
    if (to->record.links == 0) return err(Errno::Enoent);
    if (new_name.empty() || new_name.size() > Directory::kLongestName) return err(Errno::Enametoolong);
    Node* child = TRY(node(TRY(lookup(parent, name))));
    const Directory::Entry* there = to->names->find(new_name);
    if (there != nullptr && (flags & kRenameNoReplace) != 0) return err(Errno::Eexist);
    Node* target = there == nullptr ? nullptr : TRY(node(there->inode));
    bool moves_directory = is_directory(child->record.mode);
    if ((flags & kRenameExchange) != 0) {
        if (target == nullptr) return err(Errno::Enoent);
        TRY(make_room(kNameRoom, false));
        return target == child ? Result<void>() : exchange(*from, name, *child, *to, new_name, *target);
    }
    if (target == child) return {};
    if (target != nullptr && is_directory(target->record.mode)) {
        if (!moves_directory) return err(Errno::Eisdir);
        if (!TRY(directory(target->number))->names->empty()) return err(Errno::Enotempty);
    } else if (target != nullptr && moves_directory) {
        return err(Errno::Enotdir);
    }
    TRY(make_room(kNameRoom, false));
    return changing([&]() -> Result<void> {
        TRY(touch(*child));
        child->record.changed = now();
        if (target != nullptr) {
            TRY(remove_name(*to, new_name, *target));
            TRY(lose_link(*target));
        }
        TRY(remove_name(*from, name, *child));
        return add_name(*to, new_name, *child);
    });
}

Result<void> FileSystem::list(u64 parent, u64 cookie, NameSink& sink) {
    Node* in = TRY(directory(parent));
    if (in->record.links == 0) return {};
    return in->names->list(cookie, sink);
}

}  // namespace occlum::storage

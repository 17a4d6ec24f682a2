// Inodes: their slots in the table, their life.
#include "storage/file_system.h"

namespace occlum::storage {
namespace {
constexpr u64 kAccessRoom = 80;  // what changes need goes before
}

Result<InodeRecord> FileSystem::load_record(u64 inode) {
    if (inode < kRoot || inode >= volume_->super().inode_count) return err(Errno::Estale);
    RefPtr<CachedBlock> block = TRY(inodes_.read(inode / InodeRecord::kPerBlock));
    if (!block) return err(Errno::Eio);
    return InodeRecord::decode(
        std::span(block->bytes)
            .subspan(inode % InodeRecord::kPerBlock * InodeRecord::kSize, InodeRecord::kSize));
}

FileSystem::Node* FileSystem::add_node(u64 inode, const InodeRecord& record) {
    nodes_.put(inode, std::make_unique<Node>(*volume_, inode, record));
    return nodes_.find(inode);
}

Result<FileSystem::Node*> FileSystem::node(u64 inode) {
    if (Node* known = nodes_.find(inode)) return known;
    InodeRecord record = TRY(load_record(inode));
    if (record.mode == 0) return err(Errno::Estale);
    return add_node(inode, record);
}

Result<FileSystem::Node*> FileSystem::directory(u64 inode) {
    Node* found = TRY(node(inode));
    if (!is_directory(found->record.mode)) return err(Errno::Enotdir);
    if (!found->names) found->names = TRY(Directory::load(found->data, found->record.size));
    return found;
}

Result<FileSystem::Node*> FileSystem::regular(u64 inode) {
    Node* found = TRY(node(inode));
    if (is_directory(found->record.mode)) return err(Errno::Eisdir);
    if (!is_regular(found->record.mode)) return err(Errno::Einval);
    return found;
}

// The record's block in the table is dirty from now on, so that room for it is counted.
Result<void> FileSystem::touch(Node& node) {
    dirty_ = true;
    if (node.changed) return {};
    TRY(inodes_.write(node.number / InodeRecord::kPerBlock, Before::Kept));
    node.changed = true;
    changed_.insert(node.number);
    return {};
}

Result<FileSystem::Node*> FileSystem::new_node(const NewNode& wanted) {
    Superblock& super = volume_->super();
    u64 inode = super.inode_count;
    u64 next_free = 0;
    if (super.free_inode != 0) {
        inode = super.free_inode;
        InodeRecord free = TRY(load_record(inode));
        if (free.mode != 0) return err(Errno::Eio);
        next_free = free.next_free;
    }
    Time time = now();
    InodeRecord record{.mode = wanted.mode,
                       .links = 1,
                       .uid = wanted.uid,
                       .gid = wanted.gid,
                       .rdev = wanted.rdev,
                       .accessed = time,
                       .modified = time,
                       .changed = time,
                       .born = time};
    Node* const node = add_node(inode, record);
    TRY(touch(*node));
    if (super.free_inode != 0)
        super.free_inode = next_free;
    else
        ++super.inode_count;
    ++super.inodes_used;
    return node;
}

Result<void> FileSystem::lose_link(Node& node) {
    TRY(touch(node));
    node.record.changed = now();
    if (node.record.links > 0) --node.record.links;
    // A directory's last link but one is its own ".".
    if (is_directory(node.record.mode)) node.record.links = 0;
    if (node.record.links != 0) return {};
    ++volume_->super().orphans;
    if (node.holds == 0) return destroy(node);
    return {};
}

// Of a file without names: its blocks and its slot are free.
Result<void> FileSystem::destroy(Node& node) {
    TRY(touch(node));
    TRY(node.data.clear(0, BlockTree::kMaxBlocks));
    TRY(node.xattrs.clear(0, BlockTree::kMaxBlocks));
    u64 inode = node.number;
    Superblock& super = volume_->super();
    Ref<CachedBlock> block = TRY(inodes_.write(inode / InodeRecord::kPerBlock, Before::Kept));
    InodeRecord free{.next_free = super.free_inode};
    free.encode(std::span(block->bytes).subspan(inode % InodeRecord::kPerBlock * InodeRecord::kSize));
    super.free_inode = inode;
    --super.inodes_used;
    --super.orphans;
    changed_.erase(inode);
    nodes_.take(inode);
    return {};
}

Result<void> FileSystem::hold(u64 inode) {
    let_nodes_go();
    Node* found = TRY(node(inode));
    ++found->holds;
    return {};
}

bool FileSystem::is_last(u64 inode) const {
    const Node* const found = nodes_.find(inode);
    return found != nullptr && found->holds == 1 && found->record.links == 0;
}

void FileSystem::release(u64 inode) {
    Node* const node = nodes_.find(inode);
    if (node == nullptr || node->holds == 0) return;
    if (--node->holds != 0 || node->record.links != 0 || volume_->failed()) return;
    if (!make_room(32, true)) return;
    static_cast<void>(changing([&] { return destroy(*node); }));
}

Result<Attributes> FileSystem::attributes(u64 inode) {
    Node* found = TRY(node(inode));
    const InodeRecord& record = found->record;
    return Attributes{.inode = inode,
                      .mode = record.mode,
                      .links = record.links,
                      .uid = record.uid,
                      .gid = record.gid,
                      .rdev = record.rdev,
                      .size = record.size,
                      .blocks = found->data.blocks,
                      .accessed = record.accessed,
                      .modified = record.modified,
                      .changed = record.changed,
                      .born = record.born};
}

Result<void> FileSystem::change(u64 inode, const AttributeChange& change) {
    Node* found = TRY(node(inode));
    if (change.size) {
        found = TRY(regular(inode));
        if (*change.size > kMaxSize) return err(Errno::Efbig);
    }
    TRY(make_room(32, change.size && *change.size <= found->record.size));
    return changing([&]() -> Result<void> {
        TRY(touch(*found));
        InodeRecord& record = found->record;
        if (change.size) TRY(resize(*found, *change.size));
        if (change.mode) record.mode = (record.mode & kTypeMask) | (*change.mode & ~kTypeMask);
        if (change.uid) record.uid = *change.uid;
        if (change.gid) record.gid = *change.gid;
        record.changed = now();
        if (change.accessed) record.accessed = *change.accessed;
        if (change.modified) record.modified = *change.modified;
        return {};
    });
}

void FileSystem::set_accessed(u64 inode, const Time& time) {
    auto found = node(inode);
    // Not worth a commit.
    if (!found || volume_->failed() || volume_->dirty_full() || volume_->room() < kAccessRoom) return;
    if (touch(**found)) (*found)->record.accessed = time;
}

}  // namespace occlum::storage

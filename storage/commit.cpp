// How changes reach the store. A commit writes, from the bottom up: contents, the records of inodes, the map
// of blocks in use, the superblock.
#include "storage/file_system.h"

namespace occlum::storage {
namespace {

// Room that only calls which make room may use.
constexpr u64 kSpare = 64;
constexpr u64 kLeastCapacity = 256;

}  // namespace

FileSystem::FileSystem(const Config& config, std::unique_ptr<Volume> volume)
    : config_(config),
      volume_(std::move(volume)),
      inodes_(*volume_, volume_->super().inodes),
      space_(*volume_, volume_->super().space),
      last_commit_(config.clock()) {}

FileSystem::~FileSystem() = default;

Result<std::unique_ptr<FileSystem>> FileSystem::format(const Config& config, u64 capacity,
                                                       const NewNode& root) {
    if (capacity < kLeastCapacity) return err(Errno::Einval);
    auto volume = TRY(Volume::create(config.volume, capacity));
    volume->super().inode_count = kRoot;
    std::unique_ptr<FileSystem> fs(new FileSystem(config, std::move(volume)));
    // All pages of the map, so that it never grows.
    for (u64 page = 0; page < fs->volume_->space().pages(); ++page)
        TRY(fs->space_.write(page, Before::Unread));
    Node* node = TRY(
        fs->new_node({.mode = kTypeDirectory | (root.mode & ~kTypeMask), .uid = root.uid, .gid = root.gid}));
    node->record.links = 2;
    TRY(fs->commit());
    return fs;
}

Result<std::unique_ptr<FileSystem>> FileSystem::mount(const Config& config) {
    auto volume = TRY(Volume::open(config.volume));
    std::unique_ptr<FileSystem> fs(new FileSystem(config, std::move(volume)));
    Space& space = fs->volume_->space();
    for (u64 page = 0; page < space.pages(); ++page) {
        RefPtr<CachedBlock> block = TRY(fs->space_.read(page));
        if (!block) return err(Errno::Eio);
        space.load_page(page, block->bytes);
    }
    space.loaded();
    Node* root = TRY(fs->node(kRoot));
    if (!is_directory(root->record.mode)) return err(Errno::Eio);
    if (fs->volume_->super().orphans != 0) TRY(fs->drop_orphans());
    return fs;
}

// Files that had no name, but were open, when the last run ended.
Result<void> FileSystem::drop_orphans() {
    for (u64 inode = kRoot; inode < volume_->super().inode_count; ++inode) {
        InodeRecord record = TRY(load_record(inode));
        if (record.mode == 0 || record.links != 0) continue;
        TRY(make_room(32, true));
        Node* orphan = TRY(node(inode));
        TRY(changing([&] { return destroy(*orphan); }));
    }
    volume_->super().orphans = 0;
    return {};
}

Result<void> FileSystem::begin_whole(u64 blocks) {
    TRY(make_room(blocks, false));
    in_whole_ = true;
    return {};
}

bool FileSystem::must_make_room(u64 blocks, bool removing) const {
    return commit_is_due() || changed_.size() > kMostNodes || volume_->dirty_full() ||
           volume_->room() < blocks + (removing ? 0 : kSpare);
}

// Before a change: everything that may fail for a reason of its own.
Result<void> FileSystem::make_room(u64 blocks, bool removing) {
    if (volume_->failed()) return err(Errno::Eio);
    if (in_whole_) return volume_->room() >= blocks ? Result<void>() : err(Errno::Enospc);
    if (!must_make_room(blocks, removing)) return {};
    if (commit_is_due() || changed_.size() > kMostNodes) TRY(commit());
    if (volume_->dirty_full()) TRY(write_early());
    if (volume_->dirty_full()) TRY(commit());
    u64 needed = blocks + (removing ? 0 : kSpare);
    if (volume_->room() >= needed) return {};
    // What the last commit holds and this state does not is free after the next.
    if (volume_->space().allocatable() != volume_->space().unused()) TRY(commit());
    if (volume_->room() < needed) return err(Errno::Enospc);
    return {};
}

bool FileSystem::commit_is_due() const {
    if (!dirty_ || config_.commit_seconds == 0) return false;
    Time time = now();
    i64 due = last_commit_.seconds + static_cast<i64>(config_.commit_seconds);
    return time.seconds >= due || time.seconds < last_commit_.seconds;
}

// Inodes that nobody holds are read again when they are needed. Looking for them costs as much as there are
// of any kind, so it is done again only when their number has doubled. Those that changed stay until the next
// commit, which make_room() sees to.
void FileSystem::let_nodes_go() {
    if (nodes_.size() <= node_limit_ || in_whole_) return;
    std::vector<u64> unused;
    nodes_.for_each([&](u64 inode, const Node* node) {
        if (node->holds == 0 && !node->changed) unused.push_back(inode);
    });
    for (const u64 inode : unused) nodes_.take(inode);
    node_limit_ = std::max(kMostNodes, 2 * nodes_.size());
}

// Contents go out before they are committed, so that memory stays bounded. A crash forgets them.
Result<void> FileSystem::write_early() {
    for (u64 inode : changed_) TRY(changing([&] { return nodes_.find(inode)->data.write_leaves(); }));
    return volume_->push();
}

Result<void> FileSystem::save(Node& node) {
    TRY(node.data.write_all());
    TRY(node.xattrs.write_all());
    node.record.data = node.data.root();
    node.record.xattrs = node.xattrs.root();
    node.record.blocks = node.data.blocks;
    node.record.reserved = node.data.reserved;
    Ref<CachedBlock> block = TRY(inodes_.write(node.number / InodeRecord::kPerBlock, Before::Kept));
    node.record.encode(
        std::span(block->bytes).subspan(node.number % InodeRecord::kPerBlock * InodeRecord::kSize));
    node.changed = false;
    return {};
}

// Writing the map allocates and frees blocks, which changes the map: places are chosen until nothing changes
// any more, then it is written.
Result<void> FileSystem::save_space() {
    Space& space = volume_->space();
    for (;;) {
        for (u64 page : std::set<u64>(space.changed())) TRY(space_.write(page, Before::Unread));
        if (TRY(space_.plan_all()) == 0) break;
    }
    for (u64 page : space.changed()) space.save(page, TRY(space_.write(page, Before::Unread))->bytes);
    return space_.write_all();
}

Result<void> FileSystem::commit() {
    if (volume_->failed()) return err(Errno::Eio);
    auto all = [&]() -> Result<void> {
        for (u64 inode : changed_) TRY(save(*nodes_.find(inode)));
        changed_.clear();
        TRY(inodes_.write_all());
        TRY(save_space());
        volume_->super().inodes = inodes_.root();
        volume_->super().space = space_.root();
        // Others may be let in from here on; what they change is not part of it.
        dirty_ = false;
        last_commit_ = now();
        return volume_->commit();
    };
    return changing(all);
}

Result<void> FileSystem::sync() {
    if (volume_->failed()) return err(Errno::Eio);
    return dirty_ ? commit() : volume_->finish_commit();
}

Result<void> FileSystem::change_key(const MasterKey& key) {
    TRY(sync());
    return changing([&] { return volume_->change_key(key); });
}

Usage FileSystem::usage() const {
    const Superblock& super = volume_->super();
    u64 room = volume_->room();
    return {.blocks = super.capacity,
            .free_blocks = room > kSpare ? room - kSpare : 0,
            .inodes = super.inodes_used};
}

}  // namespace occlum::storage

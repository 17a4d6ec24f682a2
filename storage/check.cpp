#include "storage/check.h"

namespace occlum::storage {

void Checker::complain(std::string_view what, u64 number) {
    constexpr size_t kMost = 100;
    if (findings_.size() == kMost) return;
    std::string text(what);
    text += ' ';
    text += std::to_string(number);
    findings_.push_back(std::move(text));
}

// Every block opens with its key, and nothing else refers to it.
void Checker::count_tree(BlockTree& tree, u64 inode) {
    auto block = std::make_unique<Block>();
    auto visit = [&](const Pointer& pointer, u8 level) -> Result<void> {
        if (!found_.insert(pointer.location).second) complain("two references to block", pointer.location);
        if (!fs_.volume_->space().in_use(pointer.location))
            complain("in use but free: block", pointer.location);
        if (!fs_.volume_->read(pointer, level, *block)) complain("cannot be read: block", pointer.location);
        return {};
    };
    if (!tree.each_block(visit)) complain("unreadable tree of inode", inode);
}

void Checker::check_directory(FileSystem::Node& node) {
    auto loaded = fs_.directory(node.number);
    if (!loaded) return complain("damaged directory", node.number);
    links_[node.number] += 1;  // "."
    for (const auto& [name, entry] : node.names->names()) {
        auto child = fs_.load_record(entry.inode);
        if (!child || child->mode == 0) {
            complain("a name leads nowhere in directory", node.number);
            continue;
        }
        if (entry.type != (child->mode & kTypeMask) >> 12)
            complain("wrong type in a name of inode", entry.inode);
        links_[entry.inode] += 1;
        if (is_directory(child->mode)) links_[node.number] += 1;  // ".."
    }
}

void Checker::check_inode(u64 inode) {
    auto record = fs_.load_record(inode);
    if (!record) return complain("unreadable inode", inode);
    if (record->mode == 0) return;
    ++used_;
    auto node = fs_.node(inode);
    if (!node) return complain("unreadable inode", inode);
    FileSystem::Node& file = **node;
    wanted_[inode] = file.record.links;
    if (file.record.links == 0) ++orphans_;
    reserved_ += file.data.reserved;
    count_tree(file.data, inode);
    count_tree(file.xattrs, inode);
    if (!fs_.load_xattrs(file)) complain("damaged attributes of inode", inode);
    if (is_directory(file.record.mode)) check_directory(file);
}

void Checker::check_links() {
    if (wanted_.contains(FileSystem::kRoot)) ++links_[FileSystem::kRoot];  // its own ".."
    for (const auto& [inode, wanted] : wanted_) {
        u32 found = links_.contains(inode) ? links_.at(inode) : 0;
        // An orphaned directory has its ".", which does not count.
        if (wanted == 0 ? found > 1 : found != wanted) complain("wrong number of links of inode", inode);
    }
}

void Checker::check_free_slots() {
    const Superblock& super = fs_.volume_->super();
    u64 slots = super.inode_count - FileSystem::kRoot - used_, seen = 0;
    for (u64 at = super.free_inode; at != 0 && seen <= slots; ++seen) {
        auto record = fs_.load_record(at);
        if (!record || record->mode != 0) return complain("in use but in the list of free slots: inode", at);
        at = record->next_free;
    }
    if (seen != slots) complain("the list of free inodes has a length of", seen);
    if (used_ != super.inodes_used) complain("wrong number of inodes:", super.inodes_used);
    if (orphans_ != super.orphans) complain("wrong number of inodes without names:", super.orphans);
    if (reserved_ != super.reserved) complain("wrong number of blocks set aside:", super.reserved);
}

void Checker::check_space() {
    const Space& space = fs_.volume_->space();
    for (u64 slot = 0; slot < Superblock::kSlots; ++slot) found_.insert(slot);
    if (found_.size() == space.used()) return;
    for (u64 block = 0; block < space.capacity(); ++block)
        if (space.in_use(block) && !found_.contains(block)) complain("nothing refers to block", block);
}

Result<std::vector<std::string>> Checker::run() {
    TRY(fs_.sync());
    count_tree(fs_.inodes_, 0);
    count_tree(fs_.space_, 0);
    for (u64 inode = FileSystem::kRoot; inode < fs_.volume_->super().inode_count; ++inode) check_inode(inode);
    check_links();
    check_free_slots();
    check_space();
    return std::move(findings_);
}

Result<std::vector<std::string>> FileSystem::check() { return Checker(*this).run(); }

}  // namespace occlum::storage

// What changes will read, brought into memory before them by whoever may wait for the store.
#include "storage/file_system.h"

namespace occlum::storage {

// As touch() reads it, or the making of the inode with that number.
Result<void> FileSystem::foresee_record(u64 inode) {
    const Node* const known = nodes_.find(inode);
    if (known != nullptr && known->changed) return {};
    return inodes_.foresee_block(inode / InodeRecord::kPerBlock);
}

Result<void> FileSystem::foresee_new() {
    const Superblock& super = volume_->super();
    return foresee_record(super.free_inode != 0 ? super.free_inode : super.inode_count);
}

Result<void> FileSystem::foresee_change(u64 inode) {
    TRY(node(inode));
    return foresee_record(inode);
}

bool FileSystem::is_near(u64 inode, u64 offset, u64 size) const {
    const Node* const file = nodes_.find(inode);
    if (file == nullptr || size == 0 || offset + size < offset) return false;
    if (!file->changed && !inodes_.holds(inode / InodeRecord::kPerBlock)) return false;
    const u64 end = (offset + size + kBlockSize - 1) / kBlockSize;
    for (u64 index = offset / kBlockSize; index < end; ++index)
        if (!file->data.holds(index)) return false;
    return true;
}

Result<void> FileSystem::foresee_write(u64 inode, u64 offset, u64 size) {
    Node* file = TRY(regular(inode));
    TRY(foresee_record(inode));
    const u64 end = offset + size;
    if (size == 0 || end < offset) return {};
    if (offset % kBlockSize != 0) TRY(file->data.foresee_block(offset / kBlockSize));
    if (end % kBlockSize != 0) TRY(file->data.foresee_block(end / kBlockSize));
    u64 next = offset / kBlockSize;
    return file->data.foresee(next, end / kBlockSize + 1);
}

Result<void> FileSystem::foresee_range(u64 inode, u64 offset, u64 end, u64& next) {
    Node* file = TRY(regular(inode));
    TRY(foresee_record(inode));
    TRY(file->data.foresee_block(offset / kBlockSize));
    TRY(file->data.foresee_block(end / kBlockSize));
    next = std::max(next, offset / kBlockSize);
    return file->data.foresee(next, end / kBlockSize + 1);
}

Result<void> FileSystem::foresee_name(u64 parent, std::string_view name) {
    Node* in = TRY(directory(parent));
    TRY(foresee_record(parent));
    for (u64 index : in->names->blocks_for(name)) TRY(in->data.foresee_block(index));
    const Directory::Entry* entry = in->names->find(name);
    if (entry == nullptr) return foresee_new();
    const u64 child = entry->inode;
    Node* named = TRY(node(child));
    if (is_directory(named->record.mode)) TRY(directory(child));
    return foresee_record(child);
}

Result<void> FileSystem::foresee_release(u64 inode, u64& next) {
    Node* file = TRY(node(inode));
    TRY(foresee_record(inode));
    u64 first = 0;
    TRY(file->xattrs.foresee(first, BlockTree::kMaxBlocks));
    return file->data.foresee(next, BlockTree::kMaxBlocks);
}

Result<void> FileSystem::foresee_commit() {
    u64 next = 0;
    return space_.foresee(next, volume_->space().pages());
}

}  // namespace occlum::storage

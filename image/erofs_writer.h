// A tree as EROFS blocks. In three steps, so that nothing is written twice: the bytes of all files; then the
// place of every inode, which depends on sizes alone; then directories and inodes.
#pragma once

#include "image/file_data.h"

namespace occlum::image {

class ErofsWriter {
public:
    ErofsWriter(const Tree& tree, BlockWriter& blocks, std::function<bool(u64)> taken)
        : tree_(tree), blocks_(blocks), taken_(std::move(taken)) {}
    /// Appends all blocks, then sets the first.
    std::expected<void, std::string> write();
    u64 files() const { return inodes_.size(); }

private:
    struct Inode {
        const Node* node = nullptr;
        const Node* parent = nullptr;  // of a directory
        u64 number = 0;
        u32 links = 0;
        storage::image::Layout layout = storage::image::Layout::Plain;
        u64 size = 0;
        u32 start = 0;             // first block of what is in blocks; of a compressed file, their count
        std::vector<u8> xattrs;    // as they are stored
        std::vector<u8> index;     // Compressed
        std::vector<u8> contents;  // of links and small files
        u64 room() const;
    };
    /// Blocks of metadata, filled as places are given.
    struct Place {
        u64 block = 0;
        size_t used = 0;
    };

    void collect(const Node& node, const Node& parent);
    Inode& of(const Node& node) { return inodes_[ids_.at(&node)]; }
    std::expected<void, std::string> store_file(Inode& inode);
    std::expected<void, std::string> store_contents();
    void choose_layout(Inode& inode);
    void place(Inode& inode);
    u64 take_room(u64 size);
    std::vector<u8> directory_bytes(const Inode& inode);
    std::expected<void, std::string> write_directories();
    std::expected<void, std::string> write_metadata();
    void emit(const Inode& inode, std::vector<u8>& area);
    std::expected<void, std::string> write_superblock();

    const Tree& tree_;
    BlockWriter& blocks_;
    std::function<bool(u64)> taken_;
    std::vector<Inode> inodes_;  // the root first, then as the paths are sorted
    std::map<const Node*, size_t> ids_;
    std::vector<Place> open_;  // blocks of metadata with room
    u64 metadata_blocks_ = 0;
    u32 metadata_start_ = 0;
};

}  // namespace occlum::image

// fsck: what a sound image looks like, compared with what is there.
#pragma once

#include "storage/file_system.h"

namespace occlum::storage {

class Checker {
public:
    explicit Checker(FileSystem& fs) : fs_(fs) {}
    Result<std::vector<std::string>> run();

private:
    void complain(std::string_view what, u64 number);
    void count_tree(BlockTree& tree, u64 inode);
    void check_inode(u64 inode);
    void check_directory(FileSystem::Node& node);
    void check_links();
    void check_free_slots();
    void check_space();

    FileSystem& fs_;
    std::vector<std::string> findings_;
    std::set<u64> found_;        // blocks that something refers to
    std::map<u64, u32> links_;   // names of each inode, "." and ".." among them
    std::map<u64, u32> wanted_;  // what the inode says
    u64 orphans_ = 0, reserved_ = 0, used_ = 0;
};

}  // namespace occlum::storage

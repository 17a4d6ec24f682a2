// The names in a directory. Its blocks are chains of records; a record keeps its place until its name goes,
// so places serve as the cookies of readdir. In memory there is an index by name, made at the first use.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "storage/block_tree.h"

namespace occlum::storage {

struct Name {
    std::string_view name;
    u64 inode;
    u8 type;          ///< DT_*
    u64 next_cookie;  ///< above 2
};
/// Returns false to stop: the name was not taken.
class NameSink {
public:
    virtual ~NameSink() = default;
    virtual bool take(const Name& name) = 0;
};

class Directory {
public:
    struct Entry {
        u64 inode = 0;
        u8 type = 0;
        u64 place = 0;
    };
    /// EIO: damaged.
    static Result<std::unique_ptr<Directory>> load(BlockTree& blocks, u64 size);

    const Entry* find(std::string_view name) const;
    bool empty() const { return names_.empty(); }
    size_t count() const { return names_.size(); }
    u64 size() const { return gaps_.size() * kBlockSize; }
    const std::map<std::string, Entry, std::less<>>& names() const { return names_; }

    /// The name is free.
    Result<void> add(std::string_view name, u64 inode, u8 type);
    /// The name is there.
    Result<void> remove(std::string_view name);
    Result<void> replace(std::string_view name, u64 inode, u8 type);
    Result<void> list(u64 cookie, NameSink& sink);
    /// Those that adding, removing, replacing the name will change.
    std::array<u64, 2> blocks_for(std::string_view name);

    static constexpr size_t kLongestName = 255;

private:
    explicit Directory(BlockTree& blocks) : blocks_(blocks) {}
    size_t block_with_room(size_t needed);

    BlockTree& blocks_;
    std::map<std::string, Entry, std::less<>> names_;
    std::vector<u16> gaps_;  // the largest gap of each block
    size_t first_gap_ = 0;   // no block before has room for the shortest name
};

}  // namespace occlum::storage

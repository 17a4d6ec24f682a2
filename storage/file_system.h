// The file system: POSIX files over a volume. Inodes are named by their numbers; whoever keeps a number over
// a call holds it.
//
// Every call is a whole: the state that a crash goes back to is that between two calls (large writes are
// several, of 256 KiB). Permissions, paths and whether a target's type fits are the callers' business, but
// for what keeps the tree sound.
#pragma once

#include "storage/directory.h"
#include "storage/inode.h"

namespace occlum::storage {

struct NewNode {
    u32 mode = 0, uid = 0, gid = 0;
    u64 rdev = 0;
};
struct Attributes {
    u64 inode = 0;
    u32 mode = 0, links = 0, uid = 0, gid = 0;
    u64 rdev = 0, size = 0, blocks = 0;  ///< blocks: of kBlockSize
    Time accessed = {}, modified = {}, changed = {}, born = {};
};
struct AttributeChange {
    std::optional<u32> mode = {}, uid = {}, gid = {};
    std::optional<Time> accessed = {}, modified = {};
    std::optional<u64> size = {};
};
struct Usage {
    u64 blocks = 0, free_blocks = 0, inodes = 0;
};

inline constexpr u32 kRenameNoReplace = 1, kRenameExchange = 2;
inline constexpr u32 kAllocateKeepSize = 1, kAllocatePunch = 2, kAllocateCollapse = 8, kAllocateZero = 16,
                     kAllocateInsert = 32;

struct Config {
    VolumeConfig volume;
    Time (*clock)() = nullptr;
    u64 commit_seconds =
        5;  ///< a change is committed after this time at the latest when there are further ones; 0 never
};

class FileSystem {
public:
    /// An empty one of `capacity` blocks, with a root directory; committed.
    static Result<std::unique_ptr<FileSystem>> format(const Config& config, u64 capacity,
                                                      const NewNode& root);
    /// Errors of Volume::open.
    static Result<std::unique_ptr<FileSystem>> mount(const Config& config);
    ~FileSystem();

    static constexpr u64 kRoot = 1;
    static constexpr u64 kMaxSize = BlockTree::kMaxBlocks * kBlockSize;
    static constexpr size_t kMaxXattrs = 60 << 10;

    // Foresight: these bring into memory what a call is going to read, and change nothing. Each may fail
    // anywhere and be tried again; `next`, 0 at first, is how far it has come.
    Result<void> foresee_change(u64 inode);  ///< of attributes but the size
    /// Whether these contents, and what the time of an access changes, are in memory: a read asks nobody.
    bool is_near(u64 inode, u64 offset, u64 size) const;
    Result<void> foresee_write(u64 inode, u64 offset, u64 size);
    /// change() of the size, allocate(), seek().
    Result<void> foresee_range(u64 inode, u64 offset, u64 end, u64& next);
    Result<void> foresee_name(u64 directory, std::string_view name);
    Result<void> foresee_new();
    Result<void> foresee_release(u64 inode, u64& next);
    Result<void> foresee_commit();
    /// Whether a change that takes `blocks` would write contents out or commit first.
    bool must_make_room(u64 blocks, bool removing) const;
    /// Does so.
    Result<void> make_room(u64 blocks, bool removing);

    Result<void> hold(u64 inode);
    /// The last one takes a file without names away.
    void release(u64 inode);
    /// Whether the next release() does that.
    bool is_last(u64 inode) const;

    Result<u64> lookup(u64 directory, std::string_view name);
    Result<u64> create(u64 directory, std::string_view name, const NewNode& node);
    Result<u64> symlink(u64 directory, std::string_view name, std::string_view target, const NewNode& node);
    /// A regular file without a name; the caller holds it at once.
    Result<u64> create_unnamed(const NewNode& node);
    Result<void> link(u64 directory, std::string_view name, u64 inode);
    Result<void> unlink(u64 directory, std::string_view name);
    Result<void> rmdir(u64 directory, std::string_view name);
    Result<void> rename(u64 directory, std::string_view name, u64 new_directory, std::string_view new_name,
                        u32 flags);
    Result<void> list(u64 directory, u64 cookie, NameSink& sink);
    Result<std::string> read_link(u64 inode);

    Result<Attributes> attributes(u64 inode);
    Result<void> change(u64 inode, const AttributeChange& change);
    /// A regular file's block; null: zeroes.
    Result<RefPtr<CachedBlock>> read_block(u64 inode, u64 index);
    /// Short at the end of the file.
    Result<size_t> read(u64 inode, u64 offset, std::span<u8> out);
    Result<size_t> write(u64 inode, u64 offset, std::span<const u8> bytes);
    void set_accessed(u64 inode, const Time& time);
    Result<void> allocate(u64 inode, u32 mode, u64 offset, u64 length);
    Result<u64> seek(u64 inode, u64 offset, bool hole);

    Result<std::string> get_xattr(u64 inode, std::string_view name);
    /// `flags`: 1 must be new, 2 must be there.
    Result<void> set_xattr(u64 inode, std::string_view name, std::string_view value, u32 flags);
    Result<void> remove_xattr(u64 inode, std::string_view name);
    Result<std::vector<std::string>> list_xattrs(u64 inode);

    /// Of the image; the same for all its mounts.
    const std::array<u8, 16>& identity() const { return volume_->super().uuid; }
    Usage usage() const;
    /// Until end_whole() the calls, which take no more than `blocks`, are one whole: no commit lies between.
    Result<void> begin_whole(u64 blocks);
    void end_whole() { in_whole_ = false; }
    bool in_whole() const { return in_whole_; }
    /// All that was done so far is there after a crash.
    Result<void> sync();
    Result<void> change_key(const MasterKey& key);
    /// Reads and compares everything: what is wrong, in words. Commits first.
    Result<std::vector<std::string>> check();
    const Volume& volume() const { return *volume_; }

private:
    struct Node {
        Node(Volume& volume, u64 inode, const InodeRecord& from)
            : number(inode), record(from), data(volume, from.data), xattrs(volume, from.xattrs) {
            data.blocks = from.blocks;
            data.reserved = from.reserved;
        }
        u64 number;
        InodeRecord record;
        BlockTree data, xattrs;
        std::unique_ptr<Directory> names;
        u64 holds = 0;
        bool changed = false;
    };
    friend class Checker;
    friend class Forger;  // of the tests: makes unsound images

    FileSystem(const Config& config, std::unique_ptr<Volume> volume);
    Time now() const { return config_.clock(); }

    bool commit_is_due() const;
    Result<void> foresee_record(u64 inode);
    void let_nodes_go();
    // The change itself: when it fails half way, nothing is committed any more.
    template <typename Function>
    auto changing(Function function) {
        auto result = function();
        if (!result) volume_->fail();
        return result;
    }

    Node* add_node(u64 inode, const InodeRecord& record);
    Result<Node*> node(u64 inode);
    Result<Node*> directory(u64 inode);
    Result<Node*> regular(u64 inode);
    Result<InodeRecord> load_record(u64 inode);
    Result<void> save(Node& node);
    Result<void> touch(Node& node);
    Result<Node*> new_node(const NewNode& wanted);
    Result<void> lose_link(Node& node);
    Result<void> destroy(Node& node);
    Result<void> add_name(Node& parent, std::string_view name, const Node& child);
    Result<void> remove_name(Node& parent, std::string_view name, const Node& child);
    Result<void> names_changed(Node& parent);
    Result<Node*> make_in(u64 parent, std::string_view name, const NewNode& wanted,
                          std::string_view contents);
    Result<void> exchange(Node& from, std::string_view name, Node& one, Node& to, std::string_view new_name,
                          Node& other);
    Result<void> drop_orphans();

    Result<void> resize(Node& node, u64 size);
    Result<void> zero_part(Node& node, u64 first, u64 end);
    Result<void> punch(Node& node, u64 first, u64 end);
    Result<void> shift(Node& node, u32 mode, u64 offset, u64 length);
    Result<size_t> write_piece(Node& node, u64 offset, std::span<const u8> bytes);

    using Xattrs = std::map<std::string, std::string, std::less<>>;
    Result<Xattrs> load_xattrs(Node& node);
    Result<void> save_xattrs(Node& node, const Xattrs& xattrs);

    Result<void> write_early();
    Result<void> save_space();
    Result<void> commit();

    Config config_;
    std::unique_ptr<Volume> volume_;
    static constexpr size_t kMostNodes = 16384;
    HashTable<u64, std::unique_ptr<Node>, NumberHash> nodes_;
    size_t node_limit_ = kMostNodes;
    std::set<u64> changed_;
    BlockTree inodes_, space_;
    Time last_commit_;
    bool dirty_ = false;
    bool in_whole_ = false;
};

}  // namespace occlum::storage

// A lasting layer over a tree that is only read: what guests change of an image is kept in a secure file
// system.
//
//   LayeredInode ──Ref──> LayeredFileSystem ──Ref──> SecureFileSystem
//   LayeredInode ──Ref──> SecureInode (above) and Inode (below): one of them, or both
//   LayeredInode ──Ref──> LayeredDirectory, while it exists only below: where it would be copied to
//
// The forms are overlayfs's. What a change touches is copied up first, as a whole, since the image may be
// another one at the next start. A name that was removed leaves a whiteout, a character device 0:0. A
// directory above shows the one below of the same name, but for two marks in extended attributes that guests
// do not see: "occlum.opaque", and "occlum.lower", the path of the directory below after a rename.
//
// Each operation is one whole in the store: a crash shows all of it or nothing.
#pragma once

#include "kernel/fs/secure/secure_inode.h"

namespace occlum::kernel {

class LayeredInode;
class LayeredDirectory;

class LayeredFileSystem : public RefCounted {
public:
    /// The root directory of `upper` laid over `lower`, a directory.
    static Result<Ref<Inode>> make_root(Ref<SecureFileSystem> upper, Ref<Inode> lower);

    u64 device() const { return device_; }
    SecureFileSystem& upper() { return *upper_; }
    storage::FileSystem& files() { return upper_->files(); }
    FileSystemInfo info() const;
    Turn* names_turn() { return &turn_; }

    /// The one object for a file. `above`, `below`: not both null.
    static Result<Ref<LayeredInode>> inode(Ref<LayeredFileSystem> fs, RefPtr<SecureInode> above,
                                           RefPtr<Inode> below, LayeredDirectory& parent,
                                           std::string_view name);
    void forget(LayeredInode& inode);
    /// It has got its inode above.
    void copied_up(LayeredInode& inode);
    /// A file with further names below is copied up: it must be found by them.
    void keep_linked(LayeredInode& inode);
    void drop_linked(LayeredInode& inode);

    /// st_ino of what exists only below, and of files above: what was copied up keeps its number for this
    /// run.
    static u64 number_below(u64 number) { return number | kBelow; }
    u64 number_above(u64 number) const;

    /// The directory at a path of the lower tree; null when there is none.
    Result<RefPtr<Inode>> directory_below(std::string_view path);

    /// Runs `function` as one whole in the store.
    template <typename Function>
    auto as_whole(Function function) -> decltype(function()) {
        upper_->changed();
        TRY(files().begin_whole(kWholeRoom));
        auto result = function();
        files().end_whole();
        return result;
    }

private:
    static constexpr u64 kBelow = u64{1} << 48;
    static constexpr u64 kWholeRoom = 512;
    LayeredFileSystem(Ref<SecureFileSystem> upper, Ref<Inode> lower);
    Result<void> begin_layer(SecureInode& root);
    friend class Ref<LayeredFileSystem>;

    Ref<SecureFileSystem> upper_;
    Ref<Inode> lower_root_;
    u64 device_;
    Turn turn_;
    std::map<u64, LayeredInode*> by_above_, by_below_;
    std::map<u64, Ref<LayeredInode>> linked_;
    std::map<u64, u64> shown_;
};

}  // namespace occlum::kernel

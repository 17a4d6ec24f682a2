// The secure file system (storage/) as a mounted one: inodes for the rest of the kernel, and the times at
// which it commits.
//
//   SecureInode ──Ref──> SecureFileSystem ──> storage::FileSystem ──> HostStore ──> file of the host
//   SecureFileSystem ── · ──> SecureInode, by number, while it lives: one inode object for each file
#pragma once

#include <map>
#include <memory>

#include "kernel/fs/secure/host_store.h"
#include "kernel/time/timer.h"
#include "storage/file_system.h"

namespace occlum::kernel {

class SecureInode;

struct StoreRequest {
    u32 host_mount = 0;
    std::string file;                            ///< in the mount's directory
    bool create = false;                         ///< make an empty one when the file is absent or empty
    bool counter = false;                        ///< check and keep the version in the file's neighbour
    std::optional<storage::MasterKey> key = {};  ///< else: from the enclave's sealing key
    Credentials owner = {};                      ///< of a new one's root
};

class SecureFileSystem : public RefCounted {
public:
    /// EINVAL: not an image or another key; ESTALE: an older one than the counter knows.
    static Result<Ref<SecureFileSystem>> mount(const StoreRequest& request);
    ~SecureFileSystem() override;

    static Result<Ref<Inode>> root(Ref<SecureFileSystem> fs);
    static Result<Ref<SecureInode>> inode(Ref<SecureFileSystem> fs, u64 number);
    void forget(u64 number);

    storage::FileSystem& files() { return *files_; }
    /// For what operations on files() will read.
    AheadReader& reader() { return store_->reader(); }
    Turn* names_turn() { return &turn_; }
    u64 device() const { return device_; }
    FileSystemInfo info() const;
    /// What is copied out of programs waits in; empty when it is in use.
    std::vector<u8> take_buffer() { return std::exchange(buffer_, {}); }
    void give_buffer(std::vector<u8> buffer) { buffer_ = std::move(buffer); }
    /// Something was changed: it will be committed in a few seconds.
    void changed();
    /// Commits. Others may go on meanwhile, where the caller allows it (long_call.h).
    Result<void> sync();
    /// Its changes belong together with those of another (kernel/fs/layers), which says when others may go
    /// on.
    void become_layer() { is_layer_ = true; }
    bool is_layer() const { return is_layer_; }
    /// Before a change that takes `blocks` and reads what `reads` does. Others may go on meanwhile, but for
    /// layers: the caller holds what `reads` uses, and to nothing else that is not its own.
    template <typename Reads>
    void prepare(u64 blocks, bool removing, Reads reads) {
        if (!is_layer_) prepare_beside(blocks, removing, reads);
    }
    /// The same where a layer may, too.
    template <typename Reads>
    void prepare_beside(u64 blocks, bool removing, Reads reads) {
        if (!may_leave_lock() || files_->in_whole()) return;
        const Ref<SecureFileSystem> self(*this);
        store_->relieve();
        make_room(blocks, removing);
        reader().ahead(reads);
    }

private:
    class CommitTimer final : public Timer {
    public:
        explicit CommitTimer(SecureFileSystem& fs) : fs_(fs) {}

    protected:
        void expired(u64 now_ns) override;

    private:
        SecureFileSystem& fs_;
    };

    SecureFileSystem();
    void make_room(u64 blocks, bool removing);
    void release(u64 number);
    bool is_mounted_elsewhere() const;

    std::unique_ptr<HostStore> store_;
    std::unique_ptr<HostVersion> version_;
    std::unique_ptr<storage::FileSystem> files_;
    u64 device_;
    bool is_layer_ = false;
    Turn turn_;
    std::vector<u8> buffer_;
    std::map<u64, SecureInode*> inodes_;
    CommitTimer timer_{*this};
};

/// Commits all that are mounted: sync(2), and the end.
void sync_secure_file_systems();

}  // namespace occlum::kernel

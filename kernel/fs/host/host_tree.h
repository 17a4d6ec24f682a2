// A directory tree of the host, read through host calls. Its answers are hostile: everything is checked for
// shape here; contents and attributes cannot be.
#pragma once

#include <atomic>

#include "enclave/host.h"
#include "kernel/fs/inode.h"
#include "kernel/fs/memory/lower_tree.h"
#include "kernel/sched/turn.h"

namespace occlum::kernel {

/// Attributes made of a host answer: type, mode, times and sizes in range. EIO when it makes no sense.
Result<Attributes> checked_attributes(const abi::FileStatReply& reply);

/// An answer that was asked for ahead of its use. It counts until the kernel lock is next let go.
template <typename T>
class AheadAnswer {
public:
    void put(std::string path, Result<T> answer) {
        kernel_lock.assert_held();
        tenure_ = kernel_lock.tenure();
        path_ = std::move(path);
        answer_ = std::move(answer);
    }
    std::optional<Result<T>> take(std::string_view path) {
        std::optional<Result<T>> answer = std::exchange(answer_, std::nullopt);
        if (tenure_ != kernel_lock.tenure() || path_ != path) answer.reset();
        return answer;
    }
    void forget() { answer_.reset(); }

private:
    u64 tenure_ = 0;
    std::string path_;
    std::optional<Result<T>> answer_;
};

class HostTree final : public LowerTree {
public:
    explicit HostTree(u32 mount) : mount_(mount) {}
    u32 mount() const { return mount_; }

    /// Paths as abi/host_calls.h says. ENOENT, EACCES, ENAMETOOLONG; everything else unexpected is EIO.
    Result<Attributes> stat(std::string_view path) override;
    Result<std::string> read_link(std::string_view path) override;
    /// All names of a directory, at most kMaxNames. "." and ".." are not among them.
    Result<std::vector<enclave::HostDirEntry>> list(std::string_view path) override;
    Result<Ref<PageSource>> contents(std::string_view path) override;
    void ask_ahead(Foresight what, std::string_view path) override;
    /// What is known of attributes ahead is out of date.
    void forget_answers() { attributes_.forget(); }

    static constexpr size_t kMaxNames = 1 << 18;

private:
    // Without regard to what was asked before; these may be called without the kernel lock.
    Result<Attributes> ask_attributes(std::string_view path) const;
    Result<std::string> ask_link(std::string_view path) const;
    Result<std::vector<enclave::HostDirEntry>> ask_names(std::string_view path) const;

    u32 mount_;
    AheadAnswer<Attributes> attributes_;
    AheadAnswer<std::string> link_;
    AheadAnswer<std::vector<enclave::HostDirEntry>> names_;
};

/// What the host may sensibly answer to a call on a path; anything else is EIO.
Errno checked_path_error(Errno said);

std::string join_path(std::string_view directory, std::string_view name);

/// A host file's bytes. Opened at the first use; the least recently opened handles are closed past a bound.
class HostFile : public PageSource {
public:
    HostFile(Ref<HostTree> tree, std::string path, abi::FileOpenFlags flags)
        : tree_(std::move(tree)), path_(std::move(path)), flags_(flags) {}
    ~HostFile() override;
    Result<void> fill(u64 offset, std::span<u8> out) override;
    Result<void> fetch(u64 offset, std::span<u8> out) override;
    /// `beside`: others may go on meanwhile. `at_host` is no longer true once the host has answered.
    Result<size_t> write(u64 offset, std::span<const u8> bytes, bool beside = false,
                         std::atomic<bool>* at_host = nullptr);
    Result<void> truncate(u64 size, bool beside = false);
    Result<void> sync();
    /// Opens it if need be, and keeps it open: its name is about to go.
    Result<void> hold();
    bool is_open() const { return handle_.has_value(); }
    /// Opens it; others go on meanwhile. The caller sees to it that its name stays. A failure shows later.
    void open_ahead();

protected:
    /// Where it is now.
    virtual std::string path() const { return path_; }
    /// Where else it may be: its name is being changed.
    virtual std::optional<std::string> next_path() const { return std::nullopt; }

private:
    friend class HostHandles;
    Result<u64> handle();
    Result<u64> open_at_host(const std::string& path) const;
    void opened(u64 handle);
    void close();
    // A call with the handle, which stays open.
    template <typename Call>
    auto while_others_go_on(Call call) {
        const Ref<HostFile> self(*this);
        kernel_lock.assert_held();
        ++busy_;
        auto result = without_lock(call);
        --busy_;
        return result;
    }

    Ref<HostTree> tree_;
    std::string path_;
    abi::FileOpenFlags flags_;
    std::optional<u64> handle_;
    bool held_ = false;
    u32 busy_ = 0;  // long calls under way: the handle stays
    std::list<HostFile*>::iterator place_;
};

}  // namespace occlum::kernel

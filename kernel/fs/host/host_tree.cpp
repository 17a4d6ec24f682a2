#include "kernel/fs/host/host_tree.h"

#include <algorithm>

#include "kernel/fs/time.h"
#include "kernel/sched/errands.h"

namespace occlum::kernel {
namespace {

Result<TimeSpec> checked_time(i64 seconds, u64 nanoseconds) {
    if (nanoseconds >= kNanosecondsPerSecond) return err(Errno::Eio);
    return TimeSpec{.seconds = seconds, .nanoseconds = static_cast<u32>(nanoseconds)};
}

}  // namespace

Errno checked_path_error(Errno said) {
    switch (said) {
        case Errno::Enoent:
        case Errno::Eacces:
        case Errno::Eperm:
        case Errno::Enametoolong:
        case Errno::Enotdir:
        case Errno::Eisdir:
        case Errno::Eexist:
        case Errno::Enotempty:
        case Errno::Ebusy:
        case Errno::Exdev:
        case Errno::Enospc:
        case Errno::Erofs:
        case Errno::Emlink:
        case Errno::Eloop:
            return said;
        default:
            return Errno::Eio;
    }
}

Result<Attributes> checked_attributes(const abi::FileStatReply& reply) {
    if (reply.mode > (kTypeMask | kModeMask) || !known_type(reply.mode)) return err(Errno::Eio);
    if (reply.size > kMaxFileSize || reply.uid > 0xffff'ffff || reply.gid > 0xffff'ffff)
        return err(Errno::Eio);
    Attributes result;
    // The upper numbers are for files made here (TreeFileSystem::next_number).
    result.inode = reply.inode & ((u64{1} << 56) - 1);
    result.mode = static_cast<u32>(reply.mode);
    result.links = static_cast<u32>(std::min<u64>(std::max<u64>(reply.links, 1), 0xffff'ffff));
    result.uid = static_cast<u32>(reply.uid);
    result.gid = static_cast<u32>(reply.gid);
    result.rdev = reply.rdev;
    result.size = reply.size;
    result.blocks = std::min<u64>(reply.blocks, reply.size / 512 + 4096);
    result.accessed = TRY(checked_time(reply.atime_s, reply.atime_ns));
    result.modified = TRY(checked_time(reply.mtime_s, reply.mtime_ns));
    result.changed = TRY(checked_time(reply.ctime_s, reply.ctime_ns));
    result.born = result.changed;
    return result;
}

std::string join_path(std::string_view directory, std::string_view name) {
    std::string path(directory);
    if (!path.empty()) path += '/';
    path += name;
    return path;
}

Result<Attributes> HostTree::stat(std::string_view path) {
    if (auto known = attributes_.take(path)) return *known;
    return ask_attributes(path);
}

Result<std::string> HostTree::read_link(std::string_view path) {
    if (auto known = link_.take(path)) return *known;
    return ask_link(path);
}

Result<std::vector<enclave::HostDirEntry>> HostTree::list(std::string_view path) {
    if (auto known = names_.take(path)) return std::move(*known);
    return ask_names(path);
}

void HostTree::ask_ahead(Foresight what, std::string_view where) {
    if (!may_leave_lock()) return;
    kernel_lock.assert_held();
    std::string path(where);
    switch (what) {
        case Foresight::Link: {
            auto answer = without_lock([&] { return ask_link(path); });
            return link_.put(std::move(path), std::move(answer));
        }
        case Foresight::Names: {
            auto answer = without_lock([&] { return ask_names(path); });
            return names_.put(std::move(path), std::move(answer));
        }
        default: {
            auto answer = without_lock([&] { return ask_attributes(path); });
            return attributes_.put(std::move(path), std::move(answer));
        }
    }
}

Result<Attributes> HostTree::ask_attributes(std::string_view path) const {
    if (path.size() >= abi::kMaxPath) return err(Errno::Enametoolong);
    Result<abi::FileStatReply> reply = enclave::file_stat(mount_, path);
    if (!reply) return err(checked_path_error(reply.error()));
    return checked_attributes(*reply);
}

Result<std::string> HostTree::ask_link(std::string_view path) const {
    Result<std::string> target = enclave::link_read(mount_, path);
    if (!target) return err(checked_path_error(target.error()));
    if (target->empty() || target->size() >= kPathLimit || target->contains('\0')) return err(Errno::Eio);
    return target;
}

Result<std::vector<enclave::HostDirEntry>> HostTree::ask_names(std::string_view path) const {
    std::vector<enclave::HostDirEntry> all;
    u64 cookie = 0;
    for (;;) {
        Result<std::vector<enclave::HostDirEntry>> batch = enclave::dir_read(mount_, path, cookie);
        if (!batch) return err(checked_path_error(batch.error()));
        if (batch->empty()) return all;
        if (all.size() + batch->size() > kMaxNames) return err(Errno::Enomem);
        cookie = batch->back().next_cookie;
        for (enclave::HostDirEntry& entry : *batch) all.push_back(std::move(entry));
    }
}

Result<Ref<PageSource>> HostTree::contents(std::string_view path) {
    return Ref<PageSource>(make_ref<HostFile>(Ref<HostTree>(*this), std::string(path), abi::kFileRead));
}

/// The handles that are open at the host, oldest first.
class HostHandles {
public:
    static HostHandles& get() {
        [[clang::no_destroy]] static HostHandles handles;
        return handles;
    }
    void opened(HostFile& file) {
        file.place_ = open_.insert(open_.end(), &file);
        if (open_.size() <= kLimit) return;
        auto idle = std::ranges::find_if(open_, [](const HostFile* one) { return one->busy_ == 0; });
        if (idle != open_.end() && *idle != &file) (*idle)->close();
    }
    void used(HostFile& file) { open_.splice(open_.end(), open_, file.place_); }
    void closed(HostFile& file) { open_.erase(file.place_); }

private:
    static constexpr size_t kLimit = 128;
    std::list<HostFile*> open_;
};

namespace {

/// A close may take long, when the host writes back then.
void retire(u64 handle) {
    leave_errand([handle] {
        const auto close = [&] {
            enclave::file_close(handle);
            return true;
        };
        kernel_lock.assert_held();
        static_cast<void>(may_leave_lock() ? without_lock(close) : close());
    });
}

}  // namespace

HostFile::~HostFile() { close(); }

void HostFile::close() {
    if (!handle_) return;
    retire(*handle_);
    handle_.reset();
    if (!held_) HostHandles::get().closed(*this);
}

Result<void> HostFile::hold() {
    TRY(handle());
    if (!std::exchange(held_, true)) HostHandles::get().closed(*this);
    return {};
}

Result<u64> HostFile::handle() {
    if (handle_) {
        if (!held_) HostHandles::get().used(*this);
        return *handle_;
    }
    Result<u64> got = open_at_host(path());
    if (!got && got.error() == Errno::Enoent)
        if (const auto next = next_path()) got = open_at_host(*next);
    if (!got) return err(checked_path_error(got.error()));
    opened(*got);
    return *got;
}

void HostFile::opened(u64 handle) {
    handle_ = handle;
    HostHandles::get().opened(*this);
}

Result<u64> HostFile::open_at_host(const std::string& path) const {
    Result<u64> opened = enclave::file_open(tree_->mount(), path, flags_);
    // A file that may only be read is enough for reading.
    if (!opened && flags_ != abi::kFileRead)
        opened = enclave::file_open(tree_->mount(), path, abi::kFileRead);
    return opened;
}

void HostFile::open_ahead() {
    if (handle_ || !may_leave_lock()) return;
    const std::string where = path();
    const Result<u64> got = while_others_go_on([&] { return open_at_host(where); });
    if (!got) return;
    if (handle_)
        retire(*got);  // somebody else has, too
    else
        opened(*got);
}

namespace {

Result<void> read_whole(u64 handle, u64 offset, std::span<u8> out) {
    size_t done = 0;
    while (done < out.size()) {
        Result<size_t> got = enclave::file_read(handle, offset + done, out.subspan(done));
        if (!got) return err(Errno::Eio);
        if (*got == 0) break;  // shorter than its size said
        done += std::min(*got, out.size() - done);
    }
    std::ranges::fill(out.subspan(done), u8{0});
    return {};
}

}  // namespace

Result<void> HostFile::fill(u64 offset, std::span<u8> out) { return read_whole(TRY(handle()), offset, out); }

Result<void> HostFile::fetch(u64 offset, std::span<u8> out) {
    open_ahead();
    const u64 open = TRY(handle());
    return while_others_go_on([&] { return read_whole(open, offset, out); });
}

Result<size_t> HostFile::write(u64 offset, std::span<const u8> bytes, bool beside,
                               std::atomic<bool>* at_host) {
    if (beside) open_ahead();
    const Result<u64> open = handle();
    auto put = [&]() -> Result<size_t> {
        Result<size_t> answer = open ? enclave::file_write(*open, offset, bytes) : err(open.error());
        if (at_host != nullptr) at_host->store(false, std::memory_order_release);
        return answer;
    };
    Result<size_t> wrote = beside ? while_others_go_on(put) : put();
    if (!wrote) {
        bool full = wrote.error() == Errno::Enospc || wrote.error() == Errno::Efbig;
        return err(full ? wrote.error() : Errno::Eio);
    }
    return std::min(*wrote, bytes.size());
}

Result<void> HostFile::truncate(u64 size, bool beside) {
    const u64 open = TRY(handle());
    auto cut = [&] { return enclave::file_truncate(open, size); };
    Result<void> done = beside ? while_others_go_on(cut) : cut();
    if (!done) return err(done.error() == Errno::Enospc ? Errno::Enospc : Errno::Eio);
    return {};
}

Result<void> HostFile::sync() {
    if (!handle_) return {};
    const u64 open = *handle_;
    auto flush = [&] { return enclave::file_sync(open); };
    if (!(LongCalls::allowed() ? while_others_go_on(flush) : flush())) return err(Errno::Eio);
    return {};
}

}  // namespace occlum::kernel

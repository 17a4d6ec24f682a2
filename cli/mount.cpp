// occlum mount, occlum umount: a store as a directory of the host, through FUSE, for the owner of its key.
// The file system's inode numbers are FUSE's.
#define FUSE_USE_VERSION 34
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>
#include <mntent.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>

#include "cli/store.h"
#include "cli/verbs.h"

namespace occlum::cli {

namespace {

using storage::FileSystem;

struct Options {
    std::string path, key, point;
    bool foreground = false;
};

std::unique_ptr<FileSystem> mounted;

int number(Errno error) { return static_cast<int>(error); }

storage::Time now() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return {time.tv_sec, static_cast<u32>(time.tv_nsec)};
}
timespec to_host(const storage::Time& time) { return {time.seconds, static_cast<long>(time.nanoseconds)}; }
storage::Time from_host(const timespec& time) { return {time.tv_sec, static_cast<u32>(time.tv_nsec)}; }

Result<struct stat> stat_of(u64 inode) {
    const storage::Attributes from = TRY(mounted->attributes(inode));
    struct stat st{};
    st.st_ino = from.inode;
    st.st_mode = from.mode;
    st.st_nlink = from.links;
    st.st_uid = from.uid;
    st.st_gid = from.gid;
    st.st_rdev = from.rdev;
    st.st_size = static_cast<off_t>(from.size);
    st.st_blksize = storage::kBlockSize;
    st.st_blocks = static_cast<blkcnt_t>(from.blocks * (storage::kBlockSize / 512));
    st.st_atim = to_host(from.accessed);
    st.st_mtim = to_host(from.modified);
    st.st_ctim = to_host(from.changed);
    return st;
}

void answer(fuse_req_t request, const Result<void>& result) {
    fuse_reply_err(request, result ? 0 : number(result.error()));
}

/// The kernel knows the inode from now on: it is held until it is forgotten.
Result<fuse_entry_param> entry_of(u64 inode) {
    fuse_entry_param entry{};
    entry.ino = inode;
    entry.attr = TRY(stat_of(inode));
    TRY(mounted->hold(inode));
    return entry;
}
void answer_entry(fuse_req_t request, const Result<u64>& inode) {
    const auto entry = inode ? entry_of(*inode) : err(inode.error());
    if (entry)
        fuse_reply_entry(request, &*entry);
    else
        fuse_reply_err(request, number(entry.error()));
}

storage::NewNode node_of(fuse_req_t request, mode_t mode, u64 device = 0) {
    const fuse_ctx* who = fuse_req_ctx(request);
    return {.mode = mode & ~who->umask, .uid = who->uid, .gid = who->gid, .rdev = device};
}

void forget(fuse_req_t request, fuse_ino_t inode, u64 count) {
    for (; count > 0; --count) mounted->release(inode);
    fuse_reply_none(request);
}

void get_attributes(fuse_req_t request, fuse_ino_t inode, fuse_file_info*) {
    const auto st = stat_of(inode);
    if (st)
        fuse_reply_attr(request, &*st, 0);
    else
        fuse_reply_err(request, number(st.error()));
}

void set_attributes(fuse_req_t request, fuse_ino_t inode, struct stat* wanted, int which,
                    fuse_file_info* file) {
    storage::AttributeChange change;
    if ((which & FUSE_SET_ATTR_MODE) != 0) change.mode = wanted->st_mode & 07777;
    if ((which & FUSE_SET_ATTR_UID) != 0) change.uid = wanted->st_uid;
    if ((which & FUSE_SET_ATTR_GID) != 0) change.gid = wanted->st_gid;
    if ((which & FUSE_SET_ATTR_SIZE) != 0) change.size = static_cast<u64>(wanted->st_size);
    if ((which & FUSE_SET_ATTR_ATIME) != 0) change.accessed = from_host(wanted->st_atim);
    if ((which & FUSE_SET_ATTR_MTIME) != 0) change.modified = from_host(wanted->st_mtim);
    if ((which & FUSE_SET_ATTR_ATIME_NOW) != 0) change.accessed = now();
    if ((which & FUSE_SET_ATTR_MTIME_NOW) != 0) change.modified = now();
    const auto done = mounted->change(inode, change);
    if (!done) return answer(request, done);
    get_attributes(request, inode, file);
}

void read_link(fuse_req_t request, fuse_ino_t inode) {
    const auto target = mounted->read_link(inode);
    if (target)
        fuse_reply_readlink(request, target->c_str());
    else
        fuse_reply_err(request, number(target.error()));
}

void rename(fuse_req_t request, fuse_ino_t parent, const char* name, fuse_ino_t to, const char* new_name,
            unsigned flags) {
    if (flags > storage::kRenameExchange) return static_cast<void>(fuse_reply_err(request, EINVAL));
    answer(request, mounted->rename(parent, name, to, new_name, flags));
}

void open_file(fuse_req_t request, fuse_ino_t inode, fuse_file_info* file) {
    Result<void> done;
    if ((file->flags & O_TRUNC) != 0) done = mounted->change(inode, {.size = u64{0}});
    if (!done) return answer(request, done);
    fuse_reply_open(request, file);
}

void create(fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, fuse_file_info* file) {
    const auto made = mounted->create(parent, name, node_of(request, S_IFREG | mode));
    const auto entry = made ? entry_of(*made) : err(made.error());
    if (entry)
        fuse_reply_create(request, &*entry, file);
    else
        fuse_reply_err(request, number(entry.error()));
}

void read(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, fuse_file_info*) {
    std::vector<u8> bytes(size);
    const auto got = mounted->read(inode, static_cast<u64>(offset), bytes);
    if (got)
        fuse_reply_buf(request, reinterpret_cast<const char*>(bytes.data()), *got);
    else
        fuse_reply_err(request, number(got.error()));
}

void write(fuse_req_t request, fuse_ino_t inode, const char* bytes, size_t size, off_t offset,
           fuse_file_info*) {
    const auto put =
        mounted->write(inode, static_cast<u64>(offset), {reinterpret_cast<const u8*>(bytes), size});
    if (put)
        fuse_reply_write(request, *put);
    else
        fuse_reply_err(request, number(put.error()));
}

/// Fills FUSE's buffer with names.
class Listing final : public storage::NameSink {
public:
    Listing(fuse_req_t request, size_t size) : request_(request), size_(size) {}
    bool add(const char* name, u64 inode, u32 type, u64 next) {
        struct stat st{};
        st.st_ino = inode;
        st.st_mode = type << 12;
        const size_t needed = fuse_add_direntry(request_, nullptr, 0, name, nullptr, 0);
        if (bytes.size() + needed > size_) return false;
        const size_t at = bytes.size();
        bytes.resize(at + needed);
        fuse_add_direntry(request_, &bytes[at], needed, name, &st, static_cast<off_t>(next));
        return true;
    }
    bool take(const storage::Name& name) override {
        return add(std::string(name.name).c_str(), name.inode, name.type, name.next_cookie);
    }
    std::vector<char> bytes;

private:
    fuse_req_t request_;
    size_t size_;
};

void read_directory(fuse_req_t request, fuse_ino_t inode, size_t size, off_t offset, fuse_file_info*) {
    constexpr u32 kDirectory = S_IFDIR >> 12;
    Listing listing(request, size);
    bool room = offset > 0 || listing.add(".", inode, kDirectory, 1);
    room = room && (offset > 1 || listing.add("..", inode, kDirectory, 2));
    Result<void> done;
    if (room) done = mounted->list(inode, offset > 2 ? static_cast<u64>(offset) : 0, listing);
    if (!done) return answer(request, done);
    fuse_reply_buf(request, listing.bytes.data(), listing.bytes.size());
}

void file_system(fuse_req_t request, fuse_ino_t) {
    const storage::Usage usage = mounted->usage();
    struct statvfs st{};
    st.f_bsize = st.f_frsize = storage::kBlockSize;
    st.f_blocks = usage.blocks;
    st.f_bfree = st.f_bavail = usage.free_blocks;
    st.f_files = usage.inodes + usage.free_blocks;
    st.f_ffree = usage.free_blocks;
    st.f_namemax = storage::Directory::kLongestName;
    fuse_reply_statfs(request, &st);
}

void sync(fuse_req_t request, fuse_ino_t, int, fuse_file_info*) { answer(request, mounted->sync()); }

/// An attribute's value, or what size it has when FUSE asks with 0.
void answer_bytes(fuse_req_t request, const std::string& bytes, size_t room) {
    if (room == 0)
        fuse_reply_xattr(request, bytes.size());
    else if (bytes.size() > room)
        fuse_reply_err(request, ERANGE);
    else
        fuse_reply_buf(request, bytes.data(), bytes.size());
}

void get_xattr(fuse_req_t request, fuse_ino_t inode, const char* name, size_t size) {
    const auto value = mounted->get_xattr(inode, name);
    if (!value) return static_cast<void>(fuse_reply_err(request, number(value.error())));
    answer_bytes(request, *value, size);
}

void list_xattrs(fuse_req_t request, fuse_ino_t inode, size_t size) {
    const auto names = mounted->list_xattrs(inode);
    if (!names) return static_cast<void>(fuse_reply_err(request, number(names.error())));
    std::string all;
    for (const std::string& name : *names) (all += name) += '\0';
    answer_bytes(request, all, size);
}

void allocate(fuse_req_t request, fuse_ino_t inode, int mode, off_t offset, off_t length, fuse_file_info*) {
    answer(request, mounted->allocate(inode, static_cast<u32>(mode), static_cast<u64>(offset),
                                      static_cast<u64>(length)));
}

void seek(fuse_req_t request, fuse_ino_t inode, off_t offset, int whence, fuse_file_info*) {
    const auto found = mounted->seek(inode, static_cast<u64>(offset), whence == SEEK_HOLE);
    if (found)
        fuse_reply_lseek(request, static_cast<off_t>(*found));
    else
        fuse_reply_err(request, number(found.error()));
}

fuse_lowlevel_ops operations() {
    fuse_lowlevel_ops all{};
    all.lookup = [](fuse_req_t request, fuse_ino_t parent, const char* name) {
        answer_entry(request, mounted->lookup(parent, name));
    };
    all.forget = forget;
    all.getattr = get_attributes;
    all.setattr = set_attributes;
    all.readlink = read_link;
    all.mknod = [](fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode, dev_t device) {
        answer_entry(request, mounted->create(parent, name, node_of(request, mode, device)));
    };
    all.mkdir = [](fuse_req_t request, fuse_ino_t parent, const char* name, mode_t mode) {
        answer_entry(request, mounted->create(parent, name, node_of(request, S_IFDIR | mode)));
    };
    all.unlink = [](fuse_req_t request, fuse_ino_t parent, const char* name) {
        answer(request, mounted->unlink(parent, name));
    };
    all.rmdir = [](fuse_req_t request, fuse_ino_t parent, const char* name) {
        answer(request, mounted->rmdir(parent, name));
    };
    all.symlink = [](fuse_req_t request, const char* target, fuse_ino_t parent, const char* name) {
        answer_entry(request, mounted->symlink(parent, name, target, node_of(request, S_IFLNK | 0777)));
    };
    all.rename = rename;
    all.link = [](fuse_req_t request, fuse_ino_t inode, fuse_ino_t parent, const char* name) {
        const auto done = mounted->link(parent, name, inode);
        answer_entry(request, done ? Result<u64>(inode) : err(done.error()));
    };
    all.open = open_file;
    all.read = read;
    all.write = write;
    all.fsync = sync;
    all.fsyncdir = sync;
    all.readdir = read_directory;
    all.statfs = file_system;
    all.create = create;
    all.getxattr = get_xattr;
    all.listxattr = list_xattrs;
    all.setxattr = [](fuse_req_t request, fuse_ino_t inode, const char* name, const char* value, size_t size,
                      int flags) {
        answer(request, mounted->set_xattr(inode, name, {value, size}, static_cast<u32>(flags)));
    };
    all.removexattr = [](fuse_req_t request, fuse_ino_t inode, const char* name) {
        answer(request, mounted->remove_xattr(inode, name));
    };
    all.fallocate = allocate;
    all.lseek = seek;
    return all;
}

int serve(const Options& options) {
    OpenStore store = open_store("mount", options.path, options.key);
    if (!store.files)
        fail("mount", options.path + ": damaged: " + std::strerror(number(store.files.error())));
    mounted = std::move(*store.files);
    std::string name = "occlum", how = "-odefault_permissions,subtype=sefs,fsname=";
    for (const char letter : std::filesystem::canonical(options.path).string()) {
        if (letter == ',' || letter == '\\') how += '\\';
        how += letter;
    }
    std::array<char*, 3> arguments{name.data(), how.data(), nullptr};
    fuse_args args = FUSE_ARGS_INIT(2, arguments.data());
    const fuse_lowlevel_ops all = operations();
    fuse_session* session = fuse_session_new(&args, &all, sizeof all, nullptr);
    if (session == nullptr || fuse_set_signal_handlers(session) != 0 ||
        fuse_session_mount(session, options.point.c_str()) != 0)
        fail("mount", options.point + ": cannot be mounted here (is /dev/fuse there?)");
    fuse_daemonize(options.foreground ? 1 : 0);
    const int result = fuse_session_loop(session);
    fuse_session_unmount(session);
    fuse_session_destroy(session);
    const bool kept = mounted->sync().has_value();
    mounted.reset();
    return result == 0 && kept ? 0 : 125;
}

/// The file of the store that is mounted there; empty when none is.
std::string store_at(const std::string& point) {
    std::error_code error;
    const std::string wanted = std::filesystem::canonical(point, error).string();
    std::string found;
    FILE* table = setmntent("/proc/self/mounts", "r");
    for (const mntent* entry; table != nullptr && (entry = getmntent(table)) != nullptr;)
        if (wanted == entry->mnt_dir)
            found = std::string_view(entry->mnt_type) == "fuse.sefs" ? entry->mnt_fsname : "";
    if (table != nullptr) endmntent(table);
    return found;
}

void unmount(const std::string& point) {
    const std::string store = store_at(point);
    if (store.empty()) fail("umount", point + ": no store is mounted there");
    const pid_t child = fork();
    if (child == 0) {
        execlp("fusermount3", "fusermount3", "-u", point.c_str(), nullptr);
        std::fprintf(stderr, "occlum umount: fusermount3: %s\n", std::strerror(errno));
        _exit(125);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) std::exit(125);
    // The mount's process lets the store go when all is written.
    const int lock = open(store.c_str(), O_RDONLY | O_CLOEXEC);
    if (lock >= 0) flock(lock, LOCK_EX);
}

}  // namespace

void add_mount(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* verb =
        app.add_subcommand("mount", "Show a store as a directory of the host, for its key's owner");
    verb->add_option("store", options->path, "The file of the store")->required();
    verb->add_option("directory", options->point, "Where")->required();
    verb->add_option("--key", options->key, "Its key: a file with 64 hexadecimal digits")->required();
    verb->add_flag("-f,--foreground", options->foreground, "Stay until it is unmounted");
    verb->footer("Example:\n  occlum mount --key store.key data.sefs /mnt && ls /mnt && occlum umount /mnt");
    verb->callback([options] { std::exit(serve(*options)); });
    const auto point = std::make_shared<std::string>();
    CLI::App* end = app.add_subcommand("umount", "End a mount; all is on the disk then");
    end->add_option("directory", *point, "The mount's directory")->required();
    end->footer("Example:\n  occlum umount /mnt");
    end->callback([point] { unmount(*point); });
}

}  // namespace occlum::cli

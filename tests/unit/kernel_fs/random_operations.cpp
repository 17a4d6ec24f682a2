#include "tests/unit/kernel_fs/random_operations.h"

namespace occlum::kernel::test {
namespace {

std::string describe(u32 mode, u64 size, u64 links, u64 uid, u64 gid) {
    bool directory = (mode & kTypeMask) == kTypeDirectory;
    return octal_text(mode) + " " + (directory ? "" : std::to_string(size)) + " " + std::to_string(links) +
           " " + std::to_string(uid) + ":" + std::to_string(gid);
}

}  // namespace

std::string RandomOperations::describe_host(const std::string& path) {
    struct stat file;
    long result = ::fstatat(host_.fd(), path.c_str(), &file, AT_SYMLINK_NOFOLLOW);
    if (result < 0) return host_result(result);
    std::string text =
        describe(file.st_mode, static_cast<u64>(file.st_size), file.st_nlink, file.st_uid, file.st_gid);
    if (S_ISREG(file.st_mode)) {
        int fd = ::openat(host_.fd(), path.c_str(), O_RDONLY);
        std::string contents(static_cast<size_t>(file.st_size), '?');
        if (fd >= 0 && ::read(fd, contents.data(), contents.size()) >= 0) text += " " + contents;
        ::close(fd);
    }
    return text;
}

std::string RandomOperations::describe_ours(const std::string& path) {
    Result<Ref<Dentry>> found = walk(ours_.context(), path, false);
    if (!found) return our_result(found);
    Attributes file = (*found)->inode().attributes().value();
    std::string text = describe(file.mode, file.size, file.links, file.uid, file.gid);
    if ((*found)->inode().is_regular()) {
        std::string contents(file.size, '?');
        std::vector<u8> bytes(file.size);
        EXPECT_EQ((*found)->inode().read_at(0, bytes).value_or(~u64{0}), file.size);
        text += " " + std::string(bytes.begin(), bytes.end());
    }
    return text;
}

bool RandomOperations::open_and_use() {
    static constexpr int kFlags[] = {O_CREAT,     O_CREAT,    O_CREAT, O_EXCL,  O_TRUNC, O_APPEND,
                                     O_DIRECTORY, O_NOFOLLOW, O_PATH,  O_CREAT, O_TRUNC, O_NONBLOCK};
    int flags = static_cast<int>(pick(3)) | O_NONBLOCK;
    for (u32 i = pick(4); i > 0; --i) flags |= kFlags[pick(12)];
    if ((flags & O_CREAT) != 0) flags &= ~O_DIRECTORY;
    // O_EXCL alone is undefined (open(2)).
    if ((flags & O_CREAT) == 0) flags &= ~O_EXCL;
    u32 mode = pick(8) == 0 ? pick(01000) | 0600 : 0644;
    std::string where = path();
    int fd = ::openat(host_.fd(), where.c_str(), flags, mode);
    std::string host = host_result(fd);
    Result<Ref<OpenFile>> file = open_path(*ours_.fs, ours_.who, where, static_cast<u32>(flags), mode);
    std::string what = "open " + where + " flags " + octal_text(static_cast<u32>(flags));
    if (!same(what, host, our_result(file))) return false;
    if (fd < 0) return true;
    bool fine = true;
    struct stat opened;
    ::fstat(fd, &opened);
    if (S_ISREG(opened.st_mode) && (flags & O_PATH) == 0) {
        std::string data(pick(5) == 0 ? pick(9000) : pick(20), static_cast<char>('a' + pick(26)));
        u64 offset = pick(4) == 0 ? pick(12000) : pick(30);
        if ((flags & O_ACCMODE) != O_RDONLY) {
            std::span<const u8> bytes(reinterpret_cast<const u8*>(data.data()), data.size());
            bool positioned = pick(2) == 0;
            long wrote = positioned ? ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset))
                                    : ::write(fd, data.data(), data.size());
            Result<size_t> put = positioned ? (*file)->write_at(offset, UserBuffer::kernel_source(bytes))
                                            : (*file)->write(UserBuffer::kernel_source(bytes));
            fine &= same("write " + what, host_result(wrote, std::to_string(wrote)),
                         our_result(put, std::to_string(put.value_or(0))));
            if (pick(3) == 0) {
                u64 size = pick(3) == 0 ? pick(15000) : pick(40);
                fine &= same("ftruncate", host_result(::ftruncate(fd, static_cast<off_t>(size))),
                             our_result((*file)->inode()->change({.size = size})));
            }
        }
        if ((flags & O_ACCMODE) != O_WRONLY) {
            std::string in(64, 0);
            std::vector<u8> bytes(64);
            long got = ::pread(fd, in.data(), in.size(), static_cast<off_t>(offset));
            Result<size_t> ours = (*file)->read_at(offset, UserBuffer::kernel(bytes));
            fine &= same("pread", host_result(got, in),
                         our_result(ours, std::string(bytes.begin(), bytes.end())));
            long hole = ::lseek(fd, static_cast<off_t>(offset), SEEK_END);
            Result<u64> end = (*file)->seek(static_cast<i64>(offset), kSeekEnd);
            fine &= same("lseek", host_result(hole, std::to_string(hole)),
                         our_result(end, std::to_string(end.value_or(0))));
        }
    }
    ::close(fd);
    return fine;
}

bool RandomOperations::rename() {
    std::string from = path(), to = path();
    static constexpr u32 kFlags[] = {0, 0, 0, 1, 2, 3};
    u32 flags = kFlags[pick(6)];
    long host = ::renameat2(host_.fd(), from.c_str(), host_.fd(), to.c_str(), flags);
    std::string expected = host_result(host);
    Result<void> ours = rename_path(ours_.context(), from, ours_.context(), to, flags);
    return same("rename " + from + " " + to + " flags " + std::to_string(flags), expected, our_result(ours));
}

bool RandomOperations::attributes() {
    std::string where = path();
    if (pick(2) == 0) {
        u32 mode = pick(010000) | 0700;
        std::string host = host_result(::fchmodat(host_.fd(), where.c_str(), mode, 0));
        Result<Ref<Dentry>> found = walk(ours_.context(), where, true);
        Result<void> ours = found ? change_mode((*found)->inode(), ours_.who, mode) : err(found.error());
        return same("chmod " + where + " " + octal_text(mode), host, our_result(ours));
    }
    u64 size = pick(9000);
    std::string host =
        host_result(::truncate((host_.home() + "/" + where).c_str(), static_cast<off_t>(size)));
    if (where.empty()) return true;
    Result<Ref<Dentry>> found = walk(ours_.context(), where, true);
    Result<void> ours = found ? truncate_path((*found)->inode(), ours_.who, size) : err(found.error());
    return same("truncate " + where, host, our_result(ours));
}

bool RandomOperations::links() {
    std::string where = path();
    switch (pick(3)) {
        case 0: {
            std::string target = path();
            std::string host = host_result(::symlinkat(target.c_str(), host_.fd(), where.c_str()));
            return same("symlink " + target + " " + where, host,
                        our_result(make_symlink(ours_.context(), where, target)));
        }
        case 1: {
            std::string old = path();
            std::string host = host_result(::linkat(host_.fd(), old.c_str(), host_.fd(), where.c_str(), 0));
            Result<Ref<Dentry>> found = walk(ours_.context(), old, false);
            Result<void> ours = found ? make_link(**found, ours_.context(), where) : err(found.error());
            return same("link " + old + " " + where, host, our_result(ours));
        }
        default: {
            std::string target(4096, 0);
            long size = ::readlinkat(host_.fd(), where.c_str(), target.data(), target.size());
            std::string host = host_result(size, target.substr(0, static_cast<size_t>(std::max(0l, size))));
            Result<Ref<Dentry>> found = walk(ours_.context(), where, false);
            Result<std::string> ours = found ? (*found)->inode().read_link() : err(found.error());
            return same("readlink " + where, host, our_result(ours, ours.value_or("")));
        }
    }
}

bool RandomOperations::step() {
    std::string where = path();
    switch (pick(12)) {
        case 0:
        case 1: {
            std::string host = host_result(::mkdirat(host_.fd(), where.c_str(), 0755));
            return same("mkdir " + where, host, our_result(make_directory(ours_.context(), where, 0755)));
        }
        case 2: {
            std::string host = host_result(::unlinkat(host_.fd(), where.c_str(), AT_REMOVEDIR));
            return same("rmdir " + where, host, our_result(remove_directory(ours_.context(), where)));
        }
        case 3: {
            std::string host = host_result(::unlinkat(host_.fd(), where.c_str(), 0));
            return same("unlink " + where, host, our_result(remove_file(ours_.context(), where)));
        }
        case 4:
        case 5:
            return rename();
        case 6:
            return attributes();
        case 7:
        case 8:
            return links();
        case 9:
            if (pick(8) == 0) {
                std::string host = host_result(::mknodat(host_.fd(), where.c_str(), S_IFIFO | 0644, 0));
                return same("mkfifo " + where, host,
                            our_result(make_node(ours_.context(), where, S_IFIFO | 0644, 0)));
            }
            return same("stat " + where, describe_host(where), describe_ours(where));
        default:
            return open_and_use();
    }
}

void RandomOperations::compare_directory(const std::string& at) {
    std::multiset<std::string> host;
    DIR* directory = ::fdopendir(::openat(host_.fd(), at.c_str(), O_RDONLY | O_DIRECTORY));
    while (dirent* entry = ::readdir(directory))
        host.insert(std::string(entry->d_name) + ":" + std::to_string(entry->d_type));
    ::closedir(directory);
    Collect ours;
    Result<Ref<OpenFile>> opened = open_path(*ours_.fs, ours_.who, at, O_RDONLY | O_DIRECTORY, 0);
    ASSERT_TRUE(opened) << at;
    EXPECT_TRUE((*opened)->read_directory(ours));
    EXPECT_EQ(host, ours.names) << at;
    for (const std::string& entry : host) {
        std::string entry_name = entry.substr(0, entry.find(':'));
        if (entry_name == "." || entry_name == "..") continue;
        std::string where = at + "/" + entry_name;
        EXPECT_EQ(describe_host(where), describe_ours(where)) << where;
        if (entry.ends_with(":" + std::to_string(DT_DIR))) compare_directory(where);
    }
}

}  // namespace occlum::kernel::test

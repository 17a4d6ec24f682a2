// The same operation on the host's file system and on ours: results and errno must be equal.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <set>
#include <string>

#include "kernel/fs/attribute_change.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/permission.h"
#include "kernel/fs/tree.h"

namespace occlum::kernel::test {

/// A directory on the host, deep enough that no "..", nor links of them, lead out of the part both sides
/// know.
class HostSide {
public:
    static constexpr int kDepth = 60;
    HostSide() {
        std::string base = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
        std::string name = base + "/fs_test_XXXXXX";
        top_ = ::mkdtemp(name.data());
        home_ = top_;
        for (int i = 0; i < kDepth; ++i) {
            home_ += "/r";
            ::mkdir(home_.c_str(), 0755);
        }
        fd_ = ::open(home_.c_str(), O_DIRECTORY | O_RDONLY);
    }
    ~HostSide() {
        ::close(fd_);
        std::filesystem::remove_all(top_);
    }
    int fd() const { return fd_; }
    const std::string& home() const { return home_; }
    const std::string& top() const { return top_; }

private:
    std::string top_, home_;
    int fd_;
};

inline Credentials test_user() {
    Credentials who = Credentials::of_user(::geteuid(), ::getegid());
    who.groups.clear();
    return who;
}

/// Our side: a root inode, and the place that corresponds to the host's home.
class OurSide {
public:
    explicit OurSide(Ref<Inode> root, bool make_home = true)
        : who(test_user()), fs(make_ref<FsContext>(root_dentry(root), root_dentry(root))) {
        fs->cwd = fs->root;
        for (int i = 0; make_home && i < HostSide::kDepth; ++i) {
            EXPECT_TRUE(make_directory(context(), "r", 0755));
            enter();
        }
    }
    void enter() { fs->cwd = *walk(context(), "r", true); }
    WalkContext context() const { return WalkContext(*fs, who); }

    Credentials who;
    Ref<FsContext> fs;

private:
    static Ref<Dentry> root_dentry(Ref<Inode> root) {
        static std::vector<Ref<Dentry>> all;
        for (auto& known : all)
            if (&known->inode() == root.get()) return known;
        all.push_back(make_ref<Dentry>(nullptr, std::string(), RefPtr<Inode>(root)));
        return all.back();
    }
};

inline std::string octal_text(u32 number) {
    char text[16];
    std::snprintf(text, sizeof text, "%o", number);
    return text;
}

/// "ok …" or the error's number: what both sides must agree on.
inline std::string host_result(long result, const std::string& value = "") {
    return result < 0 ? "errno " + std::to_string(errno) : "ok " + value;
}
template <typename T>
std::string our_result(const Result<T>& result, const std::string& value = "") {
    return result ? "ok " + value : "errno " + std::to_string(static_cast<int>(result.error()));
}

class Collect final : public DirectorySink {
public:
    bool take(const DirectoryEntry& entry) override {
        names.insert(std::string(entry.name) + ":" + std::to_string(entry.type));
        return true;
    }
    std::multiset<std::string> names;
};

}  // namespace occlum::kernel::test

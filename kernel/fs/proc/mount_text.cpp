#include "kernel/fs/proc/mount_text.h"

#include "kernel/fs/proc/text.h"

namespace occlum::kernel {
namespace {

// White space and backslashes would break the columns.
std::string escaped(std::string_view text) {
    std::string result;
    for (char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\\')
            result += "\\" + octal(static_cast<u8>(c));
        else
            result += c;
    }
    return result;
}

std::string options(u32 flags) {
    struct Option {
        u32 flag;
        std::string_view text;
    };
    constexpr auto kOptions = std::to_array<Option>({{kMountNoSuid, ",nosuid"},
                                                     {kMountNoDev, ",nodev"},
                                                     {kMountNoExec, ",noexec"},
                                                     {kMountNoAtime, ",noatime"},
                                                     {kMountNoDirAtime, ",nodiratime"},
                                                     {kMountRelatime, ",relatime"},
                                                     {kMountNoSymlinks, ",nosymfollow"}});
    std::string text((flags & kMountReadOnly) != 0 ? "ro" : "rw");
    for (const Option& option : kOptions)
        if ((flags & option.flag) != 0) text += option.text;
    return text;
}

struct VisibleMount {
    Ref<Dentry> root;
    std::string source, point, options;
    FileSystemInfo info;
};

std::vector<VisibleMount> visible(const FsContext& view) {
    std::vector<VisibleMount> all;
    for (const Ref<Dentry>& root : mount_roots()) {
        std::string point = path_of(view, *root);
        if (!point.starts_with('/')) continue;
        const FileSystemInfo info = root->inode().file_system();
        const u32 flags = root->mount->flags | (info.read_only ? kMountReadOnly : 0);
        all.push_back({root, escaped(root->mount->source), escaped(point), options(flags), info});
    }
    return all;
}

}  // namespace

std::string mounts_text(const FsContext& view) {
    std::string text;
    for (const VisibleMount& mount : visible(view)) {
        text += mount.source + " " + mount.point + " " + std::string(mount.info.type) + " ";
        text += mount.options + mount.root->mount->options + " 0 0\n";
    }
    return text;
}

std::string mountinfo_text(const FsContext& view) {
    std::string text;
    for (const VisibleMount& mount : visible(view)) {
        const Mount& self = *mount.root->mount;
        const RefPtr<Mount> parent = parent_mount(*mount.root);
        text += std::to_string(self.id) + " " + std::to_string(parent ? parent->id : 1) + " ";
        text += std::to_string(device_major(mount.info.device)) + ":" +
                std::to_string(device_minor(mount.info.device)) + " " + escaped(self.subroot) + " " +
                mount.point + " ";
        text += mount.options;
        if (self.peers != 0) text += " shared:" + std::to_string(self.peers);
        if (self.master != 0) text += " master:" + std::to_string(self.master);
        if (self.unbindable) text += " unbindable";
        text += " - " + std::string(mount.info.type) + " " + mount.source + " ";
        text += (mount.info.read_only ? "ro" : "rw") + self.options + "\n";
    }
    return text;
}

}  // namespace occlum::kernel

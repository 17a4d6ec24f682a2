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

std::string_view options(const FileSystemInfo& info) {
    return info.read_only ? "ro,relatime" : "rw,relatime";
}

struct VisibleMount {
    std::string source, point;
    FileSystemInfo info;
};

std::vector<VisibleMount> visible(const FsContext& view) {
    std::vector<VisibleMount> all;
    for (const MountRecord& record : mount_records()) {
        std::string point = path_of(view, *record.point);
        if (!point.starts_with('/')) continue;
        all.push_back({escaped(record.source), escaped(point), record.point->inode().file_system()});
    }
    return all;
}

}  // namespace

std::string mounts_text(const FsContext& view) {
    std::string text;
    for (const VisibleMount& mount : visible(view)) {
        text += mount.source + " " + mount.point + " " + std::string(mount.info.type) + " ";
        text += std::string(options(mount.info)) + " 0 0\n";
    }
    return text;
}

std::string mountinfo_text(const FsContext& view) {
    std::string text;
    u64 id = 20;
    for (const VisibleMount& mount : visible(view)) {
        ++id;
        text += std::to_string(id) + " " + std::to_string(id == 21 ? 1 : 21) + " ";
        text += std::to_string(device_major(mount.info.device)) + ":" +
                std::to_string(device_minor(mount.info.device)) + " / " + mount.point + " ";
        text += std::string(options(mount.info)) + " - " + std::string(mount.info.type) + " " + mount.source +
                " ";
        text += std::string(mount.info.read_only ? "ro" : "rw") + "\n";
    }
    return text;
}

}  // namespace occlum::kernel

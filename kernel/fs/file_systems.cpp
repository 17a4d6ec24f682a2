#include "kernel/fs/file_systems.h"

#include <algorithm>

#include "enclave/page_budget.h"
#include "kernel/fs/dev/devices.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/fs/sys/sys.h"
#include "kernel/tty/pty.h"

namespace occlum::kernel {
namespace {

constexpr u64 kRamfsMagic = 0x8584'58f6;
constexpr u64 kSysfsMagic = 0x6265'6572;
constexpr u64 kDevLimit = u64{64} << 20;
constexpr auto kTypes =
    std::to_array<std::string_view>({"tmpfs", "ramfs", "devtmpfs", "devpts", "proc", "sysfs"});

const Credentials& superuser() {
    static const Credentials root;
    return root;
}

std::optional<u64> number(std::string_view text, u32 base) {
    if (text.empty()) return std::nullopt;
    u64 value = 0;
    for (const char c : text) {
        const u32 digit = static_cast<u32>(c - '0');
        if (digit >= base || value > (~u64{0} - digit) / base) return std::nullopt;
        value = value * base + digit;
    }
    return value;
}

// "64", "64k", "16m", "2g", "50%" of the memory.
std::optional<u64> size_value(std::string_view text) {
    if (text.empty()) return std::nullopt;
    const char unit = static_cast<char>(text.back() | 0x20);
    if (text.ends_with('%')) {
        const auto percent = number(text.substr(0, text.size() - 1), 10);
        if (!percent || *percent > 100) return std::nullopt;
        return enclave::page_use().limit / 100 * *percent;
    }
    u32 shift = 0;
    if (unit == 'k') shift = 10;
    if (unit == 'm') shift = 20;
    if (unit == 'g') shift = 30;
    if (shift != 0) text.remove_suffix(1);
    const auto value = number(text, 10);
    if (!value || *value > (~u64{0} >> shift)) return std::nullopt;
    return *value << shift;
}

struct TmpfsOptions {
    std::optional<u64> size;
    std::optional<u32> mode, uid, gid;
    std::string shown;  // as /proc/mounts has them
};

bool set_number(std::optional<u32>& to, std::string_view value, u32 base, u64 most) {
    const auto parsed = number(value, base);
    if (!parsed || *parsed > most) return false;
    to = static_cast<u32>(*parsed);
    return true;
}

bool take_option(TmpfsOptions& options, std::string_view key, std::string_view value) {
    constexpr u64 kMostId = 0xffff'fffe;
    if (key == "size") return (options.size = size_value(value)).has_value();
    if (key == "nr_blocks") {
        const auto blocks = size_value(value);
        if (!blocks || *blocks > ~u64{0} / kPageSize) return false;
        options.size = *blocks * kPageSize;
        return true;
    }
    if (key == "mode") return set_number(options.mode, value, 8, kModeMask);
    if (key == "uid") return set_number(options.uid, value, 10, kMostId);
    if (key == "gid") return set_number(options.gid, value, 10, kMostId);
    // There is a bound on names that no option moves, and one size of page.
    if (key == "nr_inodes") return size_value(value).has_value();
    return key == "huge" || key == "inode64" || key == "inode32" || key == "noswap";
}

Result<TmpfsOptions> parse_tmpfs(std::string_view text) {
    TmpfsOptions options;
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), one.size() + 1));
        if (one.empty()) continue;
        const size_t equals = std::min(one.find('='), one.size());
        const std::string_view value = equals < one.size() ? one.substr(equals + 1) : std::string_view();
        if (!take_option(options, one.substr(0, equals), value)) return err(Errno::Einval);
    }
    if (options.size) options.shown += ",size=" + std::to_string(page_up(*options.size) / 1024) + "k";
    if (options.mode && *options.mode != 01777) {
        std::string digits;
        for (u32 left = *options.mode; left != 0; left /= 8)
            digits.insert(0, 1, static_cast<char>('0' + left % 8));
        options.shown += ",mode=" + (digits.empty() ? "0" : digits);
    }
    if (options.uid.value_or(0) != 0) options.shown += ",uid=" + std::to_string(*options.uid);
    if (options.gid.value_or(0) != 0) options.shown += ",gid=" + std::to_string(*options.gid);
    return options;
}

Result<Ref<Dentry>> make_tmpfs(std::string_view source, u32 flags, std::string_view text) {
    const TmpfsOptions options = TRY(parse_tmpfs(text));
    // As on Linux, 0 is no bound of its own.
    const u64 limit = options.size.value_or(0) != 0 ? page_up(*options.size) : memory_share();
    auto fs = make_ref<TreeFileSystem>("tmpfs", kTmpfsMagic, limit, nullptr, false);
    Credentials owner;
    owner.fsuid = options.uid.value_or(0);
    owner.fsgid = options.gid.value_or(0);
    Ref<Inode> root = TRY(TreeFileSystem::make_root(fs, options.mode.value_or(01777), owner));
    Ref<Dentry> mount = new_mount(root, std::string(source), flags);
    mount->mount->options = options.shown;
    return mount;
}

Result<Ref<Inode>> make_ramfs() {
    auto fs = make_ref<TreeFileSystem>("ramfs", kRamfsMagic, memory_share(), nullptr, false);
    return TreeFileSystem::make_root(fs, 0755, superuser());
}

Result<Ref<Inode>> make_devices() {
    auto fs = make_ref<TreeFileSystem>("devtmpfs", kTmpfsMagic, kDevLimit, nullptr, false);
    Ref<Inode> root = TRY(TreeFileSystem::make_root(fs, 0755, superuser()));
    for (const DeviceNode& node : device_nodes())
        TRY(root->create(node.name, kTypeCharacter | node.mode, node.device, superuser()));
    TRY(root->symlink("fd", "/proc/self/fd", superuser()));
    TRY(root->symlink("stdin", "/proc/self/fd/0", superuser()));
    TRY(root->symlink("stdout", "/proc/self/fd/1", superuser()));
    TRY(root->symlink("stderr", "/proc/self/fd/2", superuser()));
    TRY(root->create("shm", kTypeDirectory | 0755, 0, superuser()));
    TRY(root->create("pts", kTypeDirectory | 0755, 0, superuser()));
    return root;
}

Result<Ref<Inode>> make_sysfs() {
    auto fs = make_ref<TreeFileSystem>("sysfs", kSysfsMagic, kDevLimit, nullptr, false);
    Ref<Inode> root = TRY(TreeFileSystem::make_root(fs, 0555, superuser()));
    TRY(fill_sysfs(*root));
    return root;
}

Result<Ref<Inode>> make_inode(std::string_view type) {
    if (type == "ramfs") return make_ramfs();
    if (type == "devtmpfs") return make_devices();
    if (type == "devpts") return make_devpts_root();
    if (type == "proc") return make_proc_root();
    return make_sysfs();
}

// There is one of each of these, however often it is mounted.
RefPtr<Dentry> existing(std::string_view type) {
    if (type == "ramfs") return nullptr;
    for (const Ref<Dentry>& root : mount_roots())
        if (root->inode().file_system().type == type && root->mount->subroot == "/")
            return RefPtr<Dentry>(root);
    return nullptr;
}

}  // namespace

u64 memory_share() { return enclave::page_use().limit / 2; }

std::span<const std::string_view> file_system_types() { return kTypes; }

bool is_file_system_type(std::string_view type) { return std::ranges::find(kTypes, type) != kTypes.end(); }

Result<Ref<Dentry>> make_file_system(std::string_view type, std::string_view source, u32 flags,
                                     std::string_view options) {
    if (!is_file_system_type(type)) return err(Errno::Enodev);
    if (type == "tmpfs") return make_tmpfs(source, flags, options);
    if (const RefPtr<Dentry> first = existing(type)) {
        Ref<Dentry> copy = TRY(copy_mount(*first, Depth::One));
        copy->mount->source = std::string(source);
        copy->mount->flags = flags;
        return copy;
    }
    return new_mount(TRY(make_inode(type)), std::string(source), flags);
}

Result<void> check_options(std::string_view type, std::string_view options) {
    if (type == "tmpfs") {
        TRY(parse_tmpfs(options));
        return {};
    }
    return options.empty() ? Result<void>() : err(Errno::Einval);
}

Result<void> change_options(Dentry& root, std::string_view text) {
    if (root.inode().file_system().type != "tmpfs") return {};
    const TmpfsOptions options = TRY(parse_tmpfs(text));
    if (!options.size) return {};
    TRY(root.inode().resize_file_system(page_up(*options.size)));
    root.mount->options = options.shown;
    return {};
}

}  // namespace occlum::kernel

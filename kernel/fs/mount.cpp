// The initial tree: the root, the volumes, and the file systems that live in the enclave.
#include "enclave/page_budget.h"
#include "kernel/fs/dev/devices.h"
#include "kernel/fs/host/host_tree.h"
#include "kernel/fs/host/volume.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/mounts.h"
#include "kernel/fs/proc/proc.h"
#include "kernel/fs/secure/secure_file_system.h"
#include "kernel/fs/sys/sys.h"
#include "kernel/fs/tree.h"
#include "kernel/tty/pty.h"

namespace occlum::kernel {
namespace {

constexpr u64 kTmpfsMagic = 0x0102'1994;
constexpr u64 kOverlayMagic = 0x794c'7630;
constexpr u64 kDevLimit = u64{64} << 20;

/// What one file system may take of the enclave's memory, as tmpfs(5) on Linux.
u64 memory_share() { return enclave::page_use().limit / 2; }

const Credentials& superuser() {
    static const Credentials root;
    return root;
}

Ref<TreeFileSystem> memory_file_system(std::string_view type, u64 limit) {
    return make_ref<TreeFileSystem>(type, kTmpfsMagic, limit, nullptr, false);
}

// Makes the directories of `path` that are missing: mount points need not exist in the image.
Result<Ref<Dentry>> make_directories(const WalkContext& context, std::string_view path) {
    std::string made;
    while (!path.empty()) {
        path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
        std::string_view name = path.substr(0, path.find('/'));
        path.remove_prefix(name.size());
        if (name.empty()) break;
        made += '/';
        made += name;
        Result<void> fresh = make_directory(context, made, 0755);
        if (!fresh && fresh.error() != Errno::Eexist) return err(fresh.error());
    }
    return walk(context, made.empty() ? "/" : made, true);
}

Result<void> mount_on(const WalkContext& context, std::string_view path, Ref<Inode> root,
                      std::string_view source) {
    Ref<Dentry> point = TRY(make_directories(context, path));
    mount_at(*point, root);
    record_mount({.source = std::string(source), .point = follow_mounts(*point)});
    return {};
}

Result<void> mount_memory(const WalkContext& context, std::string_view path, u32 mode) {
    Ref<Inode> root =
        TRY(TreeFileSystem::make_root(memory_file_system("tmpfs", memory_share()), mode, superuser()));
    return mount_on(context, path, root, "tmpfs");
}

Result<void> mount_devices(const WalkContext& context) {
    Ref<Inode> root =
        TRY(TreeFileSystem::make_root(memory_file_system("devtmpfs", kDevLimit), 0755, superuser()));
    for (const DeviceNode& node : device_nodes())
        TRY(root->create(node.name, kTypeCharacter | node.mode, node.device, superuser()));
    TRY(root->symlink("fd", "/proc/self/fd", superuser()));
    TRY(root->symlink("stdin", "/proc/self/fd/0", superuser()));
    TRY(root->symlink("stdout", "/proc/self/fd/1", superuser()));
    TRY(root->symlink("stderr", "/proc/self/fd/2", superuser()));
    TRY(root->create("shm", kTypeDirectory | 0755, 0, superuser()));
    TRY(mount_on(context, "/dev", root, "devtmpfs"));
    TRY(mount_on(context, "/dev/pts", make_devpts_root(), "devpts"));
    return mount_memory(context, "/dev/shm", 01777);
}

Result<void> mount_sysfs(const WalkContext& context) {
    constexpr u64 kSysfsMagic = 0x6265'6572;
    auto fs = make_ref<TreeFileSystem>("sysfs", kSysfsMagic, kDevLimit, nullptr, false);
    Ref<Inode> root = TRY(TreeFileSystem::make_root(fs, 0555, superuser()));
    TRY(fill_sysfs(*root));
    return mount_on(context, "/sys", root, "sysfs");
}

Result<Ref<Inode>> root_inode(const MountRequest* request) {
    RefPtr<HostTree> lower;
    if (request != nullptr) lower = RefPtr<HostTree>(make_ref<HostTree>(request->host_mount));
    bool read_only = request != nullptr && request->read_only && !request->overlay_root;
    bool overlay = request != nullptr && !read_only;
    auto fs = make_ref<TreeFileSystem>(overlay ? "overlay" : "tmpfs", overlay ? kOverlayMagic : kTmpfsMagic,
                                       memory_share(), lower, read_only);
    return TreeFileSystem::make_root(fs, 0755, superuser());
}

Result<void> mount_store(const WalkContext& context, const MountRequest& request,
                         const abi::BootStore& store) {
    Ref<SecureFileSystem> fs = TRY(SecureFileSystem::mount({.host_mount = request.host_mount,
                                                            .file = store.file,
                                                            .create = store.create,
                                                            .counter = store.counter,
                                                            .key = store.key,
                                                            .owner = request.owner}));
    return mount_on(context, request.guest_path, TRY(SecureFileSystem::root(fs)), "sefs");
}

Result<void> mount_volume(const WalkContext& context, const MountRequest& request) {
    if (request.store) return mount_store(context, request, *request.store);
    auto tree = make_ref<HostTree>(request.host_mount);
    if (request.read_only || request.overlay_root) {
        auto fs = make_ref<TreeFileSystem>("overlay", kOverlayMagic, memory_share(), RefPtr<HostTree>(tree),
                                           request.read_only);
        return mount_on(context, request.guest_path, TRY(TreeFileSystem::make_root(fs, 0755, superuser())),
                        "host");
    }
    return mount_on(context, request.guest_path, TRY(open_volume(tree)), "host");
}

bool is_root(const MountRequest& request) { return request.overlay_root || request.guest_path == "/"; }

}  // namespace

std::vector<MountRecord>& mount_records() {
    static std::vector<MountRecord> records;
    return records;
}
void record_mount(MountRecord record) { mount_records().push_back(std::move(record)); }

Result<Ref<FsContext>> mount_initial(std::span<const MountRequest> mounts, std::string_view directory) {
    const MountRequest* root_request = nullptr;
    for (const MountRequest& request : mounts)
        if (root_request == nullptr && is_root(request)) root_request = &request;
    Ref<Dentry> root = make_ref<Dentry>(nullptr, std::string(), RefPtr<Inode>(TRY(root_inode(root_request))));
    record_mount({.source = root_request != nullptr ? "overlay" : "tmpfs", .point = root});
    auto fs = make_ref<FsContext>(root, root);
    WalkContext context(*fs, superuser());

    // A layered root shows the host's own, writable in memory like the rest.
    if (root_request == nullptr || !root_request->overlay_root) {
        TRY(mount_memory(context, "/tmp", 01777));
        TRY(mount_memory(context, "/run", 0755));
    }
    TRY(mount_devices(context));
    TRY(mount_on(context, "/proc", TRY(make_proc_root()), "proc"));
    TRY(mount_sysfs(context));
    for (const MountRequest& request : mounts)
        if (&request != root_request) TRY(mount_volume(context, request));

    if (!directory.empty()) {
        Ref<Dentry> cwd = TRY(walk(context, directory, true));
        if (!cwd->inode().is_directory()) return err(Errno::Enotdir);
        fs->cwd = cwd;
    }
    return fs;
}

}  // namespace occlum::kernel

// The initial tree: the root, the volumes, and the file systems that live in the enclave.
#include "kernel/fs/file_systems.h"
#include "kernel/fs/host/host_tree.h"
#include "kernel/fs/host/volume.h"
#include "kernel/fs/image/image_tree.h"
#include "kernel/fs/layers/layered_file_system.h"
#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/fs/secure/secure_file_system.h"
#include "kernel/fs/tree.h"

namespace occlum::kernel {
namespace {

constexpr u64 kOverlayMagic = 0x794c'7630;
const Credentials& superuser() {
    static const Credentials root;
    return root;
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

Result<void> mount_on(const WalkContext& context, std::string_view path, Ref<Dentry> root) {
    return attach_mount(*TRY(make_directories(context, path)), root);
}
Result<void> mount_on(const WalkContext& context, std::string_view path, Ref<Inode> root,
                      std::string_view source) {
    return mount_on(context, path, new_mount(root, std::string(source), kMountRelatime));
}

Result<void> mount_kind(const WalkContext& context, std::string_view path, std::string_view type,
                        std::string_view options = {}) {
    Ref<Dentry> root = TRY(make_file_system(type, type, kMountRelatime, options));
    return mount_on(context, path, root);
}

Result<Ref<LowerTree>> lower_tree(const MountRequest& request) {
    if (!request.image) return Ref<LowerTree>(make_ref<HostTree>(request.host_mount));
    Ref<ImageTree> image = TRY(ImageTree::open(*request.image));
    return Ref<LowerTree>(image);
}

Result<Ref<SecureFileSystem>> open_store(const MountRequest& request) {
    if (!request.store) return err(Errno::Einval);
    const abi::BootStore& store = *request.store;
    return SecureFileSystem::mount({.host_mount = request.host_mount,
                                    .file = store.file,
                                    .create = store.create,
                                    .counter = store.counter,
                                    .key = store.key,
                                    .owner = request.owner});
}

// What the programs change of the root lasts in a store.
Result<Ref<Inode>> layered_root(const MountRequest& request, const MountRequest& layer) {
    auto below = make_ref<TreeFileSystem>("image", kOverlayMagic, memory_share(),
                                          RefPtr<LowerTree>(TRY(lower_tree(request))), true);
    Ref<Inode> lower = TRY(TreeFileSystem::make_root(below, 0755, superuser()));
    return LayeredFileSystem::make_root(TRY(open_store(layer)), lower);
}

Result<Ref<Inode>> root_inode(const MountRequest* request, const MountRequest* layer) {
    if (request != nullptr && layer != nullptr) return layered_root(*request, *layer);
    RefPtr<LowerTree> lower;
    if (request != nullptr) lower = RefPtr<LowerTree>(TRY(lower_tree(*request)));
    bool read_only = request != nullptr && request->read_only && !request->overlay_root;
    bool overlay = request != nullptr && !read_only;
    auto fs = make_ref<TreeFileSystem>(overlay ? "overlay" : "tmpfs", overlay ? kOverlayMagic : kTmpfsMagic,
                                       memory_share(), lower, read_only);
    return TreeFileSystem::make_root(fs, 0755, superuser());
}

Result<void> mount_volume(const WalkContext& context, const MountRequest& request) {
    if (request.memory) return mount_kind(context, request.guest_path, "tmpfs");
    if (request.store && request.image) return err(Errno::Einval);
    if (request.store)
        return mount_on(context, request.guest_path, TRY(SecureFileSystem::root(TRY(open_store(request)))),
                        "sefs");
    if (request.read_only || request.overlay_root || request.image) {
        const bool read_only = request.read_only && !request.overlay_root;
        Ref<LowerTree> tree = TRY(lower_tree(request));
        auto fs = make_ref<TreeFileSystem>("overlay", kOverlayMagic, memory_share(), RefPtr<LowerTree>(tree),
                                           read_only);
        return mount_on(context, request.guest_path, TRY(TreeFileSystem::make_root(fs, 0755, superuser())),
                        request.image ? "image" : "host");
    }
    return mount_on(context, request.guest_path, TRY(open_volume(make_ref<HostTree>(request.host_mount))),
                    "host");
}

bool is_root(const MountRequest& request) { return request.overlay_root || request.guest_path == "/"; }

// A store at "/" that is not itself the root is laid over it.
bool is_layer(const MountRequest& request, const MountRequest* root) {
    return root != nullptr && &request != root && request.store && request.guest_path == "/";
}

}  // namespace

Result<Ref<FsContext>> mount_initial(std::span<const MountRequest> mounts, std::string_view directory) {
    const MountRequest* root_request = nullptr;
    for (const MountRequest& request : mounts)
        if (root_request == nullptr && is_root(request)) root_request = &request;
    const MountRequest* layer = nullptr;
    for (const MountRequest& request : mounts)
        if (is_layer(request, root_request)) layer = &request;
    Ref<Dentry> root = new_mount(TRY(root_inode(root_request, layer)),
                                 root_request != nullptr ? "overlay" : "tmpfs", kMountRelatime);
    mount_roots().push_back(root);
    auto fs = make_ref<FsContext>(root, root);
    WalkContext context(*fs, superuser());

    // A layered root shows the host's own, writable in memory like the rest.
    if (root_request == nullptr || !root_request->overlay_root) {
        TRY(mount_kind(context, "/tmp", "tmpfs"));
        TRY(mount_kind(context, "/run", "tmpfs", "mode=755"));
    }
    TRY(mount_kind(context, "/dev", "devtmpfs"));
    TRY(mount_kind(context, "/dev/pts", "devpts"));
    TRY(mount_kind(context, "/dev/shm", "tmpfs"));
    TRY(mount_kind(context, "/proc", "proc"));
    TRY(mount_kind(context, "/sys", "sysfs"));
    for (const MountRequest& request : mounts)
        if (&request != root_request && &request != layer) TRY(mount_volume(context, request));

    if (!directory.empty()) {
        Ref<Dentry> cwd = TRY(walk(context, directory, true));
        if (!cwd->inode().is_directory()) return err(Errno::Enotdir);
        fs->cwd = cwd;
    }
    return fs;
}

}  // namespace occlum::kernel

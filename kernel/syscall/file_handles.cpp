// name_to_handle_at(2), open_by_handle_at(2). A handle is the numbers of a file; the files whose handles were
// asked for last are remembered.
#include "kernel/fs/file_handles.h"

#include <deque>

#include "kernel/fs/mounts.h"
#include "kernel/syscall/file_arguments.h"

namespace occlum::kernel {
namespace {

constexpr size_t kRemembered = 4096;
constexpr i32 kHandleType = 0x6f63;
constexpr u32 kLargestHandle = 128;

struct Handle {
    u64 device, inode;
    bool operator==(const Handle&) const = default;
};
struct HandleHead {
    u32 size;
    i32 type;
};

struct Remembered {
    Handle handle;
    Ref<Dentry> dentry;
};
std::deque<Remembered>& remembered() {
    [[clang::no_destroy]] static std::deque<Remembered> handles;
    return handles;
}

void remember(const Handle& handle, Ref<Dentry> dentry) {
    for (const Remembered& each : remembered())
        if (each.handle == handle) return;
    if (remembered().size() >= kRemembered) remembered().pop_front();
    remembered().push_back({handle, dentry});
}

}  // namespace

void forget_handles(Dentry& mount_root) {
    std::erase_if(remembered(),
                  [&](const Remembered& each) { return mount_root_of(*each.dentry).get() == &mount_root; });
}

Result<u64> sys_name_to_handle_at(const SyscallArgs& args) {
    constexpr u32 kWideMountId = 1, kOnlyIdentity = 0x200;
    const u32 flags = as_u32(args[4]);
    if ((flags & ~(kAtSymlinkFollow | kAtEmptyPath | kOnlyIdentity | kWideMountId)) != 0)
        return err(Errno::Einval);
    const u32 walk = (flags & kAtEmptyPath) | ((flags & kAtSymlinkFollow) != 0 ? 0 : kAtSymlinkNoFollow);
    const Ref<Dentry> dentry = TRY(dentry_at(args[0], args[1], walk));
    if (!dentry->inode().names_are_stable()) return err(Errno::Eopnotsupp);
    const auto head = TRY(read_user(UserIn<HandleHead>{{args[2]}}));
    if (head.size > kLargestHandle) return err(Errno::Einval);
    const RefPtr<Mount> mount = mount_root_of(*dentry)->mount;
    if (!mount) return err(Errno::Eopnotsupp);
    if ((flags & kWideMountId) != 0)
        TRY(write_user(UserOut<u64>{{args[3]}}, u64{mount->id}));
    else
        TRY(write_user(UserOut<i32>{{args[3]}}, static_cast<i32>(mount->id)));
    const bool fits = head.size >= sizeof(Handle);
    TRY(write_user(UserOut<HandleHead>{{args[2]}}, HandleHead{sizeof(Handle), kHandleType}));
    if (!fits) return err(Errno::Eoverflow);
    const Attributes file = TRY(dentry->inode().attributes());
    const Handle handle{file.device, file.inode};
    TRY(write_user(UserOut<Handle>{{args[2] + sizeof(HandleHead)}}, handle));
    remember(handle, dentry);
    return u64{0};
}

Result<u64> sys_open_by_handle_at(const SyscallArgs& args) {
    if (!current_credentials().has(Capability::DacReadSearch)) return err(Errno::Eperm);
    if (as_int(args[0]) != kAtCwd) TRY(file_argument(args[0]));
    const auto head = TRY(read_user(UserIn<HandleHead>{{args[1]}}));
    if (head.size > kLargestHandle || head.size == 0) return err(Errno::Einval);
    if (head.size != sizeof(Handle) || head.type != kHandleType) return err(Errno::Estale);
    const auto handle = TRY(read_user(UserIn<Handle>{{args[1] + sizeof(HandleHead)}}));
    for (const Remembered& each : remembered()) {
        if (!(each.handle == handle)) continue;
        if (each.dentry->is_unlinked()) break;
        const Ref<Dentry> dentry = each.dentry;
        const Ref<OpenFile> file = TRY(open_dentry(*dentry, current_credentials(), as_u32(args[2])));
        const bool close_on_exec = (as_u32(args[2]) & kOpenCloseOnExec) != 0;
        return static_cast<u64>(TRY(current_files().add(file, close_on_exec)));
    }
    return err(Errno::Estale);
}

}  // namespace occlum::kernel

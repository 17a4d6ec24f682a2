// Mounts as descriptors: fsopen(2), fsconfig(2), fsmount(2), fspick(2), open_tree(2), move_mount(2),
// mount_setattr(2).
#include "kernel/fs/anonymous_inode.h"
#include "kernel/syscall/mount_arguments.h"

namespace occlum::kernel {
namespace {

constexpr u32 kAtRecursive = 0x8000;
constexpr u32 kCloseOnExecBit = 1;  // of FSOPEN_, FSMOUNT_ and FSPICK_CLOEXEC

// MOUNT_ATTR_*: the low bits are MS_*'s.
constexpr u64 kAttrDirect = kMountReadOnly | kMountNoSuid | kMountNoDev | kMountNoExec;
constexpr u64 kAttrAtime = 0x70, kAttrNoAtime = 0x10, kAttrStrictAtime = 0x20, kAttrNoDirAtime = 0x80;
constexpr u64 kAttrNoSymlinks = 0x20'0000;
constexpr u64 kAttrKnown = kAttrDirect | kAttrAtime | kAttrNoDirAtime | kAttrNoSymlinks;

Result<u32> flags_of_attributes(u64 attributes) {
    if ((attributes & ~kAttrKnown) != 0) return err(Errno::Einval);
    u32 flags = static_cast<u32>(attributes & kAttrDirect);
    if ((attributes & kAttrNoDirAtime) != 0) flags |= kMountNoDirAtime;
    if ((attributes & kAttrNoSymlinks) != 0) flags |= kMountNoSymlinks;
    switch (attributes & kAttrAtime) {
        case 0:
            return flags | kMountRelatime;
        case kAttrNoAtime:
            return flags | kMountNoAtime;
        case kAttrStrictAtime:
            return flags;
        default:
            return err(Errno::Einval);
    }
}

u64 attributes_of_flags(u32 flags) {
    u64 attributes = flags & kAttrDirect;
    if ((flags & kMountNoDirAtime) != 0) attributes |= kAttrNoDirAtime;
    if ((flags & kMountNoSymlinks) != 0) attributes |= kAttrNoSymlinks;
    if ((flags & kMountNoAtime) != 0) return attributes | kAttrNoAtime;
    return (flags & kMountRelatime) != 0 ? attributes : attributes | kAttrStrictAtime;
}

class MountFile final : public OpenFile {
public:
    explicit MountFile(Ref<Dentry> root) : OpenFile(kOpenPath), root_(root) { dentry = RefPtr<Dentry>(root); }
    u32 poll(PollTable*) override { return kPollInvalid; }
    void closed() override {
        if (!root_->covered) detach_tree(*root_);
    }

private:
    Ref<Dentry> root_;
};

}  // namespace

// A file system in the making, or one whose options are being changed.
class ContextFile final : public OpenFile {
public:
    ContextFile(std::string type, RefPtr<Dentry> picked)
        : OpenFile(kOpenReadWrite), type_(std::move(type)), root_(picked), picked_(picked != nullptr) {
        dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[fscontext]", anonymous_inode()));
    }
    u32 poll(PollTable*) override { return kPollFileReady; }
    ContextFile* as_mount_context() override { return this; }

    Result<void> set_flag(std::string_view key);
    Result<void> set_string(std::string_view key, std::string_view value);
    Result<void> create();
    Result<void> reconfigure();
    Result<Ref<Dentry>> take_mount(u32 flags);

private:
    Result<void> add(const std::string& option);

    std::string type_, source_ = "none", options_;
    bool has_source_ = false, read_only_ = false;
    RefPtr<Dentry> root_;
    bool picked_;
};

Result<void> ContextFile::add(const std::string& option) {
    TRY(check_options(type_, option));
    options_ += (options_.empty() ? "" : ",") + option;
    return {};
}

Result<void> ContextFile::set_flag(std::string_view key) {
    if (root_ && !picked_) return err(Errno::Ebusy);
    if (key == "ro" || key == "rw") {
        read_only_ = key == "ro";
        return {};
    }
    constexpr auto kWithoutEffect = std::to_array<std::string_view>({"sync", "async", "dirsync", "lazytime"});
    for (const std::string_view known : kWithoutEffect)
        if (key == known) return {};
    return add(std::string(key));
}

Result<void> ContextFile::set_string(std::string_view key, std::string_view value) {
    if (root_ && !picked_) return err(Errno::Ebusy);
    if (key == "source") {
        if (std::exchange(has_source_, true)) return err(Errno::Einval);
        source_ = std::string(value);
        return {};
    }
    return add(std::string(key) + "=" + std::string(value));
}

Result<void> ContextFile::create() {
    if (root_) return err(Errno::Ebusy);
    root_ = RefPtr<Dentry>(TRY(make_file_system(type_, source_, kMountRelatime, options_)));
    return {};
}

Result<void> ContextFile::reconfigure() {
    if (!picked_) return err(Errno::Ebusy);
    TRY(change_options(*root_, options_));
    const u32 flags = root_->mount->flags & ~kMountReadOnly;
    return change_mount_flags(*root_, read_only_ ? flags | kMountReadOnly : flags);
}

Result<Ref<Dentry>> ContextFile::take_mount(u32 flags) {
    if (picked_ || !root_ || !root_->mount) return err(Errno::Einval);
    const Ref<Dentry> root(*std::exchange(root_, nullptr));
    root->mount->flags = read_only_ ? flags | kMountReadOnly : flags;
    return root;
}

namespace {

Result<u64> add_file(Ref<OpenFile> file, bool close_on_exec) {
    return static_cast<u64>(TRY(current_files().add(file, close_on_exec)));
}

Result<Ref<OpenFile>> context_argument(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    if (!file->as_mount_context()) return err(Errno::Einval);
    return file;
}

// fsconfig(2)'s commands.
enum Command : u32 {
    kSetFlag,
    kSetString,
    kSetBinary,
    kSetPath,
    kSetPathEmpty,
    kSetFd,
    kCreate,
    kReconfigure
};

Result<void> check_config_shape(const SyscallArgs& args) {
    const bool key = args[2] != 0, value = args[3] != 0;
    const i32 extra = as_int(args[4]);
    bool fits = false;
    constexpr i32 kLargestBinary = 1 << 20;
    switch (as_u32(args[1])) {
        case kSetFlag:
            fits = key && !value && extra == 0;
            break;
        case kSetString:
            fits = key && value && extra == 0;
            break;
        case kSetBinary:
            fits = key && value && extra > 0 && extra <= kLargestBinary;
            break;
        case kSetPath:
        case kSetPathEmpty:
            fits = key && value && (extra == kAtCwd || extra >= 0);
            break;
        case kSetFd:
            fits = key && !value && extra >= 0;
            break;
        case kCreate:
        case kReconfigure:
            fits = !key && !value && extra == 0;
            break;
        default:
            return err(Errno::Eopnotsupp);
    }
    return fits ? Result<void>() : err(Errno::Einval);
}

Result<void> configure(ContextFile& context, const SyscallArgs& args) {
    constexpr size_t kLongest = 255;
    const u32 command = as_u32(args[1]);
    if (command == kCreate || command == kReconfigure) TRY(require_mounting());
    if (command == kCreate) return context.create();
    if (command == kReconfigure) return context.reconfigure();
    const std::string key = TRY(copy_in_string({args[2]}, kLongest));
    if (command == kSetFlag) return context.set_flag(key);
    // No file system here has an option that is a path, a descriptor or binary.
    if (command != kSetString) return err(Errno::Einval);
    return context.set_string(key, TRY(copy_in_string({args[3]}, kLongest)));
}

}  // namespace

Ref<OpenFile> make_mount_file(Ref<Dentry> root) { return make_ref<MountFile>(root); }

Result<u64> sys_fsopen(const SyscallArgs& args) {
    TRY(require_mounting());
    if ((as_u32(args[1]) & ~kCloseOnExecBit) != 0) return err(Errno::Einval);
    std::string type = TRY(copy_in_string({args[0]}, kPageSize - 1));
    if (!is_file_system_type(type)) return err(Errno::Enodev);
    return add_file(make_ref<ContextFile>(std::move(type), nullptr), (args[1] & kCloseOnExecBit) != 0);
}

Result<u64> sys_fspick(const SyscallArgs& args) {
    constexpr u32 kNoFollow = 2, kNoAutomount = 4, kEmptyPath = 8;
    const u32 flags = as_u32(args[2]);
    TRY(require_mounting());
    if ((flags & ~(kCloseOnExecBit | kNoFollow | kNoAutomount | kEmptyPath)) != 0) return err(Errno::Einval);
    const u32 walk =
        ((flags & kNoFollow) != 0 ? kAtSymlinkNoFollow : 0) | ((flags & kEmptyPath) != 0 ? kAtEmptyPath : 0);
    const Ref<Dentry> root = TRY(dentry_at(args[0], args[1], walk));
    TRY(require_mount_root(*root));
    std::string type(root->inode().file_system().type);
    return add_file(make_ref<ContextFile>(std::move(type), RefPtr<Dentry>(root)),
                    (flags & kCloseOnExecBit) != 0);
}

Result<u64> sys_fsconfig(const SyscallArgs& args) {
    if (as_int(args[0]) < 0) return err(Errno::Einval);
    TRY(check_config_shape(args));
    const Ref<OpenFile> file = TRY(context_argument(args[0]));
    TRY(configure(*file->as_mount_context(), args));
    return u64{0};
}

Result<u64> sys_fsmount(const SyscallArgs& args) {
    TRY(require_mounting());
    if ((as_u32(args[1]) & ~kCloseOnExecBit) != 0) return err(Errno::Einval);
    const u32 flags = TRY(flags_of_attributes(as_u32(args[2])));
    const Ref<OpenFile> file = TRY(context_argument(args[0]));
    const Ref<Dentry> root = TRY(file->as_mount_context()->take_mount(flags));
    return add_file(make_mount_file(root), (args[1] & kCloseOnExecBit) != 0);
}

Result<u64> sys_open_tree(const SyscallArgs& args) {
    constexpr u32 kClone = 1;
    const u32 flags = as_u32(args[2]);
    constexpr u32 kWalk = kAtEmptyPath | kAtSymlinkNoFollow;
    if ((flags & ~(kWalk | kAtNoAutomount | kAtRecursive | kClone | kOpenCloseOnExec)) != 0)
        return err(Errno::Einval);
    if ((flags & (kAtRecursive | kClone)) == kAtRecursive) return err(Errno::Einval);
    const bool clone = (flags & kClone) != 0;
    if (clone) TRY(require_mounting());
    const Ref<Dentry> source = TRY(dentry_at(args[0], args[1], flags & kWalk));
    const bool close_on_exec = (flags & kOpenCloseOnExec) != 0;
    if (!clone) return add_file(TRY(open_dentry(*source, current_credentials(), kOpenPath)), close_on_exec);
    const Depth depth = (flags & kAtRecursive) != 0 ? Depth::Recursive : Depth::One;
    return add_file(make_mount_file(TRY(copy_mount(*source, depth))), close_on_exec);
}

Result<u64> sys_move_mount(const SyscallArgs& args) {
    constexpr u32 kFromLinks = 1, kFromEmpty = 4, kToLinks = 0x10, kToEmpty = 0x40;
    constexpr u32 kAutomounts = 2 | 0x20;
    const u32 flags = as_u32(args[4]);
    TRY(require_mounting());
    if ((flags & ~(kFromLinks | kFromEmpty | kToLinks | kToEmpty | kAutomounts)) != 0)
        return err(Errno::Einval);
    const auto walk = [&](u32 links, u32 empty) {
        return ((flags & links) != 0 ? 0 : kAtSymlinkNoFollow) | ((flags & empty) != 0 ? kAtEmptyPath : 0);
    };
    const Ref<Dentry> root = TRY(dentry_at(args[0], args[1], walk(kFromLinks, kFromEmpty)));
    const Ref<Dentry> point = TRY(dentry_at(args[2], args[3], walk(kToLinks, kToEmpty)));
    TRY(require_mount_root(*root));
    const bool is_topmost = root.get() == mount_roots().front().get();
    if (root->covered || is_topmost)
        TRY(move_mount_to(*point, *root));
    else
        TRY(attach_mount(*point, root));
    return u64{0};
}

namespace {

struct MountAttributes {
    u64 set, clear, propagation, user_space;
};

Result<MountAttributes> attributes_argument(u64 address, u64 size) {
    if (size < sizeof(MountAttributes)) return err(Errno::Einval);
    TRY(check_zero_tail(address, sizeof(MountAttributes), size));
    return read_user(UserIn<MountAttributes>{{address}});
}

Result<Propagation> propagation_of(u64 kind) {
    constexpr u64 kUnbindable = 1 << 17, kPrivate = 1 << 18, kSlave = 1 << 19, kShared = 1 << 20;
    switch (kind) {
        case kUnbindable:
            return Propagation::Unbindable;
        case kPrivate:
            return Propagation::Private;
        case kSlave:
            return Propagation::Slave;
        case kShared:
            return Propagation::Shared;
        default:
            return err(Errno::Einval);
    }
}

Result<void> check_attributes(const MountAttributes& wanted) {
    if (((wanted.set | wanted.clear) & ~kAttrKnown) != 0) return err(Errno::Einval);
    const u64 cleared_atime = wanted.clear & kAttrAtime;
    if (cleared_atime != 0 && cleared_atime != kAttrAtime) return err(Errno::Einval);
    if ((wanted.set & kAttrAtime) != 0 && cleared_atime == 0) return err(Errno::Einval);
    if (wanted.propagation != 0) TRY(propagation_of(wanted.propagation));
    return {};
}

Result<void> set_attributes(Dentry& root, const MountAttributes& wanted) {
    const u64 attributes = (attributes_of_flags(root.mount->flags) & ~wanted.clear) | wanted.set;
    TRY(change_mount_flags(root, TRY(flags_of_attributes(attributes))));
    if (wanted.propagation != 0) set_propagation(*root.mount, TRY(propagation_of(wanted.propagation)));
    return {};
}

}  // namespace

Result<u64> sys_mount_setattr(const SyscallArgs& args) {
    const u32 flags = as_u32(args[2]);
    constexpr u32 kWalk = kAtEmptyPath | kAtSymlinkNoFollow;
    if ((flags & ~(kWalk | kAtNoAutomount | kAtRecursive)) != 0) return err(Errno::Einval);
    if (args[4] > kPageSize) return err(Errno::E2big);
    if (args[4] < sizeof(MountAttributes)) return err(Errno::Einval);
    TRY(require_mounting());
    const MountAttributes wanted = TRY(attributes_argument(args[3], args[4]));
    if (wanted.set == 0 && wanted.clear == 0 && wanted.propagation == 0) return u64{0};
    TRY(check_attributes(wanted));
    const Ref<Dentry> root = TRY(dentry_at(args[0], args[1], flags & kWalk));
    TRY(require_mount_root(*root));
    TRY(set_attributes(*root, wanted));
    if ((flags & kAtRecursive) == 0) return u64{0};
    for (const Ref<Dentry>& below : mounts_in(*root)) TRY(set_attributes(*below, wanted));
    return u64{0};
}

}  // namespace occlum::kernel

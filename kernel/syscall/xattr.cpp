// Extended attributes (xattr(7)).
#include <algorithm>

#include "kernel/fs/permission.h"
#include "kernel/syscall/file_arguments.h"

namespace occlum::kernel {
namespace {

constexpr size_t kNameLongest = 255;
constexpr u64 kValueLongest = 64 << 10;

Result<Ref<Inode>> by_path(u64 path, bool follow) {
    return Ref<Inode>(TRY(dentry_at_cwd(path, follow))->inode());
}
Result<Ref<Inode>> by_descriptor(u64 descriptor) {
    Ref<OpenFile> file = TRY(file_argument(descriptor));
    RefPtr<Inode> inode = file->inode();
    if (file->is_path() || !inode) return err(Errno::Ebadf);
    return Ref<Inode>(*inode);
}

Result<std::string> name_argument(u64 address) {
    Result<std::string> name = copy_in_string({address}, kNameLongest);
    if (!name) return err(name.error() == Errno::Enametoolong ? Errno::Erange : name.error());
    if (name->empty()) return err(Errno::Erange);
    return name;
}

// Hands text out: with size 0 only its length. ERANGE when it does not fit.
Result<u64> give(const std::string& text, u64 address, u64 size) {
    if (size == 0) return text.size();
    if (text.size() > size) return err(Errno::Erange);
    TRY(copy_out({address}, std::vector<u8>(text.begin(), text.end())));
    return text.size();
}

Result<u64> set(Result<Ref<Inode>> found, const SyscallArgs& args) {
    Ref<Inode> inode = TRY(std::move(found));
    if (as_u32(args[4]) > 2) return err(Errno::Einval);
    std::string name = TRY(name_argument(args[1]));
    if (args[3] > kValueLongest) return err(Errno::E2big);
    std::vector<u8> value(args[3]);
    TRY(copy_in(value, {args[2]}));
    TRY(check_access(*inode, current_credentials(), kMayWrite));
    TRY(inode->set_xattr(name, std::string(value.begin(), value.end()), as_u32(args[4])));
    return u64{0};
}

Result<u64> get(Result<Ref<Inode>> found, const SyscallArgs& args) {
    Ref<Inode> inode = TRY(std::move(found));
    std::string name = TRY(name_argument(args[1]));
    if (name.starts_with("user.")) TRY(check_access(*inode, current_credentials(), kMayRead));
    return give(TRY(inode->get_xattr(name)), args[2], args[3]);
}

Result<u64> list(Result<Ref<Inode>> found, const SyscallArgs& args) {
    return give(TRY(TRY(std::move(found))->list_xattr()), args[1], args[2]);
}

Result<u64> remove(Result<Ref<Inode>> found, const SyscallArgs& args) {
    Ref<Inode> inode = TRY(std::move(found));
    std::string name = TRY(name_argument(args[1]));
    TRY(check_access(*inode, current_credentials(), kMayWrite));
    TRY(inode->remove_xattr(name));
    return u64{0};
}

}  // namespace

Result<u64> sys_setxattr(const SyscallArgs& args) { return set(by_path(args[0], true), args); }
Result<u64> sys_lsetxattr(const SyscallArgs& args) { return set(by_path(args[0], false), args); }
Result<u64> sys_fsetxattr(const SyscallArgs& args) { return set(by_descriptor(args[0]), args); }
Result<u64> sys_getxattr(const SyscallArgs& args) { return get(by_path(args[0], true), args); }
Result<u64> sys_lgetxattr(const SyscallArgs& args) { return get(by_path(args[0], false), args); }
Result<u64> sys_fgetxattr(const SyscallArgs& args) { return get(by_descriptor(args[0]), args); }
Result<u64> sys_listxattr(const SyscallArgs& args) { return list(by_path(args[0], true), args); }
Result<u64> sys_llistxattr(const SyscallArgs& args) { return list(by_path(args[0], false), args); }
Result<u64> sys_flistxattr(const SyscallArgs& args) { return list(by_descriptor(args[0]), args); }
Result<u64> sys_removexattr(const SyscallArgs& args) { return remove(by_path(args[0], true), args); }
Result<u64> sys_lremovexattr(const SyscallArgs& args) { return remove(by_path(args[0], false), args); }
Result<u64> sys_fremovexattr(const SyscallArgs& args) { return remove(by_descriptor(args[0]), args); }

}  // namespace occlum::kernel

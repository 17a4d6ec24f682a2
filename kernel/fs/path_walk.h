// From a path to a dentry (path_resolution(7)).
#pragma once

#include "kernel/fs/dentry.h"
#include "kernel/fs/fs_context.h"

namespace occlum::kernel {

/// Where a walk starts and for whom. A relative path starts at `base`.
struct WalkContext {
    Ref<Dentry> root;
    Ref<Dentry> base;
    const Credentials& who;

    WalkContext(const FsContext& fs, const Credentials& credentials)
        : root(fs.root), base(fs.cwd), who(credentials) {}
    WalkContext(const FsContext& fs, Dentry& start, const Credentials& credentials)
        : root(fs.root), base(start), who(credentials) {}
};

/// openat2(2)'s restrictions.
enum ResolveFlags : u32 {
    kResolveNoMounts = 1,
    kResolveNoMagicLinks = 2,
    kResolveNoLinks = 4,
    kResolveBeneath = 8,
    kResolveInRoot = 16
};

/// Follows `path` to what it names. With `follow` false a final symbolic link is the result, unless a slash
/// follows it. ENOENT (also for the empty path), ENOTDIR, EACCES, ELOOP, ENAMETOOLONG.
Result<Ref<Dentry>> walk(const WalkContext& context, std::string_view path, bool follow, u32 resolve = 0);

/// The directory that `path` names something in, and the last component.
struct LastComponent {
    Ref<Dentry> directory;
    std::string name;
    enum class Kind : u8 { Name, Dot, DotDot, Root } kind;
    bool trailing_slash;
    bool missing = false;  ///< walk_last() found that exactly this does not exist
};
Result<LastComponent> walk_to_parent(const WalkContext& context, std::string_view path, u32 resolve = 0);

/// What the last component names: as walk() goes on. When ENOENT is the answer and `last.missing` holds,
/// `last` is where open(O_CREAT) makes its file: perhaps elsewhere, after links.
Result<Ref<Dentry>> walk_last(const WalkContext& context, LastComponent& last, bool follow, u32 resolve = 0);

}  // namespace occlum::kernel

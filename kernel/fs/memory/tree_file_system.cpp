#include "kernel/fs/memory/tree_file_system.h"

#include <algorithm>

#include "kernel/fs/memory/tree_directory.h"
#include "kernel/fs/open_file.h"

namespace occlum::kernel {
namespace {

constexpr size_t kMaxNames = 1 << 20;

}  // namespace

u64 next_device_number() {
    static u64 last = 20;
    return make_device(0, ++last);
}

TreeFileSystem::TreeFileSystem(std::string_view type, u64 magic, u64 limit, RefPtr<LowerTree> lower,
                               bool read_only)
    : type_(type),
      magic_(magic),
      device_(next_device_number()),
      last_number_(lower ? u64{1} << 56 : 0),
      budget_(limit),
      lower_(std::move(lower)),
      read_only_(read_only) {}

Result<Ref<Inode>> TreeFileSystem::make_root(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner) {
    if (!fs->lower_) return Ref<Inode>(make_ref<TreeDirectory>(fs, kTypeDirectory | mode, owner));
    Attributes root = TRY(fs->lower_->stat(""));
    if ((root.mode & kTypeMask) != kTypeDirectory) return err(Errno::Enotdir);
    return Ref<Inode>(make_ref<TreeDirectory>(fs, root, std::string()));
}

Result<Ref<Inode>> TreeFileSystem::make_file(Ref<TreeFileSystem> fs, u32 mode, const Credentials& owner) {
    return Ref<Inode>(make_ref<TreeFile>(fs, kTypeRegular | mode, owner));
}

FileSystemInfo TreeFileSystem::info() const {
    u64 blocks = budget_.limit() / kPageSize;
    return {.magic = magic_,
            .block_size = kPageSize,
            .blocks = blocks,
            .free_blocks = blocks - std::min(blocks, page_up(budget_.used()) / kPageSize),
            .files = kMaxNames,
            .free_files = kMaxNames - names_,
            .device = device_,
            .read_only = read_only_,
            .type = type_};
}

Result<void> TreeFileSystem::charge_names(size_t count) {
    if (count > kMaxNames - names_) return err(Errno::Enospc);
    names_ += count;
    return {};
}

}  // namespace occlum::kernel

// The file systems that mount(2) knows, by name.
#pragma once

#include <span>

#include "kernel/fs/mounts.h"

namespace occlum::kernel {

/// Their names, as /proc/filesystems lists them.
std::span<const std::string_view> file_system_types();
bool is_file_system_type(std::string_view type);
/// A detached mount of a new file system, or once more of the only one of its kind. `options` is mount(8)'s
/// comma-separated list. ENODEV: no such type. EINVAL: an option it does not know.
Result<Ref<Dentry>> make_file_system(std::string_view type, std::string_view source, u32 flags,
                                     std::string_view options);
/// Whether the type has these options. EINVAL.
Result<void> check_options(std::string_view type, std::string_view options);
/// New options for a mounted one.
Result<void> change_options(Dentry& root, std::string_view options);

/// What one file system may take of the enclave's memory, as tmpfs(5) on Linux.
u64 memory_share();
inline constexpr u64 kTmpfsMagic = 0x0102'1994;

}  // namespace occlum::kernel

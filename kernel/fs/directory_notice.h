// F_NOTIFY of fcntl(2): a signal when something happens to the files of a directory.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

// DN_*.
inline constexpr u32 kNoticeAccess = 1, kNoticeModify = 2, kNoticeCreate = 4, kNoticeDelete = 8,
                     kNoticeRename = 0x10, kNoticeAttributes = 0x20, kNoticeAgain = 0x8000'0000;

/// What is to be told of the directory besides what is already; nothing but DN_MULTISHOT: nothing any more.
/// ENOTDIR.
Result<void> set_directory_notice(OpenFile& directory, int fd, u32 events);
void forget_directory_notice(OpenFile& directory);

bool directories_are_noticed();
/// Something happened to an entry of the directory. `events`: DN_*.
void notice_directory(Inode& directory, u32 events);

}  // namespace occlum::kernel

// The one inode of files that are nothing but descriptors: eventfd, epoll and their like.
#pragma once

#include "kernel/fs/inode.h"

namespace occlum::kernel {

Ref<Inode> anonymous_inode();

}  // namespace occlum::kernel

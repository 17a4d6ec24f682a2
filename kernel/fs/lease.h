// File leases (F_SETLEASE): whoever has one is told before somebody else opens the file against it, and has
// some time to get out of the way.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

/// As fcntl(2) numbers them.
enum class Lease : u32 { Read = 0, Write = 1, None = 2 };

/// For the current process, which knows the file by the descriptor `fd`. EAGAIN: it is open in ways that are
/// against it; None: there was none.
Result<void> set_lease(OpenFile& file, u32 fd, Lease lease);
/// While it is being broken: what is left of it.
Lease lease_of(const OpenFile& file);
/// The last descriptor goes.
void drop_lease(const OpenFile& file);

/// Before the file is opened or cut: waits until nobody's lease is against it. EAGAIN instead, when it is not
/// to wait. ERESTARTSYS.
Result<void> break_leases(Inode& inode, bool for_writing, bool non_blocking);

}  // namespace occlum::kernel

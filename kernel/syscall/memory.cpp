// mmap and its relatives.
#include "kernel/fs/fd_table.h"
#include "kernel/mm/address_space.h"
#include "kernel/syscall/handlers.h"
#include "kernel/task/process.h"

namespace occlum::kernel {

namespace {

Result<u64> done(Result<void> result) {
    TRY(std::move(result));
    return u64{0};
}

Result<u64> address_of(Result<GuestAddr> result) { return TRY(std::move(result)).value; }

/// RLIMIT_MEMLOCK for this many bytes more; what was locked before is not counted.
Result<void> may_lock(u64 bytes) {
    const Process& process = current_process();
    if (process.credentials.has(Capability::LockMemory)) return {};
    const u64 limit = process.limits.of(Resource::LockedMemory).soft;
    if (limit == 0) return err(Errno::Eperm);
    return bytes > limit ? Result<void>(err(Errno::Enomem)) : Result<void>();
}

/// mlock(2) and its like: enclave pages are never swapped by us, so only the range is checked.
Result<u64> check_locked(u64 start, u64 size) {
    const u64 first = page_down(start);
    if (start + size < start) return err(Errno::Einval);
    TRY(current_address_space().resident({first}, page_up(start + size) - first));
    return u64{0};
}

}  // namespace

Result<u64> sys_mmap(const SyscallArgs& args) {
    const auto [address, size, protection, flags, fd, offset] = args;
    RefPtr<OpenFile> file;
    if (!(flags & kMapAnonymous)) file = TRY(current_process().fd_table().get(as_int(fd)));
    return address_of(current_address_space().map({address}, size, as_u32(protection), as_u32(flags),
                                                  std::move(file), offset));
}

Result<u64> sys_munmap(const SyscallArgs& args) {
    return done(current_address_space().unmap({args[0]}, args[1]));
}

Result<u64> sys_mprotect(const SyscallArgs& args) {
    return done(current_address_space().protect({args[0]}, args[1], as_u32(args[2])));
}

Result<u64> sys_mremap(const SyscallArgs& args) {
    const auto [old_start, old_size, new_size, flags, new_start, unused] = args;
    return address_of(
        current_address_space().remap({old_start}, old_size, new_size, as_u32(flags), {new_start}));
}

Result<u64> sys_madvise(const SyscallArgs& args) {
    return done(current_address_space().advise({args[0]}, args[1], as_int(args[2])));
}

Result<u64> sys_remap_file_pages(const SyscallArgs& args) {
    const auto [address, bytes, protection, page, flags, unused] = args;
    const u64 start = page_down(address), size = page_down(bytes);
    constexpr u64 kMostPages = ~u64{0} / kPageSize;
    if (protection != 0 || start + size <= start || page > kMostPages - size / kPageSize)
        return err(Errno::Einval);
    return done(current_address_space().remap_file_pages({start}, size, page * kPageSize));
}

Result<u64> sys_brk(const SyscallArgs& args) { return current_address_space().set_break({args[0]}).value; }

Result<u64> sys_mincore(const SyscallArgs& args) {
    const auto pages = TRY(current_address_space().resident({args[0]}, args[1]));
    return done(copy_out({args[2]}, pages));
}

Result<u64> sys_msync(const SyscallArgs& args) {
    return done(current_address_space().sync({args[0]}, args[1], as_u32(args[2])));
}

Result<u64> sys_mlock(const SyscallArgs& args) {
    TRY(may_lock(args[1]));
    return check_locked(args[0], args[1]);
}

Result<u64> sys_mlock2(const SyscallArgs& args) {
    constexpr u64 kOnFault = 1;
    if (args[2] & ~kOnFault) return err(Errno::Einval);
    TRY(may_lock(args[1]));
    return check_locked(args[0], args[1]);
}

Result<u64> sys_munlock(const SyscallArgs& args) { return check_locked(args[0], args[1]); }

Result<u64> sys_mlockall(const SyscallArgs& args) {
    constexpr u64 kAll = 7, kNow = 1;
    if (args[0] == 0 || (args[0] & ~kAll)) return err(Errno::Einval);
    TRY(may_lock(args[0] & kNow ? current_address_space().usage().virtual_bytes : 0));
    return u64{0};
}

Result<u64> sys_munlockall(const SyscallArgs&) { return u64{0}; }

}  // namespace occlum::kernel

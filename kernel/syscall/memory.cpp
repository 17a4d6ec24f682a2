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

/// How many bytes the process may lock in all. EPERM: none.
Result<u64> lock_limit() {
    const Process& process = current_process();
    if (current_credentials().has(Capability::LockMemory)) return ~u64{0};
    const u64 limit = process.limits.of(Resource::LockedMemory).soft;
    if (limit == 0) return err(Errno::Eperm);
    return limit;
}

/// Before `size` bytes more are mapped that will be locked. EAGAIN: more than may be.
Result<void> may_map_locked(u64 size) {
    const u64 limit = lock_limit().value_or(0), locked = current_address_space().locked_bytes();
    if (locked > limit || page_up(size) > limit - locked) return err(Errno::Eagain);
    return {};
}

}  // namespace

Result<u64> sys_mmap(const SyscallArgs& args) {
    const auto [address, size, protection, flags, fd, offset] = args;
    RefPtr<OpenFile> file;
    constexpr u64 kSharing = 15, kSharedValidate = 3;
    if ((flags & kMapAnonymous) && (flags & kSharing) == kSharedValidate) return err(Errno::Einval);
    // MAP_SHARED_VALIDATE takes no flag that is not known here; MAP_SYNC is for files on persistent memory.
    constexpr u64 kKnownFlags = 0xfc07'f9f3;
    if (!(flags & kMapAnonymous)) file = TRY(current_files().get(as_int(fd)));
    if (file && (flags & kSharing) == kSharedValidate && (flags & ~kKnownFlags) != 0)
        return err(Errno::Eopnotsupp);
    if (file && file->is_path()) return err(Errno::Ebadf);
    if (flags & kMapLocked) TRY(lock_limit());
    if ((flags & kMapLocked) || current_address_space().locks_future()) TRY(may_map_locked(size));
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
    if (new_size > old_size && current_address_space().locked_bytes({page_down(old_start)}, kPageSize) != 0)
        TRY(may_map_locked(new_size - old_size));
    return address_of(
        current_address_space().remap({old_start}, old_size, new_size, as_u32(flags), {new_start}));
}

Result<u64> sys_madvise(const SyscallArgs& args) {
    if (args[1] != 0 && page_up(args[1]) == 0) return err(Errno::Einval);
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

Result<u64> sys_brk(const SyscallArgs& args) {
    AddressSpace& memory = current_address_space();
    const u64 now = memory.set_break({0}).value;
    if (memory.locks_future() && args[0] > now && !may_map_locked(args[0] - now)) return now;
    return memory.set_break({args[0]}).value;
}

Result<u64> sys_mincore(const SyscallArgs& args) {
    const auto pages = TRY(current_address_space().resident({args[0]}, args[1]));
    return done(copy_out({args[2]}, pages));
}

Result<u64> sys_msync(const SyscallArgs& args) {
    return done(current_address_space().sync({args[0]}, args[1], as_u32(args[2])));
}

Result<u64> sys_mlock(const SyscallArgs& args) {
    return done(current_address_space().lock({args[0]}, args[1], true, TRY(lock_limit())));
}

Result<u64> sys_mlock2(const SyscallArgs& args) {
    constexpr u64 kOnFault = 1;
    if (args[2] & ~kOnFault) return err(Errno::Einval);
    return done(
        current_address_space().lock({args[0]}, args[1], (args[2] & kOnFault) == 0, TRY(lock_limit())));
}

Result<u64> sys_munlock(const SyscallArgs& args) {
    return done(current_address_space().unlock({args[0]}, args[1]));
}

Result<u64> sys_mlockall(const SyscallArgs& args) {
    constexpr u64 kPresent = 1, kFuture = 2, kOnFault = 4;
    if ((args[0] & (kPresent | kFuture)) == 0 || (args[0] & ~(kPresent | kFuture | kOnFault)))
        return err(Errno::Einval);
    const AddressSpace::LockAll what{.present = (args[0] & kPresent) != 0,
                                     .future = (args[0] & kFuture) != 0,
                                     .now = (args[0] & kOnFault) == 0};
    return done(current_address_space().lock_all(what, TRY(lock_limit())));
}

Result<u64> sys_munlockall(const SyscallArgs&) { return done(current_address_space().unlock_all()); }

}  // namespace occlum::kernel

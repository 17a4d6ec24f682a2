// Other processes as descriptors, their memory and their files.
#include <algorithm>

#include "kernel/ipc/semaphores.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/send.h"
#include "kernel/syscall/transfer.h"
#include "kernel/task/pid_fd.h"
#include "kernel/task/pid_table.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

namespace {

Result<Ref<Process>> process_of_descriptor(u64 descriptor) {
    const Ref<OpenFile> file = TRY(file_argument(descriptor));
    PidFd* pidfd = file->as_pid_fd();
    if (!pidfd) return err(Errno::Ebadf);
    return Ref<Process>(pidfd->process());
}

bool is_reaped(const Process& process) {
    const auto found = pid_table().process(process.pid);
    return found.get() != &process;
}

/// A living process, by any of its threads' numbers.
Result<Ref<Process>> inspected_process(u64 pid) {
    const auto task = pid_table().task(as_u32(pid));
    if (!task) return err(Errno::Esrch);
    TRY(check_inspection(*task, AccessBy::RealNumbers));
    return Ref<Process>(task->process());
}

/// Walks two lists of pieces at the same time.
class PieceCursor {
public:
    explicit PieceCursor(std::span<const IoVector> pieces) : pieces_(pieces) { skip_empty(); }
    bool at_end() const { return index_ == pieces_.size(); }
    u64 left() const { return pieces_[index_].size - offset_; }
    GuestAddr address() const { return GuestAddr{pieces_[index_].base + offset_}; }
    void advance(u64 size) {
        offset_ += size;
        skip_empty();
    }

private:
    void skip_empty() {
        while (index_ < pieces_.size() && offset_ == pieces_[index_].size) {
            ++index_;
            offset_ = 0;
        }
    }
    std::span<const IoVector> pieces_;
    size_t index_ = 0;
    u64 offset_ = 0;
};

enum class Direction : u8 { FromRemote, ToRemote };

Result<void> copy_piece(AddressSpace& remote, GuestAddr there, GuestAddr here, std::span<u8> buffer,
                        Direction direction) {
    if (direction == Direction::FromRemote) {
        TRY(remote.copy_in(buffer, there));
        return copy_out(here, buffer);
    }
    TRY(copy_in(buffer, here));
    return remote.copy_out(there, buffer);
}

Result<u64> transfer_memory(const SyscallArgs& args, Direction direction) {
    if (args[5] != 0) return err(Errno::Einval);
    const auto local = TRY(read_io_vectors(args[1], args[2]));
    const auto remote = TRY(read_io_vectors(args[3], args[4]));
    const auto process = TRY(inspected_process(args[0]));
    if (!process->memory) return err(Errno::Esrch);
    const Ref<AddressSpace> space(*process->memory);
    std::vector<u8> buffer(kPageSize);
    PieceCursor here(local), there(remote);
    u64 done = 0;
    while (!here.at_end() && !there.at_end()) {
        // Within a page of the remote side, so that what can be transferred is.
        const u64 in_page = kPageSize - there.address().value % kPageSize;
        const u64 size = std::min({here.left(), there.left(), in_page});
        space->foresee(there.address(), size);
        const auto copied =
            copy_piece(*space, there.address(), here.address(), std::span(buffer).first(size), direction);
        if (!copied) return done != 0 ? Result<u64>(done) : err(copied.error());
        here.advance(size);
        there.advance(size);
        done += size;
    }
    return done;
}

/// kcmp(2)'s order of two things: the addresses' own order stays hidden.
u64 compare(const void* one, const void* other) {
    if (one == other) return 0;
    return std::less<const void*>{}(one, other) ? 1 : 2;
}

/// Those who never set a priority of input and output have none.
const void* own_io_context(const Task& task) { return task.scheduling.io_priority != 0 ? &task : nullptr; }

Result<const void*> compared_file(const Task& task, u64 descriptor) {
    if (!task.files) return err(Errno::Ebadf);
    return static_cast<const void*>(TRY(task.files->get(as_int(descriptor))).get());
}

}  // namespace

Result<u64> sys_pidfd_open(const SyscallArgs& args) {
    const u32 flags = as_u32(args[1]);
    if ((flags & ~kOpenNonBlock) || as_int(args[0]) <= 0) return err(Errno::Einval);
    const auto process = pid_table().process(as_u32(args[0]));
    // Threads have numbers, too, but no descriptors.
    if (!process) return err(pid_table().task(as_u32(args[0])) ? Errno::Einval : Errno::Esrch);
    return static_cast<u64>(TRY(current_files().add(make_pid_fd(*process, flags), true)));
}

Result<u64> sys_pidfd_send_signal(const SyscallArgs& args) {
    const int signal = as_int(args[1]);
    if (as_u32(args[3]) != 0) return err(Errno::Einval);
    const auto process = TRY(process_of_descriptor(args[0]));
    if (signal < 0 || signal > kSigMax) return err(Errno::Einval);
    SigInfo info = own_signal_info(signal, kSiUser);
    if (args[2] != 0) {
        info = TRY(read_user(UserIn<SigInfo>{GuestAddr{args[2]}}));
        if (info.signal != signal) return err(Errno::Einval);
        const bool pretends = info.code >= 0 || info.code == kSiTkill;
        if (pretends && process.get() != &current_process()) return err(Errno::Eperm);
    }
    if (is_reaped(*process)) return err(Errno::Esrch);
    TRY(signal_process(*process, info));
    return 0;
}

Result<u64> sys_pidfd_getfd(const SyscallArgs& args) {
    if (as_u32(args[2]) != 0) return err(Errno::Einval);
    const auto process = TRY(process_of_descriptor(args[0]));
    if (process->zombie) return err(Errno::Esrch);
    TRY(check_inspection(*process, AccessBy::RealNumbers));
    const RefPtr<FdTable> files = process->files();
    if (!files) return err(Errno::Esrch);
    const Ref<OpenFile> file = TRY(files->get(as_int(args[1])));
    return static_cast<u64>(TRY(current_files().add(file, true)));
}

Result<u64> sys_process_mrelease(const SyscallArgs& args) {
    if (as_u32(args[1]) != 0) return err(Errno::Einval);
    const auto process = TRY(process_of_descriptor(args[0]));
    if (is_reaped(*process) || process->zombie) return err(Errno::Esrch);
    // The memory of a process that ends goes with its last thread; there is nothing to hurry.
    return process->exiting ? Result<u64>(0) : err(Errno::Einval);
}

Result<u64> sys_process_madvise(const SyscallArgs& args) {
    const auto [descriptor, vectors, count, advice, flags, unused] = args;
    constexpr i32 kWillNeed = 3, kCold = 20, kPageOut = 21, kCollapse = 25;
    if (as_u32(flags) != 0) return err(Errno::Einval);
    const auto pieces = TRY(read_io_vectors(vectors, count));
    const auto process = TRY(process_of_descriptor(descriptor));
    if (!process->memory) return err(Errno::Esrch);
    const i32 wanted = as_int(advice);
    const bool own = process.get() == &current_process();
    if (!own && wanted != kWillNeed && wanted != kCold && wanted != kPageOut && wanted != kCollapse)
        return err(Errno::Einval);
    TRY(check_inspection(*process, AccessBy::FileSystemNumbers));
    if (!own && !current_credentials().has(Capability::Nice)) return err(Errno::Eperm);
    const Ref<AddressSpace> memory(*process->memory);
    u64 advised = 0;
    for (const IoVector& piece : pieces) {
        const Result<void> taken = memory->advise({piece.base}, piece.size, wanted);
        if (!taken) return advised > 0 ? Result<u64>(advised) : err(taken.error());
        advised += piece.size;
    }
    return advised;
}

Result<u64> sys_process_vm_readv(const SyscallArgs& args) {
    return transfer_memory(args, Direction::FromRemote);
}
Result<u64> sys_process_vm_writev(const SyscallArgs& args) {
    return transfer_memory(args, Direction::ToRemote);
}

Result<u64> sys_kcmp(const SyscallArgs& args) {
    enum Type : u32 { kFile = 0, kMemory = 1, kFiles = 2, kFs = 3, kHandlers = 4, kIo = 5, kSemaphores = 6 };
    const auto one = pid_table().task(as_u32(args[0])), other = pid_table().task(as_u32(args[1]));
    if (!one || !other) return err(Errno::Esrch);
    const Process &first = one->process(), &second = other->process();
    TRY(check_inspection(*one, AccessBy::RealNumbers));
    TRY(check_inspection(*other, AccessBy::RealNumbers));
    switch (as_u32(args[2])) {
        case kFile:
            return compare(TRY(compared_file(*one, args[3])), TRY(compared_file(*other, args[4])));
        case kMemory:
            return compare(first.memory.get(), second.memory.get());
        case kFiles:
            return compare(one->files.get(), other->files.get());
        case kFs:
            return compare(one->view.get(), other->view.get());
        case kHandlers:
            return compare(first.actions.get(), second.actions.get());
        case kIo:
            return compare(own_io_context(*one), own_io_context(*other));
        case kSemaphores:
            return compare(semaphore_undo_list(first.pid), semaphore_undo_list(second.pid));
        default:
            return err(Errno::Einval);
    }
}

Result<u64> sys_setns(const SyscallArgs& args) {
    constexpr u64 kUserSpace = 0x1000'0000, kKind = 0xb703;  // CLONE_NEWUSER, NS_GET_NSTYPE
    constexpr u64 kKinds = 0x7e02'0080;                      // CLONE_NEW*
    constexpr u64 kMagic = 0x6e73'6673;                      // of nsfs
    const Ref<OpenFile> file = TRY(file_argument(args[0]));
    const u64 wanted = as_u32(args[1]);
    if (file->as_pid_fd() != nullptr) {
        if (wanted == 0 || (wanted & ~kKinds) != 0) return err(Errno::Einval);
    } else {
        const RefPtr<Inode> inode = file->inode();
        if (!inode || inode->file_system().magic != kMagic) return err(Errno::Einval);
        const u64 kind = TRY(file->ioctl(kKind, 0));
        if (wanted != 0 && wanted != kind) return err(Errno::Einval);
        if (kind == kUserSpace) return err(Errno::Einval);
    }
    if (!current_credentials().has(Capability::Administer)) return err(Errno::Eperm);
    return u64{0};
}

}  // namespace occlum::kernel

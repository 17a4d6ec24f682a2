// Pipes, eventfd, memfd, and transfers between descriptors.
#include "kernel/ipc/pipe.h"

#include <algorithm>

#include "kernel/fs/memory/tree_file_system.h"
#include "kernel/ipc/event_fd.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/transfer.h"
#include "kernel/task/task.h"

namespace occlum::kernel {

Result<u64> sys_pipe2(const SyscallArgs& args) {
    u32 flags = as_u32(args[1]);
    if ((flags & ~(kOpenCloseOnExec | kOpenNonBlock | kOpenDirect)) != 0) return err(Errno::Einval);
    PipePair pair = TRY(make_pipe(flags, current_credentials()));
    bool close_on_exec = (flags & kOpenCloseOnExec) != 0;
    FdTable& files = current_files();
    std::array<i32, 2> fds{};
    fds[0] = TRY(files.add(pair.read_end, close_on_exec));
    Result<int> second = files.add(pair.write_end, close_on_exec);
    Result<void> done;
    if (second) {
        fds[1] = *second;
        done = write_user(UserOut<std::array<i32, 2>>{{args[0]}}, fds);
        if (done) return u64{0};
        static_cast<void>(files.close(fds[1]));
    }
    static_cast<void>(files.close(fds[0]));
    return err(second ? done.error() : second.error());
}
Result<u64> sys_pipe(const SyscallArgs& args) { return sys_pipe2({args[0], 0}); }

Result<u64> sys_eventfd2(const SyscallArgs& args) {
    u32 flags = as_u32(args[1]);
    if ((flags & ~(kOpenCloseOnExec | kOpenNonBlock | kEventSemaphore)) != 0) return err(Errno::Einval);
    Ref<OpenFile> file = make_event_fd(as_u32(args[0]), flags);
    return static_cast<u64>(TRY(current_files().add(file, (flags & kOpenCloseOnExec) != 0)));
}
Result<u64> sys_eventfd(const SyscallArgs& args) { return sys_eventfd2({args[0], 0}); }

Result<u64> sys_memfd_create(const SyscallArgs& args) {
    constexpr u32 kCloexec = 1, kAllowSealing = 2, kNoExecSeal = 8, kExecutable = 16;
    constexpr u64 kLimit = u64{1} << 30;
    constexpr size_t kLongestName = 249;
    u32 flags = as_u32(args[1]);
    if ((flags & ~(kCloexec | kAllowSealing | kNoExecSeal | kExecutable)) != 0) return err(Errno::Einval);
    if ((flags & kNoExecSeal) != 0 && (flags & kExecutable) != 0) return err(Errno::Einval);
    Result<std::string> name = copy_in_string({args[0]}, kLongestName);
    if (!name) return err(name.error() == Errno::Enametoolong ? Errno::Einval : name.error());
    static const Ref<TreeFileSystem> fs =
        make_ref<TreeFileSystem>("tmpfs", u64{0x0102'1994}, kLimit, nullptr, false);
    bool exec_sealed = (flags & kNoExecSeal) != 0;
    Ref<Inode> inode = TRY(TreeFileSystem::make_file(fs, exec_sealed ? 0666 : 0777, current_credentials()));
    if ((flags & (kAllowSealing | kNoExecSeal)) != 0) inode->seals = exec_sealed ? kSealExec : 0;
    Ref<OpenFile> file = TRY(inode->open(kOpenReadWrite | kOpenLargeFile));
    Ref<Dentry> dentry = anonymous_dentry("/memfd:" + *name, inode);
    dentry->mark_unlinked();
    file->dentry = RefPtr<Dentry>(dentry);
    return static_cast<u64>(TRY(current_files().add(file, (flags & kCloexec) != 0)));
}

namespace {

constexpr size_t kChunk = 64 << 10;

// A side of a transfer: at an offset of its own (read from and written back to the guest), or at the
// position.
struct Side {
    Ref<OpenFile> file;
    GuestAddr offset_address;
    std::optional<u64> offset;

    Result<void> load() {
        if (offset_address.is_null()) return {};
        i64 value = TRY(read_user(UserIn<i64>{offset_address}));
        if (value < 0) return err(Errno::Einval);
        offset = static_cast<u64>(value);
        return {};
    }
    void advance(size_t by) {
        if (offset) *offset += by;
    }
    Result<void> store() const {
        if (!offset) return {};
        return write_user(UserOut<i64>{offset_address}, static_cast<i64>(*offset));
    }
};

// Puts back what was read but could not be written. What came from a socket or a terminal cannot be.
Result<void> give_back(Side& from, std::span<const u8> bytes) {
    if (from.offset) return {};
    if (Pipe* pipe = from.file->as_pipe()) return pipe->put_back(bytes);
    TRY(from.file->seek(-static_cast<i64>(bytes.size()), kSeekCurrent));
    return {};
}

// The most to take now, so that nothing read from a pipe is lost.
Result<size_t> room_in(Side& to, size_t wanted) {
    Pipe* pipe = to.file->as_pipe();
    if (pipe == nullptr) return wanted;
    if (!pipe->has_reader()) {
        send_signal(current_task(), SigInfo::kernel(kSigPipe));
        return err(Errno::Epipe);
    }
    size_t room = pipe->free_space();
    if (room != 0 || !to.file->non_blocking()) return std::min(wanted, std::max<size_t>(room, 1));
    return err(Errno::Eagain);
}

Result<size_t> transfer(Side& from, Side& to, size_t size) {
    std::vector<u8> bytes(std::min(size, kChunk));
    size_t done = 0;
    auto outcome = [&](Errno failure) -> Result<size_t> {
        if (done != 0) return done;
        return err(failure);
    };
    while (done < size) {
        Result<size_t> room = room_in(to, std::min(size - done, bytes.size()));
        if (!room) return outcome(room.error());
        // Part of the work done is better than waiting for more.
        if (done != 0 && (from.file->poll(nullptr) & kPollIn) == 0) break;
        std::span<u8> piece = std::span(bytes).first(*room);
        Result<size_t> got = read_file(*from.file, UserBuffer::kernel(piece), from.offset);
        if (!got) return outcome(got.error());
        if (*got == 0) break;
        size_t put = 0;
        while (put < *got) {
            Result<size_t> wrote =
                write_file(*to.file, UserBuffer::kernel_source(piece.subspan(put, *got - put)), to.offset);
            if (!wrote) {
                TRY(give_back(from, piece.subspan(put, *got - put)));
                from.advance(put);
                done += put;
                return outcome(wrote.error());
            }
            put += *wrote;
            to.advance(*wrote);
        }
        from.advance(put);
        done += put;
    }
    return done;
}

Result<u64> run_transfer(Side from, Side to, u64 size) {
    TRY(from.load());
    TRY(to.load());
    size_t done = TRY(transfer(from, to, std::min(size, kMaxTransfer)));
    TRY(from.store());
    TRY(to.store());
    return done;
}

}  // namespace

Result<u64> sys_sendfile(const SyscallArgs& args) {
    Ref<OpenFile> out = TRY(writable_file(args[0]));
    Ref<OpenFile> in = TRY(readable_file(args[1]));
    if (!in->mappable()) return err(Errno::Einval);
    if ((out->flags() & kOpenAppend) != 0) return err(Errno::Einval);
    return run_transfer({in, {args[2]}, {}}, {out, {}, {}}, args[3]);
}

namespace {

// Where a side of copy_file_range(2) is.
Result<u64> place(OpenFile& file, u64 offset_address, u64 size) {
    const u64 at = offset_address != 0 ? TRY(read_user(UserIn<u64>{{offset_address}})) : file.position();
    u64 end = 0;
    if (__builtin_add_overflow(at, size, &end)) return err(Errno::Eoverflow);
    if (as_i64(at) < 0) return err(Errno::Einval);
    return at;
}

}  // namespace

Result<u64> sys_copy_file_range(const SyscallArgs& args) {
    if (args[5] != 0) return err(Errno::Einval);
    Ref<OpenFile> in = TRY(file_argument(args[0]));
    Ref<OpenFile> out = TRY(file_argument(args[2]));
    RefPtr<Inode> source = in->inode(), target = out->inode();
    if (!source || !target) return err(Errno::Einval);
    if (source->is_directory() || target->is_directory()) return err(Errno::Eisdir);
    if (!source->is_regular() || !target->is_regular()) return err(Errno::Einval);
    if (!in->readable() || !out->writable() || (out->flags() & kOpenAppend) != 0) return err(Errno::Ebadf);
    const u64 size = std::min(args[4], kMaxTransfer);
    const u64 from = TRY(place(*in, args[1], args[4])), to = TRY(place(*out, args[3], args[4]));
    const u64 end = TRY(source->attributes()).size;
    const u64 there = from < end ? std::min(size, end - from) : 0;
    if (source == target && from < to + there && to < from + there) return err(Errno::Einval);
    return run_transfer({in, {args[1]}, {}}, {out, {args[3]}, {}}, there);
}

namespace {

/// An eventfd and its like: they hold no bytes that could be moved.
bool is_nothing_but_descriptor(OpenFile& file) {
    if (file.as_pipe() != nullptr || file.as_socket() != nullptr) return false;
    const RefPtr<Inode> inode = file.inode();
    return !inode || inode->type() == 0;
}

}  // namespace

Result<u64> sys_splice(const SyscallArgs& args) {
    Ref<OpenFile> in = TRY(readable_file(args[0]));
    Ref<OpenFile> out = TRY(writable_file(args[2]));
    bool in_pipe = in->as_pipe() != nullptr, out_pipe = out->as_pipe() != nullptr;
    if ((args[5] & ~u64{15}) != 0 || (!in_pipe && !out_pipe)) return err(Errno::Einval);
    if ((in_pipe && args[1] != 0) || (out_pipe && args[3] != 0)) return err(Errno::Espipe);
    if (in_pipe && in->as_pipe() == out->as_pipe()) return err(Errno::Einval);
    if (!out_pipe && (out->flags() & kOpenAppend) != 0) return err(Errno::Einval);
    if (const RefPtr<Inode> source = in->inode(); source && source->is_directory()) return err(Errno::Einval);
    if (is_nothing_but_descriptor(*in) || is_nothing_but_descriptor(*out)) return err(Errno::Einval);
    constexpr u64 kNonBlock = 2, kMostAtOnce = 1 << 20;
    if ((args[5] & kNonBlock) != 0 && (in->poll(nullptr) & (kPollIn | kPollHangUp)) == 0)
        return err(Errno::Eagain);
    return run_transfer({in, {args[1]}, {}}, {out, {args[3]}, {}}, std::min<u64>(args[4], kMostAtOnce));
}

Result<u64> sys_tee(const SyscallArgs& args) {
    Ref<OpenFile> in = TRY(readable_file(args[0]));
    Ref<OpenFile> out = TRY(writable_file(args[1]));
    Pipe* source = in->as_pipe();
    Pipe* target = out->as_pipe();
    if (source == nullptr || target == nullptr || source == target || (args[3] & ~u64{15}) != 0)
        return err(Errno::Einval);
    if (args[2] == 0) return u64{0};
    constexpr u64 kNonBlock = 2;
    bool non_blocking = (args[3] & kNonBlock) != 0;
    TRY(source->wait_for_bytes(non_blocking));
    if (source->used() == 0) return u64{0};
    TRY(target->wait_for_room(non_blocking));
    size_t room = target->free_space();
    if (room == 0 || source->used() == 0) return u64{0};
    std::vector<u8> bytes(
        std::min({static_cast<size_t>(std::min(args[2], kMaxTransfer)), room, source->used()}));
    TRY(source->peek(bytes));
    return write_file(*out, UserBuffer::kernel_source(bytes));
}

// As a copy: pages cannot be lent to a pipe here.
Result<u64> sys_vmsplice(const SyscallArgs& args) {
    constexpr u64 kNonBlock = 2;
    if ((args[3] & ~u64{15}) != 0) return err(Errno::Einval);
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    Pipe* pipe = file->is_path() ? nullptr : file->as_pipe();
    if (pipe == nullptr) return err(Errno::Ebadf);
    std::vector<IoVector> vectors = TRY(read_io_vectors(args[1], args[2]));
    bool non_blocking = file->non_blocking() || (args[3] & kNonBlock) != 0;
    size_t done = 0;
    for (const IoVector& vector : vectors) {
        if (vector.size == 0) continue;
        UserBuffer bytes = UserBuffer::guest({vector.base}, vector.size);
        // Reading takes what is there; only the first piece is waited for.
        Result<size_t> moved = file->writable() ? pipe->write(bytes, non_blocking)
                                                : pipe->read(bytes, non_blocking || done != 0);
        if (!moved && done == 0) {
            if (moved.error() == Errno::Epipe) send_signal(current_task(), SigInfo::kernel(kSigPipe));
            return err(moved.error());
        }
        if (!moved) break;
        done += *moved;
        if (*moved < vector.size) break;
    }
    return done;
}

}  // namespace occlum::kernel

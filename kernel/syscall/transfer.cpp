#include "kernel/syscall/transfer.h"

#include <algorithm>

#include "kernel/fs/inotify.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

// What the file size limit leaves of a write. EFBIG with SIGXFSZ: nothing.
Result<size_t> limited_size(OpenFile& file, size_t size, std::optional<u64> offset) {
    u64 limit = current_process().limits.of(Resource::FileSize).soft;
    RefPtr<Inode> inode = file.inode();
    if (limit == ~u64{0} || !inode || !inode->is_regular()) return size;
    u64 start = offset.value_or(file.position());
    if ((file.flags() & kOpenAppend) != 0) start = TRY(inode->attributes()).size;
    if (start >= limit && size != 0) {
        send_signal(current_task(), SigInfo::kernel(kSigXfsz));
        return err(Errno::Efbig);
    }
    return static_cast<size_t>(std::min<u64>(size, limit - std::min(limit, start)));
}

}  // namespace

Result<void> check_growth(Inode& inode, u64 size) {
    if (size <= current_process().limits.of(Resource::FileSize).soft || !inode.is_regular()) return {};
    if (size <= TRY(inode.attributes()).size) return {};
    send_signal(current_task(), SigInfo::kernel(kSigXfsz));
    return err(Errno::Efbig);
}

Result<size_t> read_file(OpenFile& file, const UserBuffer& to, std::optional<u64> offset) {
    Result<size_t> got = offset ? file.read_at(*offset, to) : file.read(to);
    if (got && *got != 0 && file.dentry) notify(*file.dentry, kNotifyAccess);
    return got;
}

Result<size_t> write_file(OpenFile& file, const UserBuffer& from, std::optional<u64> offset) {
    size_t size = TRY(limited_size(file, from.size(), offset));
    UserBuffer part = from.slice(0, size);
    Result<size_t> wrote = offset ? file.write_at(*offset, part) : file.write(part);
    if (!wrote && wrote.error() == Errno::Epipe) send_signal(current_task(), SigInfo::kernel(kSigPipe));
    if (wrote && *wrote != 0 && file.dentry) notify(*file.dentry, kNotifyModify);
    if (wrote && !current_credentials().has(Capability::FileSetId))
        if (RefPtr<Inode> inode = file.inode()) inode->drop_set_id();
    return wrote;
}

Result<std::vector<IoVector>> read_io_vectors(u64 address, u64 count) {
    constexpr u64 kMost = 1024, kUserAddresses = 0x7fff'ffff'f000;
    if (count > kMost) return err(Errno::Einval);
    std::vector<IoVector> vectors;
    vectors.reserve(count);
    u64 total = 0;
    for (u64 i = 0; i < count; ++i) {
        IoVector vector = TRY(read_user(UserIn<IoVector>{{address + i * sizeof(IoVector)}}));
        if (static_cast<i64>(vector.size) < 0) return err(Errno::Einval);
        // Not even an address of a user, and refused before anything is done.
        if (vector.base > kUserAddresses || vector.size > kUserAddresses - vector.base)
            return err(Errno::Efault);
        vector.size = std::min(vector.size, kMaxTransfer - total);
        total += vector.size;
        vectors.push_back(vector);
    }
    for (const IoVector& vector : vectors) current_address_space().foresee({vector.base}, vector.size);
    return vectors;
}

Result<size_t> read_vectors(OpenFile& file, std::span<const IoVector> vectors, std::optional<u64> offset) {
    size_t done = 0;
    for (const IoVector& vector : vectors) {
        if (vector.size == 0) continue;
        // Once something has been read, the rest is taken only if it does not make the call wait.
        if (done != 0 && (file.poll(nullptr) & kPollIn) == 0) break;
        std::optional<u64> at = offset ? std::optional(*offset + done) : std::nullopt;
        Result<size_t> got = read_file(file, UserBuffer::guest({vector.base}, vector.size), at);
        if (!got) {
            if (done != 0) break;
            return got;
        }
        done += *got;
        if (*got < vector.size) break;
    }
    return done;
}

Result<size_t> write_vectors(OpenFile& file, std::span<const IoVector> vectors, std::optional<u64> offset) {
    size_t total = 0;
    for (const IoVector& vector : vectors) total += vector.size;
    // Short ones go out in one piece: pipes promise it, and a terminal costs a host call each.
    constexpr size_t kGathered = 4096;
    if (vectors.size() > 1 && total <= kGathered) {
        std::vector<u8> bytes(total);
        size_t filled = 0;
        for (const IoVector& vector : vectors) {
            Result<void> copied = copy_in(std::span(bytes).subspan(filled, vector.size), {vector.base});
            if (!copied) {
                const RefPtr<Inode> inode = file.inode();
                if (filled == 0 || !inode || !inode->is_regular()) return err(copied.error());
                break;
            }
            filled += vector.size;
        }
        return write_file(file, UserBuffer::kernel_source(std::span(bytes).first(filled)), offset);
    }
    size_t done = 0;
    for (const IoVector& vector : vectors) {
        if (vector.size == 0) continue;
        std::optional<u64> at = offset ? std::optional(*offset + done) : std::nullopt;
        Result<size_t> put = write_file(file, UserBuffer::guest({vector.base}, vector.size), at);
        if (!put) {
            if (done != 0) break;
            return put;
        }
        done += *put;
        if (*put < vector.size) break;
    }
    return done;
}

}  // namespace occlum::kernel

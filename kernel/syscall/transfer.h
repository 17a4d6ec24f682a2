// Reading and writing as system calls do it: limits, signals, set-id bits.
#pragma once

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

/// At `offset`, or at the file position.
Result<size_t> read_file(OpenFile& file, const UserBuffer& to, std::optional<u64> offset = std::nullopt);
/// SIGXFSZ and EFBIG for a file that would grow to `size` past the file size limit.
Result<void> check_growth(Inode& inode, u64 size);
/// SIGPIPE with EPIPE; SIGXFSZ and EFBIG at the file size limit.
Result<size_t> write_file(OpenFile& file, const UserBuffer& from, std::optional<u64> offset = std::nullopt);

/// One piece of struct iovec[].
struct IoVector {
    u64 base;
    u64 size;
};
/// EINVAL: more than 1024, or together too long.
Result<std::vector<IoVector>> read_io_vectors(u64 address, u64 count);
Result<size_t> read_vectors(OpenFile& file, std::span<const IoVector> vectors, std::optional<u64> offset);
Result<size_t> write_vectors(OpenFile& file, std::span<const IoVector> vectors, std::optional<u64> offset);

}  // namespace occlum::kernel

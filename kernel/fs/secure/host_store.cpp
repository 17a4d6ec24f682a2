#include "kernel/fs/secure/host_store.h"

#include "storage/wire.h"

namespace occlum::kernel {
namespace {

// A number that is never 0, and a digest.
constexpr size_t kVersionSize = 24;
constexpr u64 kMostBlocks = kMaxFileSize / storage::kBlockSize;

Result<void> write_all(HostFile& file, u64 offset, std::span<const u8> bytes) {
    while (!bytes.empty()) {
        size_t put = TRY(file.write(offset, bytes));
        if (put == 0) return err(Errno::Eio);
        offset += put;
        bytes = bytes.subspan(put);
    }
    return {};
}

}  // namespace

Result<void> HostStore::read(u64 first, std::span<u8> out) {
    if (first >= kMostBlocks) return err(Errno::Eio);
    return reader_.read(first * storage::kBlockSize, out);
}

Result<void> HostStore::write(u64 first, std::span<const u8> bytes) {
    return write_all(*file_, first * storage::kBlockSize, bytes);
}

Result<std::optional<storage::Version>> HostVersion::read() {
    std::array<u8, kVersionSize> bytes{};
    TRY(file_->fill(0, bytes));
    storage::Version version{.number = storage::load<u64>(bytes, 0)};
    if (version.number == 0) return std::optional<storage::Version>();
    storage::copy_bytes(std::span(bytes).subspan(8), version.digest);
    return std::optional(version);
}

Result<void> HostVersion::advance(const storage::Version& version) {
    std::array<u8, kVersionSize> bytes{};
    storage::store(std::span<u8>(bytes), 0, version.number);
    storage::copy_bytes(version.digest, std::span(bytes).subspan(8));
    TRY(write_all(*file_, 0, bytes));
    return file_->sync();
}

}  // namespace occlum::kernel

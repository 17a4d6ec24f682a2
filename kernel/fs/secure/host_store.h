// The blocks of a secure file system, in a file of the host; and the stand-in for a monotonic counter, in
// another.
#pragma once

#include "kernel/fs/host/ahead_reader.h"
#include "storage/block_store.h"

namespace occlum::kernel {

class HostStore final : public storage::BlockStore {
public:
    explicit HostStore(Ref<HostFile> file) : file_(file), reader_(file) {}
    AheadReader& reader() { return reader_; }
    Result<void> read(u64 first, std::span<u8> out) override;
    Result<void> write(u64 first, std::span<const u8> bytes) override;
    Result<void> flush() override { return file_->sync(); }

private:
    Ref<HostFile> file_;
    AheadReader reader_;
};

/// No protection from a host that sets back both files; a real one asks a counter or a witness.
class HostVersion final : public storage::TrustedVersion {
public:
    explicit HostVersion(Ref<HostFile> file) : file_(std::move(file)) {}
    Result<std::optional<storage::Version>> read() override;
    Result<void> advance(const storage::Version& version) override;

private:
    Ref<HostFile> file_;
};

}  // namespace occlum::kernel

// A block store in a file of the host, for tools and tests outside the enclave, and the stand-in for a
// monotonic counter: a file beside it. Whoever can write both files can set both back; it shows the protocol,
// not the protection.
#pragma once

#include <memory>
#include <string>

#include "storage/block_store.h"

namespace occlum::storage {

class FileStore final : public BlockStore {
public:
    static Result<std::unique_ptr<FileStore>> open(const std::string& path, bool create);
    ~FileStore() override;
    Result<void> read(u64 first, std::span<u8> out) override;
    Result<void> write(u64 first, std::span<const u8> bytes) override;
    Result<void> flush() override;

private:
    explicit FileStore(int fd) : fd_(fd) {}
    int fd_;
};

class FileVersion final : public TrustedVersion {
public:
    explicit FileVersion(std::string path) : path_(std::move(path)) {}
    Result<std::optional<Version>> read() override;
    Result<void> advance(const Version& version) override;

private:
    std::string path_;
};

void host_random(std::span<u8> out);

}  // namespace occlum::storage

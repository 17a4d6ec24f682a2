#include "storage/hosted/file_store.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "storage/wire.h"

namespace occlum::storage {
namespace {

std::unexpected<Errno> last_error() { return std::unexpected(static_cast<Errno>(errno)); }

constexpr size_t kVersionSize = 24;

}  // namespace

Result<std::unique_ptr<FileStore>> FileStore::open(const std::string& path, bool create) {
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
    if (fd < 0) return last_error();
    return std::unique_ptr<FileStore>(new FileStore(fd));
}

FileStore::~FileStore() { ::close(fd_); }

Result<void> FileStore::read(u64 first, std::span<u8> out) {
    u64 offset = first * kBlockSize;
    while (!out.empty()) {
        ssize_t got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return last_error();
        if (got == 0) {
            std::ranges::fill(out, u8{0});
            break;
        }
        out = out.subspan(static_cast<size_t>(got));
        offset += static_cast<u64>(got);
    }
    return {};
}

Result<void> FileStore::write(u64 first, std::span<const u8> bytes) {
    u64 offset = first * kBlockSize;
    while (!bytes.empty()) {
        ssize_t put = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return last_error();
        bytes = bytes.subspan(static_cast<size_t>(put));
        offset += static_cast<u64>(put);
    }
    return {};
}

Result<void> FileStore::flush() {
    if (::fdatasync(fd_) != 0) return last_error();
    return {};
}

Result<std::optional<Version>> FileVersion::read() {
    int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return std::optional<Version>();
    if (fd < 0) return last_error();
    std::array<u8, kVersionSize> bytes{};
    ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
    ::close(fd);
    if (got == 0) return std::optional<Version>();  // made, but never set
    if (got != static_cast<ssize_t>(bytes.size())) return err(Errno::Eio);
    Version version{.number = load<u64>(bytes, 0)};
    if (version.number == 0) return std::optional<Version>();
    copy_bytes(std::span(bytes).subspan(8), version.digest);
    return std::optional(version);
}

Result<void> FileVersion::advance(const Version& version) {
    std::array<u8, kVersionSize> bytes{};
    store(std::span<u8>(bytes), 0, version.number);
    copy_bytes(version.digest, std::span(bytes).subspan(8));
    std::string fresh = path_ + ".new";
    int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return last_error();
    bool put =
        ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
    ::close(fd);
    if (!put || ::rename(fresh.c_str(), path_.c_str()) != 0) return err(Errno::Eio);
    return {};
}

void host_random(std::span<u8> out) {
    while (!out.empty()) {
        ssize_t got = ::getrandom(out.data(), out.size(), 0);
        if (got < 0) std::abort();
        out = out.subspan(static_cast<size_t>(got));
    }
}

}  // namespace occlum::storage

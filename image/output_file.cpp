#include "image/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace occlum::image {

namespace {

std::string folder_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path();
    return parent.empty() ? "." : parent.string();
}

}  // namespace

std::expected<OutputFile, std::string> OutputFile::create(const std::string& path) {
    const std::string folder = folder_of(path);
    // Without a name, an interrupted build leaves nothing at all.
    const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
    if (fd >= 0) return OutputFile(path, fd, {});
    std::string aside = path + ".XXXXXX";
    const int named = mkostemp(aside.data(), O_CLOEXEC);
    if (named < 0) return std::unexpected(path + ": " + std::strerror(errno));
    (void)fchmod(named, 0644);
    return OutputFile(path, named, aside);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      aside_(std::exchange(other.aside_, {})),
      fd_(std::exchange(other.fd_, -1)) {}

OutputFile::~OutputFile() {
    if (!aside_.empty()) unlink(aside_.c_str());
    if (fd_ >= 0) close(fd_);
}

std::unexpected<std::string> OutputFile::failure() const {
    return std::unexpected(path_ + ": " + std::strerror(errno));
}

std::expected<void, std::string> OutputFile::write(u64 offset, std::span<const u8> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return failure();
        offset += static_cast<u64>(put);
        bytes = bytes.subspan(static_cast<size_t>(put));
    }
    return {};
}

std::expected<void, std::string> OutputFile::read(u64 offset, std::span<u8> out) {
    while (!out.empty()) {
        const ssize_t got = pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return failure();
        offset += static_cast<u64>(got);
        out = out.subspan(static_cast<size_t>(got));
    }
    return {};
}

std::expected<void, std::string> OutputFile::keep() {
    if (fsync(fd_) != 0) return failure();
    if (aside_.empty()) {
        aside_ = path_ + "." + std::to_string(getpid());
        const std::string self = "/proc/self/fd/" + std::to_string(fd_);
        unlink(aside_.c_str());
        if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, aside_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
            aside_.clear();
            return failure();
        }
    }
    if (std::rename(aside_.c_str(), path_.c_str()) != 0) return failure();
    aside_.clear();
    const int folder = ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        (void)fsync(folder);
        close(folder);
    }
    return {};
}

}  // namespace occlum::image

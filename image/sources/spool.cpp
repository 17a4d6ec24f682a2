#include "image/sources/spool.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace occlum::image {

namespace {

std::unexpected<std::string> failure(const char* what) {
    return std::unexpected(std::string(what) + " a temporary file: " + std::strerror(errno));
}

}  // namespace

Spool::~Spool() {
    if (fd_ >= 0) close(fd_);
}

std::expected<void, std::string> Spool::open() {
    std::string name = "/var/tmp/occlum-archive.XXXXXX";
    fd_ = mkostemp(name.data(), 0);
    if (fd_ < 0) return failure("making");
    unlink(name.c_str());
    return {};
}

std::expected<void, std::string> Spool::append(std::span<const u8> bytes) {
    while (!bytes.empty()) {
        const ssize_t put = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return failure("writing");
        size_ += static_cast<u64>(put);
        bytes = bytes.subspan(static_cast<size_t>(put));
    }
    return {};
}

std::expected<size_t, std::string> Spool::read(u64 offset, std::span<u8> out) const {
    size_t done = 0;
    while (done < out.size()) {
        const auto rest = out.subspan(done);
        const ssize_t got = pread(fd_, rest.data(), rest.size(), static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure("reading");
        if (got == 0) break;
        done += static_cast<size_t>(got);
    }
    return done;
}

std::expected<std::string, std::string> Spool::text(const Piece& piece, u64 most) const {
    if (piece.size > most) return std::unexpected("is too long");
    std::string bytes(static_cast<size_t>(piece.size), '\0');
    const auto got = read(piece.offset, {reinterpret_cast<u8*>(bytes.data()), bytes.size()});
    if (!got) return std::unexpected(got.error());
    bytes.resize(*got);
    return bytes;
}

}  // namespace occlum::image

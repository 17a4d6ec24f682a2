// A file without a name in which the contents of an archive wait until they are packed.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "base/types.h"

namespace occlum::image {

/// Bytes of a spool.
struct Piece {
    u64 offset = 0, size = 0;
};

class Spool {
public:
    Spool() = default;
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    ~Spool();
    std::expected<void, std::string> open();
    std::expected<void, std::string> append(std::span<const u8> bytes);
    /// Short at the end only.
    std::expected<size_t, std::string> read(u64 offset, std::span<u8> out) const;
    /// A whole piece that is not longer than `most`.
    std::expected<std::string, std::string> text(const Piece& piece, u64 most) const;
    u64 size() const { return size_; }
    int fd() const { return fd_; }

private:
    int fd_ = -1;
    u64 size_ = 0;
};

}  // namespace occlum::image

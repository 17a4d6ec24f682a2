// A file that is written aside and takes its name when it is complete.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "base/types.h"

namespace occlum::image {

class OutputFile {
public:
    static std::expected<OutputFile, std::string> create(const std::string& path);
    OutputFile(OutputFile&& other) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    /// Leaves nothing when it was not kept.
    ~OutputFile();

    std::expected<void, std::string> write(u64 offset, std::span<const u8> bytes);
    std::expected<void, std::string> read(u64 offset, std::span<u8> out);
    /// Durable, and under its name.
    std::expected<void, std::string> keep();

private:
    OutputFile(std::string path, int fd, std::string aside)
        : path_(std::move(path)), aside_(std::move(aside)), fd_(fd) {}
    std::unexpected<std::string> failure() const;

    std::string path_;
    std::string aside_;  // empty: it has no name yet
    int fd_;
};

}  // namespace occlum::image

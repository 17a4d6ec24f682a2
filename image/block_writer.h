// The blocks of an image as they are made, with their digests; equal ones of data are stored once.
#pragma once

#include <map>
#include <vector>

#include "host/cryptography.h"
#include "image/output_file.h"
#include "storage/image/format.h"

namespace occlum::image {

using ImageBlock = std::array<u8, storage::image::kBlock>;

class BlockWriter {
public:
    /// Block 0 is left for set_first().
    explicit BlockWriter(OutputFile& file) : file_(file), digests_(1) {}
    /// Gives the block's number.
    std::expected<u32, std::string> append(const ImageBlock& block);
    std::expected<u32, std::string> append_shared(const ImageBlock& block);
    std::expected<void, std::string> set_first(const ImageBlock& block);
    std::expected<void, std::string> flush();

    u32 next() const { return static_cast<u32>(digests_.size()); }
    u64 shared() const { return shared_; }
    /// SHA-256 of each block.
    const std::vector<sgx::Hash>& digests() const { return digests_; }

private:
    std::expected<u32, std::string> put(const ImageBlock& block, const sgx::Hash& digest);

    OutputFile& file_;
    std::vector<sgx::Hash> digests_;
    std::vector<u8> pending_;  // the last ones, not yet in the file
    std::map<sgx::Hash, u32> known_;
    u64 shared_ = 0;
};

}  // namespace occlum::image

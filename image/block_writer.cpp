#include "image/block_writer.h"

namespace occlum::image {

using storage::image::kBlock;

std::expected<u32, std::string> BlockWriter::put(const ImageBlock& block, const sgx::Hash& digest) {
    constexpr size_t kMostPending = size_t{1} << 20;
    if (digests_.size() >= storage::image::kMostBlocks) return std::unexpected("the image is too large");
    const u32 number = next();
    digests_.push_back(digest);
    pending_.insert(pending_.end(), block.begin(), block.end());
    if (pending_.size() >= kMostPending)
        if (auto done = flush(); !done) return std::unexpected(done.error());
    return number;
}

std::expected<u32, std::string> BlockWriter::append(const ImageBlock& block) {
    return put(block, host::sha256(block));
}

std::expected<u32, std::string> BlockWriter::append_shared(const ImageBlock& block) {
    const auto digest = host::sha256(block);
    const auto [known, fresh] = known_.emplace(digest, next());
    if (fresh) return put(block, digest);
    ++shared_;
    return known->second;
}

std::expected<void, std::string> BlockWriter::set_first(const ImageBlock& block) {
    digests_[0] = host::sha256(block);
    return file_.write(0, block);
}

std::expected<void, std::string> BlockWriter::flush() {
    const u64 start = (digests_.size() - pending_.size() / kBlock) * kBlock;
    auto done = file_.write(start, pending_);
    pending_.clear();
    return done;
}

}  // namespace occlum::image

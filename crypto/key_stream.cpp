#include "crypto/key_stream.h"

#include <algorithm>

#include "crypto/unsafe/kernels.h"

namespace occlum::crypto {

KeyStream::~KeyStream() {
    wipe(next_seed_);
    wipe(stream_);
}

Key KeyStream::next() {
    auto take = [&]() {
        Key key{};
        auto piece = std::span(stream_).subspan(used_, key.size());
        std::ranges::copy(piece, key.begin());
        std::ranges::fill(piece, u8{0});
        used_ += key.size();
        return key;
    };
    if (used_ == stream_.size()) {
        // Zeroes encrypted are the cipher's key stream. A seed encrypts once only.
        std::ranges::fill(stream_, u8{0});
        seal(next_seed_, Nonce{}, {}, stream_, stream_);
        used_ = 0;
        next_seed_ = take();
    }
    return take();
}

}  // namespace occlum::crypto

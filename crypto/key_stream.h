// Keys that nobody has used before: a stream out of one random seed. The seed is replaced at each refill and
// what was given is erased, so keys already given cannot be computed again.
#pragma once

#include "crypto/aead.h"

namespace occlum::crypto {

class KeyStream {
public:
    explicit KeyStream(const Key& seed) : next_seed_(seed) {}
    ~KeyStream();
    KeyStream(const KeyStream&) = delete;
    KeyStream& operator=(const KeyStream&) = delete;
    Key next();

private:
    Key next_seed_;
    std::array<u8, 2048> stream_{};
    size_t used_ = stream_.size();
};

}  // namespace occlum::crypto

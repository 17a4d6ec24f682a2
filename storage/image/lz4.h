// LZ4 blocks (lz4_Block_format.md), of whoever made them.
#pragma once

#include <span>

#include "base/result.h"

namespace occlum::storage::image {

/// Fills all of `out`. EIO when the input is malformed, or makes more or less than that.
Result<void> decompress_lz4(std::span<const u8> in, std::span<u8> out);

}  // namespace occlum::storage::image

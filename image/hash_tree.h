// dm-verity's tree over the blocks of an image.
#pragma once

#include "image/block_writer.h"

namespace occlum::image {

/// Writes superblock and hashes behind block `digests.size()` - 1 of the file. Gives the root hash.
std::expected<sgx::Hash, std::string> write_hash_tree(OutputFile& file,
                                                      const std::vector<sgx::Hash>& digests);

}  // namespace occlum::image

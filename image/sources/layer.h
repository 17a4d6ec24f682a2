// A layer of a container image, laid onto the tree of those below it.
#pragma once

#include "image/sources/archive_reader.h"

namespace occlum::image {

/// Whiteouts (".wh.NAME", ".wh..wh..opq") take away what layers below have, wherever they stand in the layer.
std::expected<void, std::string> apply_layer(ArchiveReader& layer, Spool& contents, Tree& tree);

}  // namespace occlum::image

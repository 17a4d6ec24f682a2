// Archives of container images: what `docker save` writes, and OCI layouts in a tar file.
#pragma once

#include "image/node.h"
#include "image/sources/spool.h"

namespace occlum::image {

/// How the image's maker wants its program to be started.
struct ImageDefaults {
    std::vector<std::string> command;      ///< entry point and its arguments; may be empty
    std::vector<std::string> environment;  ///< NAME=VALUE
    std::string directory;                 ///< may be empty
    std::string user;
};

class OciTree : public Tree {
public:
    ImageDefaults defaults;
    Spool contents;
};

/// Layers in an OCI layout are checked against their digests. Of several platforms, linux/amd64.
std::expected<std::unique_ptr<OciTree>, std::string> read_oci_archive(const std::string& path);

}  // namespace occlum::image

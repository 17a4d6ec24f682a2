// What an image is made of, chosen by what is given: a directory, a bill of materials (NAME.yaml, NAME.yml),
// else an archive of a container image.
#pragma once

#include "image/sources/bom.h"
#include "image/sources/oci_archive.h"

namespace occlum::image {

struct Source {
    std::string path;
    /// Of a bill of materials: directories whose contents are there before it, and where it finds others.
    std::vector<std::string> base = {};
    BomOptions bom = {};
};

bool is_bom(const std::string& path);
/// `defaults` is set from an archive.
std::expected<std::unique_ptr<Tree>, std::string> read_source(const Source& source, ImageDefaults* defaults);

}  // namespace occlum::image

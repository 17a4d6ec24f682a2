// What is shown and said of images that are being built.
#pragma once

#include "image/root_image.h"

namespace occlum::cli {

inline constexpr const char* kPretranslateHelp =
    "Store translations of programs and libraries in the image, too: they start faster, it grows by half";

/// ImageOptions::progress on a terminal.
bool show_image_progress(const image::ImageProgress& progress);

}  // namespace occlum::cli

// Read-only images of root file systems: EROFS (LZ4, equal blocks stored once), then a tree of hashes in the
// form of dm-verity, then one block that says what the file is. fsck.erofs, dump.erofs, mount -t erofs and
// veritysetup take the file as it is (unless it is encrypted). The same input gives the same bytes.
//
//   auto facts = build_root_image(directory, "image.img", {.key = …, .progress = …});
//   abi::MeasuredConfig measured{.images = {facts->measured}, …};
//   EnclaveImage::read(libos, threads, abi::encode_measured_config(measured));   // changes MRENCLAVE
//   boot.mounts[0] = {"/", true, true}, boot.mounts[0].image = {"image.img", 0, key};   // its host
//   directory: mount 0
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "abi/measured_config.h"
#include "image/node.h"

namespace occlum::image {

using ImageKey = abi::BootKey;

struct ImageProgress {
    bool translating = false;  ///< the step before packing
    u64 done = 0, total = 0;   ///< bytes of input, which may grow while it is being counted; or programs
    u64 files = 0;
};

struct ImageOptions {
    std::optional<ImageKey> key = {};
    /// Store translations of the programs and libraries, too.
    bool pretranslate = false;
    /// Called often, from the calling thread. False stops the build.
    std::function<bool(const ImageProgress&)> progress = {};
};

struct ImageFacts {
    abi::MeasuredImage measured;
    u64 size = 0;    ///< of the file, bytes
    u64 files = 0;   ///< inodes
    u64 input = 0;   ///< bytes of all files
    u64 shared = 0;  ///< blocks that were there already
};

/// Of a tree, a source's or a directory's. The output appears, whole, at the end, or stays as it was. Fails
/// with a line that says why.
std::expected<ImageFacts, std::string> build_root_image(Tree& tree, const std::string& output,
                                                        const ImageOptions& options);
std::expected<ImageFacts, std::string> build_root_image(const std::string& directory,
                                                        const std::string& output,
                                                        const ImageOptions& options);

/// What the file says of itself: to be measured, or compared with what was.
std::expected<ImageFacts, std::string> read_root_image(const std::string& path);

}  // namespace occlum::image

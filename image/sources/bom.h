// A bill of materials: Occlum's bom.yaml, as its copy_bom takes it.
//
//   includes: [base.yaml]            others, done first; relative to this one, then to the include
//   directories excludes: [.git]                 names (with wildcards) left out where directories are copied
//   targets:
//     - target: /bin
//       mkdirs: [a, a/b]
//       createlinks: [{src: ../x, linkname: y}]        also "symlinks"
//       copy:
//         - from: ../build           before dirs and files; alone: all that is in it
//           dirs: [d, e/]            e/: what is in it
//           files: [f, {name: g, hash: SHA-256, autodep: false, rename: h}]
//
// Programs bring the shared libraries that they need. Relative paths start in the current directory; $NAME
// and ${NAME} are variables of the environment.
#pragma once

#include <expected>

#include "image/node.h"

namespace occlum::image {

struct BomOptions {
    std::vector<std::string> include_directories = {};
};
/// Fails with "FILE:LINE: KEY: why".
std::expected<void, std::string> apply_bom(const std::string& path, const BomOptions& options, Tree& tree);

}  // namespace occlum::image

// Translations of a tree's programs and libraries, made before they are packed (sfi/cache/archive.h), so that
// the enclave has only to verify them.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "image/node.h"
#include "image/sources/spool.h"

namespace occlum::image {

class Pretranslation {
public:
    /// Hears how many of how many files are done, from one thread at a time. False stops.
    using Progress = std::function<bool(u64 done, u64 total)>;

    /// Adds to the tree an archive for each x86-64 program and library in it. The same tree gives the same
    /// bytes. The tree refers to this afterwards. Fails when a file cannot be read or there is no room.
    std::expected<void, std::string> add_to(Tree& tree, const Progress& progress);
    u64 files() const { return files_; }

private:
    Spool spool_;
    u64 files_ = 0;
};

}  // namespace occlum::image

// Stores on the host, for the owner of their key.
#pragma once

#include <memory>
#include <string>

#include "storage/file_system.h"
#include "storage/hosted/file_store.h"

namespace occlum::cli {

struct OpenStore {
    std::unique_ptr<storage::FileStore> blocks;
    std::unique_ptr<storage::FileVersion> version;  ///< when a counter's file lies beside the store
    Result<std::unique_ptr<storage::FileSystem>> files;
};

/// Nobody else has it until the process ends. Fails for `verb` when it cannot be had, or is no store under
/// this key; what else is wrong is in `files`.
OpenStore open_store(const std::string& verb, const std::string& path, const std::string& key);

}  // namespace occlum::cli

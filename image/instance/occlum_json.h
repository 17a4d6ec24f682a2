// Occlum.json: what an instance is. Occlum's published schema, strictly: unknown names, wrong types and
// values that make no sense are refused, with the line and the name. Sizes that had to be tuned there are
// limits here, and optional; what this project has no use for (sizes of the LibOS's own heap and stacks, CPU
// features that guests see anyway) is checked, kept and otherwise without effect.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace occlum::image {

struct InstanceMount {
    enum class Kind : u8 {
        Image,       ///< read-only, from `occlum build`; the root's lower layer
        Store,       ///< encrypted and writable; at "/", behind the root: its writable layer
        Layered,     ///< the root: an image with a writable layer
        HostFolder,  ///< untrusted
        Memory,
    } kind = Kind::Memory;
    std::string target = {};
    std::string source = {};  ///< of host folders: relative to the instance
    u32 line = 0;
    bool memory_layer = false;  ///< of Layered: its writable layer is not a store
};

struct InstanceMetadata {
    u16 product_id = 0, version_number = 0;
    bool debuggable = true;
    bool enable_kss = false;
    u64 family_id_high = 0, family_id_low = 0, ext_prod_id_high = 0, ext_prod_id_low = 0;
};

struct InstanceConfig {
    std::optional<u64> user_space_size;                   ///< bytes that all programs together may fill
    std::optional<u64> stack_size, heap_size, mmap_size;  ///< of a process, bytes
    std::optional<u32> max_threads;
    std::vector<std::string> entry_points;
    std::vector<std::string> default_environment;    ///< NAME=VALUE
    std::vector<std::string> untrusted_environment;  ///< names
    InstanceMetadata metadata;
    std::vector<InstanceMount> mounts;  ///< the root first
    std::string directory;              ///< in which programs start; not in Occlum.json: a container image's
};

/// Fails with "Occlum.json:LINE: NAME: why"; `name` is the file's, for messages.
std::expected<InstanceConfig, std::string> parse_occlum_json(std::string_view text, std::string_view name);

/// What `occlum init` writes.
std::string_view default_occlum_json();

}  // namespace occlum::image

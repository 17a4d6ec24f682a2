// The boot blob: what `occlum run` asks for. Comes from the host, so the enclave bounds and checks all of it.
// Wire form: a sequence of records {u32 kind, u32 length, bytes padded to 8}; unknown kinds are refused.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace occlum::abi {

enum class BootRecord : u32 {
    Argument = 1,     ///< argv[i], in order; argv[0] is the program to find
    Environment = 2,  ///< KEY=VALUE
    Directory = 3,    ///< the initial working directory
    Mount = 4,   ///< flags (u64: bit 0 read-only, bit 1 overlay root, bit 2 in memory), then the guest path;
                 ///< the host's mount index is the record's order
    Option = 5,  ///< NAME=VALUE: trace, stats, strict-wx, tty, serve, gdb, cpus, memory, code-cache, hostname
    Identity = 6,  ///< u64 uid, gid the first process runs as
    Store = 7,  ///< makes the last mount a secure file system: flags (u64: bit 0 create, bit 1 counter, bit 2
                ///< a key of 32 bytes follows), then the name of its file in the host's directory
    Image = 8,  ///< lays an image under the last mount: flags (u64: bit 0 a key of 32 bytes follows), u64
                ///< index among the measured images, then the name of its file in the host's directory
};
inline constexpr u64 kMaxBootBlob = 4 << 20;

using BootKey = std::array<u8, 32>;
struct BootStore {
    std::string file;
    bool create = false;   ///< an absent or empty file becomes an empty file system
    bool counter = false;  ///< check versions with the stand-in for a counter
    std::optional<BootKey> key = {};
};
/// What it must be is in the measured configuration (measured_config.h).
struct BootImage {
    std::string file;
    u32 index = 0;  ///< in MeasuredConfig::images
    std::optional<BootKey> key = {};
};
struct BootMount {
    std::string guest_path;
    bool read_only = false;
    bool overlay_root = false;  ///< read-only below, in-memory writable layer on top
    /// A writable file system of its own. Not together with an image.
    std::optional<BootStore> store = {};
    std::optional<BootImage> image = {};
    bool memory = false;  ///< has nothing of the host
};
struct BootConfig {
    std::vector<std::string> arguments, environment;
    std::string directory;
    std::vector<BootMount> mounts;
    std::vector<std::pair<std::string, std::string>> options;
    u64 uid = 0, gid = 0;
};

/// EINVAL on anything malformed, E2BIG past the limits.
Result<BootConfig> decode_boot_config(std::span<const u8> blob);
std::vector<u8> encode_boot_config(const BootConfig& config);

}  // namespace occlum::abi

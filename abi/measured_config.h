// The measured configuration: what must not be the host's choice. It is added to the enclave before EINIT, in
// pages that EEXTEND covers, so MRENCLAVE tells which one an enclave has. Wire form: records (records.h);
// unknown kinds are refused. In the enclave: u64 length, then that many bytes, at kMeasuredConfigOffset; an
// enclave without one has a length of 0.
#pragma once

#include "abi/boot_config.h"

namespace occlum::abi {

enum class MeasuredRecord : u32 {
    Image = 1,        ///< u64 flags (bit 0: encrypted), u64 blocks, 32 bytes root hash, 16 bytes salt
    Closed = 2,       ///< nothing
    EntryPoint = 3,   ///< a directory or file that programs may be started from
    Environment = 4,  ///< the name of a variable that the host may set
    Fixed = 5,        ///< a boot configuration
};
inline constexpr u64 kMaxMeasuredConfig = 1 << 20;

/// Names the contents of an image (image/root_image.h).
struct MeasuredImage {
    std::array<u8, 32> root_hash{};
    u64 blocks = 0;  ///< of 4 KiB, without the hashes
    bool encrypted = false;
    std::array<u8, 16> salt{};  ///< with the key: the key of this image
    bool operator==(const MeasuredImage&) const = default;
};

struct MeasuredConfig {
    std::vector<MeasuredImage> images;  ///< BootImage::index

    /// The host chooses only a program below the entry points, its arguments, the working directory, the
    /// environment variables named here, limits (memory, cpus), and where the files of the mounts and the key
    /// of the image are; stores are sealed to the enclave. Otherwise it chooses everything but what is in
    /// images.
    bool closed = false;
    std::vector<std::string> entry_points;      ///< empty: any program
    std::vector<std::string> host_environment;  ///< names
    /// Closed: environment (the host's variables go behind it), mounts (number, paths, flags; the files'
    /// names and the image's key are the host's), options (win over the host's), identity.
    BootConfig fixed;
};

/// EINVAL on anything malformed, E2BIG past the limits.
Result<MeasuredConfig> decode_measured_config(std::span<const u8> blob);
std::vector<u8> encode_measured_config(const MeasuredConfig& config);

/// What counts of both. EPERM: the host wants what the measured one does not allow.
Result<BootConfig> admit(const MeasuredConfig& measured, BootConfig host);
/// The same for one more program in a running enclave.
bool may_start(const MeasuredConfig& measured, std::string_view program);
std::vector<std::string> admitted_environment(const MeasuredConfig& measured,
                                              const std::vector<std::string>& host);

}  // namespace occlum::abi

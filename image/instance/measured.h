// From Occlum.json to what the enclave is told and MRENCLAVE covers.
#pragma once

#include <optional>

#include "abi/measured_config.h"
#include "image/instance/occlum_json.h"

namespace occlum::image {

/// Where an instance's files are, relative to its directory.
inline constexpr const char* kRootImageFile = "build/image.img";
inline constexpr const char* kContainerFile = "run/container.sefs";
/// The file of a store mounted at `target`.
std::string store_file(const std::string& target);

/// Closed: the host chooses only the program, its arguments, the named variables, and where files are.
abi::MeasuredConfig measured_config(const InstanceConfig& config, const abi::MeasuredImage& image);

}  // namespace occlum::image

// From an image to an initialised enclave.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "image/enclave_image.h"

namespace occlum::image {

/// The key beside the image; made and kept when it is not there (or used once, when it cannot be kept).
host::SigningKey signing_key(const std::string& image_path);

/// The signature over the plain enclave with that many vCPUs that an earlier run has kept beside the image;
/// not when image or key are newer. EINIT still says whether it is right.
std::optional<sgx::SigStruct> kept_signature(const std::string& image_path, u32 threads);
void keep_signature(const std::string& image_path, u32 threads, const sgx::SigStruct& signature);

/// A model enclave with all pieces added and initialised.
std::expected<std::unique_ptr<host::EnclaveBackend>, std::string> build_enclave(
    const EnclaveImage& image, const sgx::SigStruct& signature, const host::ModelOptions& options);

}  // namespace occlum::image

#include "image/launch.h"

#include <filesystem>

namespace occlum::image {

host::SigningKey signing_key(const std::string& image_path) {
    const std::string path = std::filesystem::path(image_path).parent_path() / "signing-key.pem";
    if (auto key = host::SigningKey::load(path)) return std::move(*key);
    auto key = host::SigningKey::generate();
    (void)key.save(path);
    return key;
}

std::expected<std::unique_ptr<host::EnclaveBackend>, std::string> build_enclave(
    const EnclaveImage& image, const sgx::SigStruct& signature, const host::ModelOptions& options) {
    auto enclave = host::create_model(image.parameters(), options);
    if (!enclave) return std::unexpected("no address space for an enclave");
    for (const auto& piece : image.pieces())
        if (!(*enclave)->add_pages(piece)) return std::unexpected("no memory for the enclave's image");
    const auto error = (*enclave)->init(signature);
    if (error != sgx::SgxError::None)
        return std::unexpected("the enclave's signature was refused (error " +
                               std::to_string(static_cast<u32>(error)) + ")");
    return std::move(*enclave);
}

}  // namespace occlum::image

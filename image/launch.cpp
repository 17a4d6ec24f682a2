#include "image/launch.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace occlum::image {

namespace {

std::filesystem::path key_path(const std::string& image_path) {
    return std::filesystem::path(image_path).parent_path() / "signing-key.pem";
}

std::filesystem::path signature_path(const std::string& image_path, u32 threads) {
    return std::filesystem::path(image_path).parent_path() /
           ("signature-" + std::to_string(threads) + ".bin");
}

}  // namespace

host::SigningKey signing_key(const std::string& image_path) {
    const std::string path = key_path(image_path);
    if (auto key = host::SigningKey::load(path)) return std::move(*key);
    auto key = host::SigningKey::generate();
    (void)key.save(path);
    return key;
}

std::optional<sgx::SigStruct> kept_signature(const std::string& image_path, u32 threads) {
    std::error_code absent;
    const auto path = signature_path(image_path, threads);
    const auto made = std::filesystem::last_write_time(path, absent);
    for (const auto& source : {std::filesystem::path(image_path), key_path(image_path)})
        if (absent || std::filesystem::last_write_time(source, absent) >= made) return std::nullopt;
    sgx::SigStruct signature{};
    std::ifstream file(path, std::ios::binary);
    if (absent || !file.read(reinterpret_cast<char*>(&signature), sizeof signature)) return std::nullopt;
    return signature;
}

// Only a saving, so errors do not matter.
void keep_signature(const std::string& image_path, u32 threads, const sgx::SigStruct& signature) {
    const std::string path = signature_path(image_path, threads);
    const std::string temporary = path + "." + std::to_string(getpid());
    std::ofstream file(temporary, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&signature), sizeof signature);
    file.close();
    std::error_code ignored;
    if (file) std::filesystem::rename(temporary, path, ignored);
    if (!file || ignored) std::filesystem::remove(temporary, ignored);
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

// An enclave image: what is added to the enclave, page by page, before it is initialised.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "host/backend.h"
#include "host/cryptography.h"

namespace occlum::image {

/// A file's bytes, mapped read-only.
class MappedFile {
public:
    static std::expected<MappedFile, std::string> open(const std::string& path);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&&) = delete;
    ~MappedFile();
    std::span<const u8> bytes() const { return bytes_; }

private:
    explicit MappedFile(std::span<const u8> bytes) : bytes_(bytes) {}
    std::span<const u8> bytes_;
};

/// What the signer says of an enclave besides its measurement.
struct SignedIdentity {
    u16 product_id = 0, version_number = 0;
    std::array<u8, 16> family_id{}, extended_product_id{};
};

class EnclaveImage {
public:
    /// `measured`: an encoded abi::MeasuredConfig, or nothing. Fails with a line that says why.
    static std::expected<EnclaveImage, std::string> read(const std::string& path, u32 threads,
                                                         std::span<const u8> measured = {});

    const host::EnclaveParameters& parameters() const { return parameters_; }
    const std::vector<host::EnclavePiece>& pieces() const { return pieces_; }
    const std::vector<u64>& tcs_offsets() const { return tcs_offsets_; }
    std::span<const u8> file() const { return file_.bytes(); }

    sgx::Hash measure() const;
    sgx::SigStruct sign(const host::SigningKey& key, const SignedIdentity& identity = {}) const;

private:
    explicit EnclaveImage(MappedFile file) : file_(std::move(file)) {}
    std::expected<void, std::string> add_segments();
    void add_threads(u32 count);
    void add_configuration(std::span<const u8> measured);

    MappedFile file_;
    host::EnclaveParameters parameters_;
    std::vector<host::EnclavePiece> pieces_;
    std::vector<std::unique_ptr<sgx::Tcs>> tcs_pages_;
    std::vector<u64> tcs_offsets_;
    std::vector<u8> configuration_;
    u64 entry_ = 0;
};

}  // namespace occlum::image

// What the host needs of OpenSSL: SHA-256, AES-CMAC, and RSA-3072 with exponent 3 as SIGSTRUCT wants it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sgx/sigstruct.h"

namespace occlum::host {

class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    void update(std::span<const u8> bytes);
    /// Once only.
    sgx::Hash finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

sgx::Hash sha256(std::span<const u8> bytes);
sgx::Key aes_cmac(const sgx::Key& key, std::span<const u8> bytes);

/// A private key that signs enclaves.
class SigningKey {
public:
    ~SigningKey();
    SigningKey(SigningKey&&) noexcept;
    static SigningKey generate();
    /// Nothing when the file is absent, or not an RSA-3072 key with exponent 3 in PEM.
    static std::optional<SigningKey> load(const std::string& path);
    /// Readable by the owner only. False when it cannot be written.
    bool save(const std::string& path) const;
    /// Fills in modulus, exponent, signature, q1 and q2.
    void sign(sgx::SigStruct& sigstruct) const;

private:
    struct Pair;
    explicit SigningKey(std::unique_ptr<Pair> pair);
    std::unique_ptr<Pair> pair_;
};

/// As EINIT does: signature, q1 and q2 must fit the modulus and the signed bytes.
bool signature_valid(const sgx::SigStruct& sigstruct);

}  // namespace occlum::host

#include "host/cryptography.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace occlum::host {

namespace {

/// OpenSSL fails here only for want of memory or by a programming error.
void must(bool good) {
    if (good) return;
    std::fputs("occlum: the cryptographic library failed\n", stderr);
    std::abort();
}

using Bn = std::unique_ptr<BIGNUM, decltype([](BIGNUM* n) { BN_free(n); })>;
using BnContext = std::unique_ptr<BN_CTX, decltype([](BN_CTX* c) { BN_CTX_free(c); })>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* c) { EVP_PKEY_CTX_free(c); })>;

Bn number(std::span<const u8> little_endian) {
    Bn n(BN_lebin2bn(little_endian.data(), static_cast<int>(little_endian.size()), nullptr));
    must(n != nullptr);
    return n;
}

void store(const BIGNUM* n, sgx::Number& out) {
    must(BN_bn2lebinpad(n, out.data(), static_cast<int>(out.size())) == static_cast<int>(out.size()));
}

std::span<const u8> bytes_of(const sgx::SigStruct& sigstruct) {
    return {reinterpret_cast<const u8*>(&sigstruct), sizeof sigstruct};
}

sgx::Hash signed_hash(const sgx::SigStruct& sigstruct) {
    const sgx::SigStructBytes bytes(bytes_of(sigstruct).first<sizeof sigstruct>());
    Sha256 hash;
    hash.update(sgx::signed_head(bytes));
    hash.update(sgx::signed_body(bytes));
    return hash.finish();
}

/// The two quotients that let EINIT check the signature without dividing, and signature³ mod modulus.
struct Cube {
    Bn q1{BN_new()}, q2{BN_new()}, result{BN_new()};
};

Cube cube(const sgx::Number& signature, const sgx::Number& modulus) {
    const Bn s = number(signature), n = number(modulus), product(BN_new()), rest(BN_new());
    const BnContext context(BN_CTX_new());
    Cube out;
    must(BN_sqr(product.get(), s.get(), context.get()) == 1);
    must(BN_div(out.q1.get(), rest.get(), product.get(), n.get(), context.get()) == 1);
    must(BN_mul(product.get(), rest.get(), s.get(), context.get()) == 1);
    must(BN_div(out.q2.get(), out.result.get(), product.get(), n.get(), context.get()) == 1);
    return out;
}

/// EMSA-PKCS1-v1_5 of a SHA-256 hash, as a little-endian number.
sgx::Number padded(const sgx::Hash& hash) {
    static constexpr std::array<u8, 19> kDigestInfo{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                                    0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                                    0x01, 0x05, 0x00, 0x04, 0x20};
    sgx::Number out;
    out.fill(0xff);
    out[0] = 0;
    out[1] = 1;
    const size_t tail = out.size() - hash.size() - kDigestInfo.size();
    out[tail - 1] = 0;
    std::copy(kDigestInfo.begin(), kDigestInfo.end(), out.begin() + static_cast<long>(tail));
    std::copy(hash.begin(), hash.end(), out.end() - static_cast<long>(hash.size()));
    std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace

struct Sha256::Context {
    EVP_MD_CTX* handle = EVP_MD_CTX_new();
    ~Context() { EVP_MD_CTX_free(handle); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
    must(EVP_DigestInit_ex(context_->handle, EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
void Sha256::update(std::span<const u8> bytes) {
    must(EVP_DigestUpdate(context_->handle, bytes.data(), bytes.size()) == 1);
}
sgx::Hash Sha256::finish() {
    sgx::Hash hash;
    must(EVP_DigestFinal_ex(context_->handle, hash.data(), nullptr) == 1);
    return hash;
}

sgx::Hash sha256(std::span<const u8> bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

sgx::Key aes_cmac(const sgx::Key& key, std::span<const u8> bytes) {
    sgx::Key out;
    size_t size = 0;
    std::string cipher = "AES-128-CBC";
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
        OSSL_PARAM_construct_end()};
    must(EVP_Q_mac(nullptr, "CMAC", nullptr, "AES-128-CBC", parameters.data(), key.data(), key.size(),
                   bytes.data(), bytes.size(), out.data(), out.size(), &size) != nullptr &&
         size == out.size());
    return out;
}

struct SigningKey::Pair {
    EVP_PKEY* handle = nullptr;
    ~Pair() { EVP_PKEY_free(handle); }
};

SigningKey::SigningKey(std::unique_ptr<Pair> pair) : pair_(std::move(pair)) {}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate() {
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    const Bn three(BN_new());
    auto pair = std::make_unique<Pair>();
    must(BN_set_word(three.get(), 3) == 1 && EVP_PKEY_keygen_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 3072) == 1 &&
         EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), three.get()) == 1 &&
         EVP_PKEY_generate(context.get(), &pair->handle) == 1);
    return SigningKey(std::move(pair));
}

std::optional<SigningKey> SigningKey::load(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "re");
    if (file == nullptr) return std::nullopt;
    auto pair = std::make_unique<Pair>();
    pair->handle = PEM_read_PrivateKey(file, nullptr, nullptr, nullptr);
    std::fclose(file);
    BIGNUM* exponent = nullptr;
    const bool good = pair->handle != nullptr && EVP_PKEY_get_bits(pair->handle) == 3072 &&
                      EVP_PKEY_get_bn_param(pair->handle, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
                      BN_is_word(exponent, 3) == 1;
    BN_free(exponent);
    if (!good) return std::nullopt;
    return SigningKey(std::move(pair));
}

bool SigningKey::save(const std::string& path) const {
    const std::string temporary = path + "." + std::to_string(getpid());
    const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    std::FILE* file = fdopen(fd, "w");
    const bool written =
        PEM_write_PrivateKey(file, pair_->handle, nullptr, nullptr, 0, nullptr, nullptr) == 1;
    const bool closed = std::fclose(file) == 0;
    if (written && closed && rename(temporary.c_str(), path.c_str()) == 0) return true;
    unlink(temporary.c_str());
    return false;
}

void SigningKey::sign(sgx::SigStruct& sigstruct) const {
    BIGNUM* modulus = nullptr;
    must(EVP_PKEY_get_bn_param(pair_->handle, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1);
    store(modulus, sigstruct.modulus);
    BN_free(modulus);
    sigstruct.exponent = 3;

    const sgx::Hash hash = signed_hash(sigstruct);
    const KeyContext context(EVP_PKEY_CTX_new(pair_->handle, nullptr));
    size_t size = sigstruct.signature.size();
    must(EVP_PKEY_sign_init(context.get()) == 1 &&
         EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
         EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
         EVP_PKEY_sign(context.get(), sigstruct.signature.data(), &size, hash.data(), hash.size()) == 1);
    std::reverse(sigstruct.signature.begin(), sigstruct.signature.end());

    const Cube quotients = cube(sigstruct.signature, sigstruct.modulus);
    store(quotients.q1.get(), sigstruct.q1);
    store(quotients.q2.get(), sigstruct.q2);
}

bool signature_valid(const sgx::SigStruct& sigstruct) {
    if (sigstruct.header != sgx::kSigHeader || sigstruct.header2 != sgx::kSigHeader2) return false;
    if (sigstruct.exponent != 3 || (sigstruct.modulus.back() & 0x80) == 0) return false;
    const Bn signature = number(sigstruct.signature), modulus = number(sigstruct.modulus);
    if (BN_cmp(signature.get(), modulus.get()) >= 0) return false;
    const Cube expected = cube(sigstruct.signature, sigstruct.modulus);
    if (BN_cmp(expected.q1.get(), number(sigstruct.q1).get()) != 0) return false;
    if (BN_cmp(expected.q2.get(), number(sigstruct.q2).get()) != 0) return false;
    return BN_cmp(expected.result.get(), number(padded(signed_hash(sigstruct))).get()) == 0;
}

}  // namespace occlum::host

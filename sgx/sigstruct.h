// SIGSTRUCT: the enclave's certificate (SDM vol. 3D, 38.13). Numbers are little-endian.
#pragma once

#include <span>

#include "sgx/architecture.h"

namespace occlum::sgx {

inline constexpr size_t kModulusSize = 384;
using Number = std::array<u8, kModulusSize>;

struct SigStruct {
    std::array<u8, 16> header;
    u32 vendor;
    u32 date;  ///< BCD: 0xyyyymmdd
    std::array<u8, 16> header2;
    u32 software_defined;
    std::array<u8, 84> reserved1;
    Number modulus;
    u32 exponent;
    Number signature;  ///< PKCS #1 v1.5, SHA-256, over signed_head and signed_body
    u32 misc_select;
    u32 misc_mask;
    u32 reserved2;
    std::array<u8, 16> isv_family_id;
    Attributes attributes;
    Attributes attribute_mask;
    Hash enclave_hash;
    std::array<u8, 16> reserved3;
    std::array<u8, 16> isv_ext_prod_id;
    u16 isv_prod_id;
    u16 isv_svn;
    std::array<u8, 12> reserved4;
    Number q1;  ///< floor(signature² / modulus)
    Number q2;  ///< floor((signature² mod modulus) · signature / modulus)
};
static_assert(sizeof(SigStruct) == 1808 && offsetof(SigStruct, modulus) == 128 &&
              offsetof(SigStruct, exponent) == 512 && offsetof(SigStruct, signature) == 516 &&
              offsetof(SigStruct, misc_select) == 900 && offsetof(SigStruct, attributes) == 928 &&
              offsetof(SigStruct, enclave_hash) == 960 && offsetof(SigStruct, isv_prod_id) == 1024 &&
              offsetof(SigStruct, q1) == 1040 && offsetof(SigStruct, q2) == 1424);

inline constexpr std::array<u8, 16> kSigHeader{0x06, 0, 0, 0, 0xe1, 0, 0, 0, 0, 0, 1};
inline constexpr std::array<u8, 16> kSigHeader2{0x01, 0x01, 0, 0, 0x60, 0, 0, 0, 0x60, 0, 0, 0, 0x01};

using SigStructBytes = std::span<const u8, sizeof(SigStruct)>;
constexpr std::span<const u8, 128> signed_head(SigStructBytes bytes) { return bytes.first<128>(); }
constexpr std::span<const u8, 128> signed_body(SigStructBytes bytes) { return bytes.subspan<900, 128>(); }

}  // namespace occlum::sgx

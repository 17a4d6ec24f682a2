// The structures of Intel SDM vol. 3D, chapters 38 to 40, as they lie in memory.
#pragma once

#include <array>
#include <cstddef>

#include "base/types.h"

namespace occlum::sgx {

enum class Enclu : u32 {
    EReport = 0,
    EGetKey = 1,
    EEnter = 2,
    EResume = 3,
    EExit = 4,
    EAccept = 5,
    EModPe = 6,
    EAcceptCopy = 7,
};

/// What leaf functions leave in RAX (0 is success).
enum class SgxError : u32 {
    None = 0,
    InvalidSigStruct = 1,
    InvalidAttribute = 2,
    InvalidMeasurement = 4,
    InvalidSignature = 8,
    PageAttributesMismatch = 19,
    PageNotModifiable = 20,
    InvalidCpuSvn = 32,
    InvalidIsvSvn = 64,
    InvalidKeyName = 256,
};

struct Attributes {
    u64 flags;
    u64 xfrm;
    bool operator==(const Attributes&) const = default;
};
inline constexpr u64 kAttributeInit = 1;
inline constexpr u64 kAttributeDebug = 2;
inline constexpr u64 kAttributeMode64 = 4;
inline constexpr u64 kAttributeProvisionKey = 0x10;
inline constexpr u64 kAttributeKss = 0x80;
/// x87, SSE and AVX state: what the enclave may hold in registers.
inline constexpr u64 kXfrm = 7;
/// MISCSELECT.EXINFO: #PF and #GP report address and error code in the SSA.
inline constexpr u32 kMiscSelectExinfo = 1;

using Hash = std::array<u8, 32>;
using Svn = std::array<u8, 16>;

struct Secs {
    u64 size;
    u64 base;
    u32 ssa_frame_pages;
    u32 misc_select;
    std::array<u8, 24> reserved1;
    Attributes attributes;
    Hash mrenclave;
    std::array<u8, 32> reserved2;
    Hash mrsigner;
    std::array<u8, 32> reserved3;
    std::array<u8, 64> config_id;
    u16 isv_prod_id;
    u16 isv_svn;
    u16 config_svn;
    std::array<u8, 3834> reserved4;
};
static_assert(sizeof(Secs) == 4096 && offsetof(Secs, attributes) == 48 && offsetof(Secs, mrsigner) == 128 &&
              offsetof(Secs, isv_prod_id) == 256);

struct Tcs {
    u64 state;
    u64 flags;
    u64 ossa;    ///< offset of the first SSA frame from the enclave's base
    u32 cssa;    ///< current frame; set by the hardware
    u32 nssa;    ///< number of frames
    u64 oentry;  ///< offset of the entry point
    u64 reserved1;
    u64 ofs_base;  ///< becomes fs.base, as an offset
    u64 ogs_base;
    u32 fs_limit;
    u32 gs_limit;
    std::array<u8, 4024> reserved2;
};
static_assert(sizeof(Tcs) == 4096 && offsetof(Tcs, oentry) == 32 && offsetof(Tcs, fs_limit) == 64);

/// The general registers' part of an SSA frame: its last 184 bytes.
struct GprSgx {
    std::array<u64, 16> gpr;  ///< in encoding order: rax, rcx, rdx, rbx, rsp, …
    u64 rflags;
    u64 rip;
    u64 ursp;  ///< the host's rsp and rbp at EENTER
    u64 urbp;
    u32 exit_info;
    std::array<u8, 3> reserved;
    u8 aex_notify;
    u64 fs_base;
    u64 gs_base;
};
static_assert(sizeof(GprSgx) == 184 && offsetof(GprSgx, exit_info) == 160 &&
              offsetof(GprSgx, fs_base) == 168);

/// GprSgx::exit_info: bits 7:0 vector, 10:8 type (3 hardware, 6 software exception), 31 valid.
inline constexpr u32 kExitInfoValid = u32{1} << 31;
inline constexpr u32 kExitTypeHardware = 3 << 8;
inline constexpr u32 kExitTypeSoftware = 6 << 8;

/// Stands just before GprSgx when MISCSELECT.EXINFO is set.
struct ExInfo {
    u64 address;
    u32 error_code;
    u32 reserved;
};
static_assert(sizeof(ExInfo) == 16);

/// XSAVE area of an SSA frame (at its start) for XFRM = 7: legacy, header, AVX.
inline constexpr size_t kXsaveSize = 512 + 64 + 256;

enum class PageType : u8 { Secs = 0, Tcs = 1, Reg = 2, Va = 3, Trim = 4 };

struct SecInfo {
    u64 flags;
    std::array<u8, 56> reserved;
};
static_assert(sizeof(SecInfo) == 64);
inline constexpr u64 kSecInfoRead = 1;
inline constexpr u64 kSecInfoWrite = 2;
inline constexpr u64 kSecInfoExecute = 4;
inline constexpr u64 kSecInfoPermissions = 7;
inline constexpr u64 kSecInfoPending = 8;
inline constexpr u64 kSecInfoModified = 16;
inline constexpr u64 kSecInfoRestricted = 32;  ///< SDM: PR
constexpr u64 secinfo_type(PageType type) { return u64{static_cast<u8>(type)} << 8; }

struct ReportBody {
    Svn cpu_svn;
    u32 misc_select;
    std::array<u8, 12> reserved1;
    std::array<u8, 16> isv_ext_prod_id;
    Attributes attributes;
    Hash mrenclave;
    std::array<u8, 32> reserved2;
    Hash mrsigner;
    std::array<u8, 32> reserved3;
    std::array<u8, 64> config_id;
    u16 isv_prod_id;
    u16 isv_svn;
    u16 config_svn;
    std::array<u8, 42> reserved4;
    std::array<u8, 16> isv_family_id;
    std::array<u8, 64> report_data;
};
static_assert(sizeof(ReportBody) == 384 && offsetof(ReportBody, attributes) == 48 &&
              offsetof(ReportBody, config_id) == 192 && offsetof(ReportBody, isv_family_id) == 304 &&
              offsetof(ReportBody, report_data) == 320);

struct Report {
    ReportBody body;
    std::array<u8, 32> key_id;
    std::array<u8, 16> mac;  ///< AES-128-CMAC over `body`
};
static_assert(sizeof(Report) == 432 && offsetof(Report, mac) == 416);

struct TargetInfo {
    Hash mrenclave;
    Attributes attributes;
    u16 reserved1;
    u16 config_svn;
    u32 misc_select;
    u64 reserved2;
    std::array<u8, 64> config_id;
    std::array<u8, 384> reserved3;
};
static_assert(sizeof(TargetInfo) == 512 && offsetof(TargetInfo, config_id) == 64);

enum class KeyName : u16 { EInitToken = 0, Provision = 1, ProvisionSeal = 2, Report = 3, Seal = 4 };
inline constexpr u16 kKeyPolicyMrEnclave = 1;
inline constexpr u16 kKeyPolicyMrSigner = 2;
inline constexpr u16 kKeyPolicyNoIsvProdId = 4;
inline constexpr u16 kKeyPolicyKnown = 7;

struct KeyRequest {
    KeyName name;
    u16 policy;
    u16 isv_svn;
    u16 reserved1;
    Svn cpu_svn;
    Attributes attribute_mask;
    std::array<u8, 32> key_id;
    u32 misc_mask;
    u16 config_svn;
    std::array<u8, 434> reserved2;
};
static_assert(sizeof(KeyRequest) == 512 && offsetof(KeyRequest, attribute_mask) == 24 &&
              offsetof(KeyRequest, misc_mask) == 72);

using Key = std::array<u8, 16>;

}  // namespace occlum::sgx

// What the loader and the services need of an SGX implementation. The software model (model/) is one; a
// backend that drives the kernel's SGX driver has the same shape.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "base/result.h"
#include "host/measurement.h"
#include "sgx/sigstruct.h"

namespace occlum::host {

/// The host's registers at EENTER and after EEXIT. Tests poison them; the run loop uses only rdi and rsi.
struct HostRegisters {
    std::array<u64, 16> gpr{};  ///< in encoding order; rsp is ignored
    u64 rflags = 0x202;
    u32 mxcsr = 0x1f80;
    u32 fcw = 0x37f;
    std::array<u64, 2> xmm0{}, xmm15{};  ///< after EEXIT: a sample of the vector registers
};

/// How the enclave was left.
struct Left {
    enum class By { Exit, Exception, Interrupt, Refused } by = By::Refused;
    u32 vector = 0;      ///< of an exception
    u32 error_code = 0;  ///< of an exception, and what the host's kernel would see of it
    u64 address = 0;
};

/// One TCS, used from the host thread that created it.
class EnclaveThread {
public:
    virtual ~EnclaveThread() = default;
    /// EENTER. Refused: the hardware's #GP (TCS busy, no free SSA frame).
    virtual Left enter(HostRegisters& registers) = 0;
    /// ERESUME.
    virtual Left resume(HostRegisters& registers) = 0;
    /// Interrupts this thread periodically while it is in the enclave; 0 = never.
    virtual void set_tick(u64 period_ns) = 0;
    /// The same once, now; from any thread.
    virtual void interrupt() = 0;
    virtual u32 cssa() const = 0;
};

struct EnclaveParameters {
    u64 size = 0;
    u32 ssa_frame_pages = 1;
    u32 misc_select = sgx::kMiscSelectExinfo;
    sgx::Attributes attributes{sgx::kAttributeMode64, sgx::kXfrm};
};

struct Crossings {
    u64 enters = 0, exits = 0, exceptions = 0, interrupts = 0, resumes = 0;
};

/// Offsets are from the enclave's base, sizes in bytes; both page aligned, EINVAL otherwise.
class EnclaveBackend {
public:
    virtual ~EnclaveBackend() = default;
    virtual u64 base() const = 0;
    /// EADD of all pages of the piece, and EEXTEND of them when it is to be measured.
    virtual Result<void> add_pages(const EnclavePiece& piece) = 0;
    virtual sgx::SgxError init(const sgx::SigStruct& sigstruct) = 0;
    virtual Result<std::unique_ptr<EnclaveThread>> thread(u64 tcs_offset) = 0;

    // After EINIT. Page permissions are PROT_* bits.
    virtual Result<void> augment(u64 offset, u64 size) = 0;                         ///< EAUG
    virtual Result<void> restrict_pages(u64 offset, u64 size, u64 protection) = 0;  ///< EMODPR, page tables
    virtual Result<void> extend_pages(u64 offset, u64 size, u64 protection) = 0;    ///< page tables only
    virtual Result<void> trim(u64 offset, u64 size) = 0;                            ///< EMODT to TRIM
    virtual Result<void> remove(u64 offset, u64 size) = 0;                          ///< EREMOVE
    virtual Crossings crossings() const = 0;
};

struct ModelOptions {
    u64 crossing_cycles = 0;  ///< charged for each EENTER, EEXIT, asynchronous exit and ERESUME
};
Result<std::unique_ptr<EnclaveBackend>> create_model(const EnclaveParameters& parameters,
                                                     const ModelOptions& options);

}  // namespace occlum::host

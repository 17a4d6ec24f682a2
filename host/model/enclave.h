// One modelled enclave: SECS, EPCM, and the privileged leaf functions.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "host/backend.h"
#include "host/cryptography.h"
#include "host/model/epcm.h"
#include "host/model/keys.h"

namespace occlum::host::model {

class ModelEnclave final : public EnclaveBackend {
public:
    static Result<std::unique_ptr<EnclaveBackend>> create(const EnclaveParameters& parameters,
                                                          const ModelOptions& options);
    ~ModelEnclave() override;

    u64 base() const override { return epcm_.base(); }
    Result<void> add_pages(const EnclavePiece& piece) override;
    sgx::SgxError init(const sgx::SigStruct& sigstruct) override;
    Result<std::unique_ptr<EnclaveThread>> thread(u64 tcs_offset) override;
    Result<void> augment(u64 offset, u64 size) override;
    Result<void> restrict_pages(u64 offset, u64 size, u64 protection) override;
    Result<void> extend_pages(u64 offset, u64 size, u64 protection) override;
    Result<void> trim(u64 offset, u64 size) override;
    Result<void> remove(u64 offset, u64 size) override;
    Crossings crossings() const override;

    const sgx::Secs& secs() const { return secs_; }
    Identity identity() const;
    Epcm& epcm() { return epcm_; }
    u64 crossing_cycles() const { return options_.crossing_cycles; }

    struct Counters {
        std::atomic<u64> enters{0}, exits{0}, exceptions{0}, interrupts{0}, resumes{0};
    };
    Counters counters;

private:
    ModelEnclave(Epcm epcm, const EnclaveParameters& parameters, const ModelOptions& options);
    bool good_range(u64 offset, u64 size) const;
    void patch_sites();

    struct Piece {
        u64 offset, size, permissions;
    };
    Epcm epcm_;
    ModelOptions options_;
    sgx::Secs secs_{};
    Sha256 measurement_;
    std::vector<Piece> pieces_;
    std::mutex threads_lock_;
    std::vector<u64> threads_used_;
};

/// The page below 2 GiB through which the patched sites call.
u32 enclu_pointer_address();

}  // namespace occlum::host::model

// What EADD and EEXTEND of one piece of an enclave add to MRENCLAVE: the same for the signing tool, which
// computes it beforehand, and for the model, which computes it as the hardware does.
#pragma once

#include "host/cryptography.h"
#include "sgx/measurement.h"

namespace occlum::host {

/// Consecutive pages. `bytes` may be shorter than `size`; the rest is zero.
struct EnclavePiece {
    u64 offset = 0;
    u64 size = 0;
    std::span<const u8> bytes;
    u64 secinfo_flags = 0;
    bool measured = true;
};

void measure_piece(Sha256& measurement, const EnclavePiece& piece);

}  // namespace occlum::host

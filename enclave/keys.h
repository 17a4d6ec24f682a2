// Keys that the hardware derives for this enclave (EGETKEY).
#pragma once

#include "base/result.h"
#include "sgx/architecture.h"

namespace occlum::enclave {

/// The same for every version of the enclave by the same signer, on the same machine. EIO when the hardware
/// gives none.
Result<sgx::Key> sealing_key();

}  // namespace occlum::enclave

// Runs an initialised enclave: one host thread for each vCPU, and the loop of entries, exits, calls and
// resumptions.
#pragma once

#include "host/services/services.h"

namespace occlum::host {

/// Returns the status when the enclave has ended. Threads of other vCPUs may still be inside then: the caller
/// ends the process. `tcs_offsets`: one for each vCPU.
int run_enclave(EnclaveBackend& enclave, Services& services, std::span<const u64> tcs_offsets);

/// One vCPU on the calling thread, until the enclave ends.
void run_vcpu(EnclaveBackend& enclave, Services& services, u64 tcs_offset, u32 vcpu);

}  // namespace occlum::host

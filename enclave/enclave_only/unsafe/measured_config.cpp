#include "abi/measured_config.h"

#include <algorithm>

#include "abi/enclave_map.h"
#include "enclave/enclave_only/unsafe/thread.h"
#include "enclave/host.h"

namespace occlum::enclave {

std::span<const u8> measured_config() {
    // SAFETY: the loader adds at least one page there, and as many as the length in it says (image/); both
    // are measured, so a host that does otherwise has another enclave. The bound keeps even that one inside.
    const u64 at = image_base() + abi::kMeasuredConfigOffset;
    const u64 length = std::min(*reinterpret_cast<const u64*>(at), abi::kMaxMeasuredConfig);
    return {reinterpret_cast<const u8*>(at + sizeof(u64)), length};
}

}  // namespace occlum::enclave

// The two configurations of an enclave: what is measured, and what the host asks for within that.
#pragma once

#include "abi/measured_config.h"

namespace occlum::kernel {

/// Decoded once; an enclave without one has an open one without images.
const abi::MeasuredConfig& measured_config();
/// What counts of both. EPERM: the host asks for more than it may.
Result<abi::BootConfig> boot_configuration();

}  // namespace occlum::kernel

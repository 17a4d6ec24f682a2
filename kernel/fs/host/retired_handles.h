// Handles of host files that nobody uses any more. A close may take long, when the host writes back then, and
// is asked for by destructors anywhere.
#pragma once

#include "base/types.h"

namespace occlum::kernel {

void retire_handle(u64 handle);

}  // namespace occlum::kernel

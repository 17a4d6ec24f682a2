// O4: what a host call may answer. A negative result must be an error number that Linux has; a positive one
// must not exceed what was asked for. Whatever else the host says is EIO.
#pragma once

#include "base/result.h"

namespace occlum::enclave {

Result<u64> checked_reply(i64 result, u64 most);

}  // namespace occlum::enclave

// How many pages the enclave may have. Guests share a limit; the LibOS itself may go beyond it by a reserve,
// so that a guest that takes all it can get meets ENOMEM while the LibOS goes on. The limit is the caller's
// wish (occlum run --memory), not a matter of trust.
#pragma once

#include "base/result.h"

namespace occlum::enclave {

enum class PagesFor : u8 { LibOs, Guest };

/// Bytes.
struct PageUse {
    u64 limit = 0;      ///< of what guests may fill
    u64 committed = 0;  ///< now, by guests and the LibOS: up to limit + reserve
};

/// Once, at boot; until then there is no limit.
void set_memory_limit(u64 bytes);
PageUse page_use();

/// ENOMEM past the limit (with the reserve, for the LibOS).
Result<void> charge_pages(u64 bytes, PagesFor whom);
void release_pages(u64 bytes);

/// ENOMEM when the limit is reached: asked before a guest gets a kernel object that is not charged in bytes.
Result<void> room_for_objects();

}  // namespace occlum::enclave

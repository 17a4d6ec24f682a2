// Enclave pages at run time (SGX2: EAUG, EACCEPT, EMODPE, EMODPR, EMODT). Stateless: the caller knows what is
// committed. Addresses are host addresses in ELRANGE, page aligned; sizes in bytes, multiples of 4096.
#pragma once

#include "base/result.h"
#include "enclave/page_budget.h"

namespace occlum::enclave {

enum Protection : u8 {
    kProtNone = 0,
    kProtRead = 1,
    kProtWrite = 2,
    kProtExecute = 4,
    kProtReadWrite = 3,
    kProtAll = 7
};

/// First address of ELRANGE.
u64 elrange_base();

/// Adds zeroed pages. All must be absent. ENOMEM when the budget is used up or the host refuses (nothing is
/// added then).
Result<void> commit_pages(u64 address, u64 size, Protection protection, PagesFor whom = PagesFor::LibOs);
/// Changes the protection of committed pages (EMODPE when it only grows, else EMODPR + EACCEPT).
Result<void> protect_pages(u64 address, u64 size, Protection from, Protection to);
/// Gives pages back to the host. Their contents are lost.
Result<void> decommit_pages(u64 address, u64 size);
/// The LibOS's own heap, in bytes.
struct HeapUse {
    u64 in_use = 0;  ///< blocks given out
    u64 held = 0;    ///< with the free blocks that keep their pages
};
HeapUse heap_use();
/// Zeroes committed, writable memory.
void zero_pages(u64 address, u64 size);

}  // namespace occlum::enclave

// Domains: 4 GiB slots of ELRANGE with their pages, and the pool that recycles them.
//
//   DomainPool ──owns──> free domains (pages kept, bounded) ──take──> AddressSpace ──give──> DomainPool
//
// A recycled domain keeps its pages, contents and hardware protections, so that the next process of the same
// program needs no host call; AddressSpace::settle() decides about each left-over page before guest code
// runs.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "kernel/mm/page_table.h"

namespace occlum::kernel {

/// Where a space's data goes; drawn per domain and redrawn after some uses, so that recycled pages are
/// useful.
struct LayoutSalt {
    u64 stack_pages = 0, map_pages = 0, break_pages = 0;
    u32 uses = 0;
};

/// Whether pages that leave a mapping keep their hardware protection, for the caller to decide about.
enum class AfterUse : u8 { Closed, Open };

class Domain {
public:
    explicit Domain(u32 slot);

    u32 slot() const { return slot_; }
    u64 base() const { return base_; }  ///< host address of offset 0
    PageTable& pages() { return pages_; }
    const PageTable& pages() const { return pages_; }
    LayoutSalt& salt() { return salt_; }
    u64 affinity = 0;  ///< of the last process

    /// Absent pages become live and zero.
    Result<void> commit(PageRange range, enclave::Protection protection);
    /// Gives the committed pages of the range this protection; absent ones are skipped. Fewest host calls.
    Result<void> set_hardware(PageRange range, enclave::Protection protection);
    /// Live pages of the range become stale, and inaccessible if `after` says so; what exceeds the domain's
    /// share of stale pages goes back to the host. Page states are right even when the host refuses.
    Result<void> discard(PageRange range, AfterUse after = AfterUse::Closed);
    Result<void> decommit(PageRange range);
    /// Zeroes dirty pages; they must be writable.
    void zero(PageRange range);
    /// The process ended: all live pages become stale, with their protections; bounds what is kept.
    void retire(u64 keep_pages);

private:
    u64 address_of(u64 page) const { return base_ + page * kPageSize; }

    u32 slot_;
    u64 base_;
    PageTable pages_;
    LayoutSalt salt_;
};

class DomainPool {
public:
    /// A free domain, best one that `affinity` used last, next one without pages. ENOMEM: all are in use.
    Result<std::unique_ptr<Domain>> take(u64 affinity);
    void give(std::unique_ptr<Domain> domain);
    /// Gives the pages of all free domains back to the host; true when there were any.
    bool reclaim();
    u64 kept_bytes() const { return kept_pages_ * kPageSize; }

private:
    Result<std::unique_ptr<Domain>> choose(u64 affinity);
    std::unique_ptr<Domain> remove(size_t index);

    std::vector<std::unique_ptr<Domain>> free_;  ///< last used at the end
    std::vector<u32> bare_slots_;                ///< free slots without pages
    u32 next_slot_ = 0;
    u64 kept_pages_ = 0;
};

DomainPool& domain_pool();

/// A number never given before: for stamps and identities of contents.
u64 fresh_number(u64 count = 1);

}  // namespace occlum::kernel

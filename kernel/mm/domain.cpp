#include "kernel/mm/domain.h"

#include <algorithm>

#include "abi/enclave_map.h"
#include "enclave/host.h"

namespace occlum::kernel {

namespace {

/// A running domain's stale pages, and what a free one keeps of its pages.
constexpr u64 kStaleLimit = 1024;
constexpr u64 kKeptPerDomain = 4096;
/// In so many pieces at most: the host has a limit of mappings, and little programs have some dozens.
constexpr u64 kKeptPieces = 256;
constexpr u64 kKeptInAll = 64 << 10;
constexpr size_t kKeptDomains = 256;
/// How often a domain's layout is used before it is drawn again.
constexpr u32 kSaltUses = 64;

}  // namespace

u64 fresh_number(u64 count) {
    static u64 next = 1;
    return std::exchange(next, next + count);
}

Domain::Domain(u32 slot)
    : slot_(slot), base_(enclave::elrange_base() + abi::kDomainsOffset + u64{slot} * sfi::kDomainSize) {}

Result<void> Domain::commit(PageRange range, enclave::Protection protection) {
    const u64 address = address_of(range.first), size = range.count() * kPageSize;
    constexpr auto kWhom = enclave::PagesFor::Guest;
    auto done = enclave::commit_pages(address, size, protection, kWhom);
    if (!done && domain_pool().reclaim()) done = enclave::commit_pages(address, size, protection, kWhom);
    TRY(std::move(done));
    const bool writable = (protection & enclave::kProtWrite) != 0;
    const u8 state = static_cast<u8>(protection | kPageCommitted | kPageLive | (writable ? kPageDirty : 0));
    for (u64 page = range.first; page < range.end; ++page) {
        pages_.set_state(page, state);
        pages_.set_stamp(page, 0);
    }
    return {};
}

Result<void> Domain::set_hardware(PageRange range, enclave::Protection protection) {
    u64 page = range.first;
    while ((page = pages_.next_committed(page, range.end)) < range.end) {
        const auto from = hardware_of(pages_.state(page));
        u64 end = page + 1;
        // Taking everything away is the same call for all.
        auto alike = [&](u8 state) {
            const auto hardware = hardware_of(state);
            return hardware == from || (protection == enclave::kProtNone && from != enclave::kProtNone &&
                                        hardware != enclave::kProtNone);
        };
        while (end < range.end && (pages_.state(end) & kPageCommitted) && alike(pages_.state(end))) ++end;
        if (from != protection) {
            const auto protect = [&] {
                return enclave::protect_pages(address_of(page), (end - page) * kPageSize, from, protection);
            };
            auto done = protect();
            if (!done && domain_pool().reclaim()) done = protect();
            TRY(std::move(done));
            for (u64 p = page; p < end; ++p) {
                u8 state = static_cast<u8>((pages_.state(p) & ~kHardwareMask) | protection);
                if (protection & enclave::kProtWrite) {
                    state |= kPageDirty;
                    pages_.set_stamp(p, 0);
                }
                pages_.set_state(p, state);
            }
        }
        page = end;
    }
    return {};
}

Result<void> Domain::discard(PageRange range, AfterUse after) {
    u64 page = range.first;
    while ((page = pages_.next_committed(page, range.end)) < range.end) {
        const u64 end = pages_.run_end(page, range.end);
        if (pages_.state(page) & kPageLive) {
            for (u64 p = page; p < end; ++p)
                pages_.set_state(p, static_cast<u8>(pages_.state(p) & ~(kPageLive | kPageTranslated)));
            const PageRange run{page, end};
            if (pages_.committed() - pages_.live() > kStaleLimit)
                TRY(decommit(run));
            else if (after == AfterUse::Closed)
                TRY(set_hardware(run, enclave::kProtNone));
        }
        page = end;
    }
    return {};
}

Result<void> Domain::decommit(PageRange range) {
    u64 page = range.first;
    while ((page = pages_.next_committed(page, range.end)) < range.end) {
        u64 end = page + 1;
        while (end < range.end && (pages_.state(end) & kPageCommitted)) ++end;
        TRY(enclave::decommit_pages(address_of(page), (end - page) * kPageSize));
        for (; page < end; ++page) {
            pages_.set_stamp(page, 0);
            pages_.set_state(page, 0);
        }
    }
    return {};
}

void Domain::zero(PageRange range) {
    for (u64 page = range.first; page < range.end;) {
        const u64 end = pages_.run_end(page, range.end);
        if (pages_.state(page) & kPageDirty) enclave::zero_pages(address_of(page), (end - page) * kPageSize);
        page = end;
    }
}

void Domain::retire(u64 keep_pages) {
    u64 kept = 0, pieces = 0;
    for (u64 page = 0; (page = pages_.next_committed(page, PageTable::kPages)) < PageTable::kPages;) {
        const u64 end = pages_.run_end(page, PageTable::kPages);
        for (u64 p = page; p < end; ++p)
            pages_.set_state(p, static_cast<u8>(pages_.state(p) & ~(kPageLive | kPageTranslated)));
        const u64 keep = ++pieces <= kKeptPieces ? std::min(end - page, keep_pages - kept) : 0;
        kept += keep;
        // Broken accounting would be a leak between processes, so a refusal here ends the enclave.
        if (page + keep < end && !decommit({page + keep, end}))
            enclave::panic("domain: the host keeps pages");
        page = end;
    }
    pages_.reset_peak();
    pages_.shrink();
}

std::unique_ptr<Domain> DomainPool::remove(size_t index) {
    auto domain = std::move(free_[index]);
    free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(index));
    kept_pages_ -= domain->pages().committed();
    return domain;
}

/// The last one of the same program; else a bare one, as long as there is room for more: the others' pages
/// will be wanted again; else the one unused for the longest time.
Result<std::unique_ptr<Domain>> DomainPool::choose(u64 affinity) {
    for (size_t n = free_.size(); n-- > 0;)
        if (free_[n]->affinity == affinity) return remove(n);
    const bool room = free_.size() < kKeptDomains && kept_pages_ < kKeptInAll;
    if (room && !bare_slots_.empty()) {
        auto domain = std::make_unique<Domain>(bare_slots_.back());
        bare_slots_.pop_back();
        return domain;
    }
    if (room && next_slot_ < abi::kDomainCount) return std::make_unique<Domain>(next_slot_++);
    if (!free_.empty()) return remove(0);
    return err(Errno::Enomem);
}

Result<std::unique_ptr<Domain>> DomainPool::take(u64 affinity) {
    std::unique_ptr<Domain> domain = TRY(choose(affinity));
    domain->affinity = affinity;
    LayoutSalt& salt = domain->salt();
    if (salt.uses++ % kSaltUses == 0) {
        domain->retire(0);  // its pages would lie at the old places
        std::array<u8, 6> random{};
        enclave::random_bytes(random);
        salt.stack_pages = (random[0] | (u64{random[1]} << 8)) % 2048;
        salt.map_pages = (random[2] | (u64{random[3]} << 8)) % 4096;
        salt.break_pages = (random[4] | (u64{random[5]} << 8)) % 4096;
    }
    return domain;
}

void DomainPool::give(std::unique_ptr<Domain> domain) {
    while (!free_.empty() && (free_.size() >= kKeptDomains || kept_pages_ >= kKeptInAll)) {
        auto oldest = remove(0);
        oldest->retire(0);
        bare_slots_.push_back(oldest->slot());
    }
    domain->retire(kKeptPerDomain);
    kept_pages_ += domain->pages().committed();
    free_.push_back(std::move(domain));
}

bool DomainPool::reclaim() {
    if (free_.empty()) return false;
    for (auto& domain : free_) {
        domain->retire(0);
        bare_slots_.push_back(domain->slot());
    }
    free_.clear();
    kept_pages_ = 0;
    return true;
}

DomainPool& domain_pool() {
    static DomainPool pool;
    return pool;
}

}  // namespace occlum::kernel

// Code that changes: units are removed when the bytes they were made from do, and their places are used
// again. That nobody may then come there by rests on three things: tasks in them were recovered by the
// caller; table entries and links that lead there are taken back here; and no unit of such a module has any
// other branch into another unit (EntriesOf in cache.cpp).
#include <algorithm>
#include <bit>

#include "sfi/cache/cache.h"

namespace occlum::sfi {
namespace {

/// Now and then, so that what is gone does not pile up in a page's lists.
bool prune_now(size_t size) { return size >= 64 && std::has_single_bit(size); }

}  // namespace

bool CodeCacheImpl::is_live(const Module& module, u32 start) const {
    const Installed* const unit = store_.at(start);
    return unit && unit->start == start && store_.owner(start) == &module;
}

void CodeCacheImpl::note_unit(Module& module, const Installed& unit) {
    for (u64 page = unit.guest_start / kPageSize; page <= (unit.guest_end - 1) / kPageSize; ++page) {
        std::vector<u32>& units = module.page(page).units;
        if (prune_now(units.size())) std::erase_if(units, [&](u32 at) { return !is_live(module, at); });
        units.push_back(unit.start);
    }
}

void CodeCacheImpl::note_link(Module& module, const Installed& unit, const Link& link) {
    std::vector<u32>& incoming = module.page(link.target / kPageSize).incoming;
    if (prune_now(incoming.size())) {
        std::erase_if(incoming, [&](u32 field) {
            const Installed* const source = store_.at(field);
            return !source || !source->link_at(field) || store_.owner(field) != &module;
        });
    }
    incoming.push_back(unit.start + link.field);
}

/// The places of removed units are used again; when little but such places is left, all of it is.
void CodeCacheImpl::reclaim(Space& space, Module& module) {
    if (!store_.mostly_removed(module)) {
        store_.recycle(module);
        return;
    }
    module.for_each([&](const CodeEntry& entry) { space.clear(entry.guest); });
    module.forget_all();
    store_.release(module);
}

void CodeCacheImpl::invalidate(CodeSpace& face, GuestAddr start, u64 size) {
    Space& space = static_cast<Space&>(face);
    const auto found = std::ranges::find_if(modules_, [&](const auto& entry) {
        return space.owner() != 0 && entry.first.identity == space.owner();
    });
    if (found == modules_.end() || size == 0) return;
    remove_units(space, *found->second, page_down(start.value), page_up(start.value + size));
}

/// All units made from bytes of these whole pages.
void CodeCacheImpl::remove_units(Space& space, Module& module, u64 start, u64 end) {
    std::vector<u32> units;
    module.for_pages(start / kPageSize, (end - 1) / kPageSize, [&](Module::Page& page) {
        units.insert(units.end(), page.units.begin(), page.units.end());
        page.units.clear();
    });
    if (units.empty()) return;
    touched_.clear();
    for (const u32 at : units) {
        if (!is_live(module, at)) continue;
        const Installed& unit = *store_.at(at);
        if (unit.guest_start < end && start < unit.guest_end) remove_unit(space, module, at);
    }
    unlink_missing(module, touched_);
    reclaim(space, module);
}

/// Units on both sides of the boundary.
void CodeCacheImpl::remove_straddling(Space& space, Module& module, u64 boundary) {
    std::vector<u32> units;
    module.for_pages(boundary / kPageSize, boundary / kPageSize, [&](Module::Page& page) {
        for (const u32 at : page.units) {
            if (!is_live(module, at)) continue;
            const Installed& unit = *store_.at(at);
            if (unit.guest_start < boundary && boundary < unit.guest_end) units.push_back(at);
        }
    });
    touched_.clear();
    for (const u32 at : units) {
        if (is_live(module, at)) remove_unit(space, module, at);
    }
    unlink_missing(module, touched_);
    reclaim(space, module);
}

// The landing of an entry may be a unit of its own, which jumps to the body: it goes with the body.
void CodeCacheImpl::remove_unit(Space& space, Module& module, u32 start) {
    const Installed& unit = *store_.at(start);
    const std::vector<Point> points = unit.points;
    const auto inside = [start, size = unit.size](u32 offset) { return offset - start < size; };
    store_.remove(start);
    for (const Point& point : points) {
        const CodeEntry* const known = module.find(point.guest);
        if (!known) continue;
        const CodeEntry entry = *known;
        if (inside(entry.body)) {
            module.erase(point.guest);
            space.clear(point.guest);
            touched_.push_back(point.guest / kPageSize);
            if (entry.landing == translator::kNoLanding || inside(entry.landing)) continue;
            if (const Installed* pad = store_.at(entry.landing)) remove_unit(space, module, pad->start);
        } else if (entry.landing != translator::kNoLanding && inside(entry.landing)) {
            module.erase_landing(point.guest);
            space.clear(point.guest);
        }
    }
}

/// Links to entries in these pages that are no more go to their exits again.
void CodeCacheImpl::unlink_missing(Module& module, const std::vector<u64>& pages) {
    for (const u64 number : pages) {
        std::erase_if(module.page(number).incoming, [&](u32 field) {
            const Installed* const source = store_.at(field);
            const Link* const link = source ? source->link_at(field) : nullptr;
            if (!link || store_.owner(field) != &module) return true;
            if (module.body_of({link->target})) return false;
            store_.patch(*source, *link, source->start + link->exit);
            return true;
        });
    }
}

/// The pages are not executable for now: nothing leads there, but the translations stay.
void CodeCacheImpl::suspend(Space& space, Module& module, u64 start, u64 end) {
    remove_straddling(space, module, start);
    remove_straddling(space, module, end);
    const auto here = [=](u64 guest) { return start <= guest && guest < end; };
    module.for_pages(start / kPageSize, (end - 1) / kPageSize, [&](Module::Page& page) {
        for (const u32 at : page.units) {
            if (!is_live(module, at)) continue;
            for (const Point& point : store_.at(at)->points) {
                if (here(point.guest)) space.clear(point.guest);
            }
        }
        std::erase_if(page.incoming, [&](u32 field) {
            const Installed* const source = store_.at(field);
            const Link* const link = source ? source->link_at(field) : nullptr;
            if (!link || store_.owner(field) != &module) return true;
            if (here(source->guest_start)) return false;
            store_.patch(*source, *link, source->start + link->exit);
            return true;
        });
    });
}

}  // namespace occlum::sfi

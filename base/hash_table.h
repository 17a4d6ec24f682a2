// An open hash table. The standard one is not for the enclave: it computes with floating-point numbers, and
// the registers for these are the guest's.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "base/types.h"

namespace occlum {

/// `Held`: a pointer of some kind; null is no entry. `Hash`: of a key, its low bits count.
/// Nothing keeps its place when entries come or go.
template <typename Key, typename Held, typename Hash>
class HashTable {
public:
    /// What the entry points to. Null: there is none.
    auto* find(const Key& key) const {
        return slots_.empty() ? nullptr : pointer_of(slots_[probe(key)].held);
    }
    /// In place of what the key had.
    void put(const Key& key, Held held) {
        if ((used_ + 1) * 4 > slots_.size() * 3) rebuild(std::max(kFewest, slots_.size() * 2));
        Slot& slot = slots_[probe(key)];
        if (!slot.held) ++used_;
        slot.key = key;
        slot.held = std::move(held);
    }
    /// What follows without a gap moves up, so that each entry stays reachable from its home.
    Held take(const Key& key) {
        if (find(key) == nullptr) return {};
        size_t hole = probe(key);
        Held taken = std::exchange(slots_[hole].held, Held{});
        --used_;
        for (size_t at = next(hole); slots_[at].held; at = next(at)) {
            const size_t distance = (at - home(slots_[at].key)) & mask();
            if (distance < ((at - hole) & mask())) continue;
            slots_[hole] = std::exchange(slots_[at], Slot{});
            hole = at;
        }
        if (used_ * 8 < slots_.size() && slots_.size() > kFewest) rebuild(slots_.size() / 2);
        return taken;
    }
    size_t size() const { return used_; }
    bool empty() const { return used_ == 0; }
    /// Calls `visit(key, pointer)` in no order; it must not change the table.
    template <typename Visit>
    void for_each(Visit visit) const {
        for (const Slot& slot : slots_)
            if (slot.held) visit(slot.key, pointer_of(slot.held));
    }

private:
    struct Slot {
        Key key{};
        Held held{};
    };

    template <typename T>
    static T* pointer_of(T* held) {
        return held;
    }
    template <typename Owner>
    static auto* pointer_of(const Owner& held) {
        return held.get();
    }

    size_t mask() const { return slots_.size() - 1; }
    size_t next(size_t at) const { return (at + 1) & mask(); }
    size_t home(const Key& key) const { return static_cast<size_t>(Hash()(key)) & mask(); }
    // The slot that holds the key, or the free one where it would go.
    size_t probe(const Key& key) const {
        size_t at = home(key);
        while (slots_[at].held && slots_[at].key != key) at = next(at);
        return at;
    }
    void rebuild(size_t size) {
        std::vector<Slot> old(size);
        old.swap(slots_);
        for (Slot& slot : old)
            if (slot.held) slots_[probe(slot.key)] = std::move(slot);
    }

    static constexpr size_t kFewest = 4;
    std::vector<Slot> slots_;  // a power of two of them
    size_t used_ = 0;
};

/// For numbers: neighbours lie side by side, in groups of 16.
struct NumberHash {
    u64 operator()(u64 number) const {
        constexpr u64 kGroup = 16, kSpread = 0x9e3779b97f4a7c15;
        return (number / kGroup * kSpread >> 32) * kGroup + number % kGroup;
    }
};

}  // namespace occlum

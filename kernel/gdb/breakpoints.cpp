#include "kernel/gdb/breakpoints.h"

#include <array>
#include <vector>

namespace occlum::kernel::gdb {
namespace {

constexpr std::array<u8, 1> kInt3{0xcc};

}  // namespace

Result<void> Breakpoints::insert(AddressSpace& space, u64 address) {
    if (at(address)) return {};
    std::array<u8, 1> original{};
    TRY(space.copy_in(original, {address}));
    TRY(space.poke({address}, kInt3));
    originals_.emplace(address, original[0]);
    return {};
}

Result<void> Breakpoints::remove(AddressSpace& space, u64 address) {
    const auto found = originals_.find(address);
    if (found == originals_.end()) return {};
    const std::array<u8, 1> original{found->second};
    originals_.erase(found);
    return space.poke({address}, original);
}

Result<void> Breakpoints::read(AddressSpace& space, u64 address, std::span<u8> bytes) const {
    TRY(space.copy_in(bytes, {address}));
    for (auto it = originals_.lower_bound(address);
         it != originals_.end() && it->first - address < bytes.size(); ++it)
        bytes[it->first - address] = it->second;
    return {};
}

Result<void> Breakpoints::write(AddressSpace& space, u64 address, std::span<const u8> bytes) {
    std::vector<u8> with(bytes.begin(), bytes.end());
    const auto first = originals_.lower_bound(address);
    for (auto it = first; it != originals_.end() && it->first - address < bytes.size(); ++it)
        with[it->first - address] = kInt3[0];
    TRY(space.poke({address}, with));
    for (auto it = first; it != originals_.end() && it->first - address < bytes.size(); ++it)
        it->second = bytes[it->first - address];
    return {};
}

void Breakpoints::lift(AddressSpace& space) const {
    for (const auto& [address, original] : originals_) (void)space.poke({address}, std::array{original});
}

void Breakpoints::restore(AddressSpace& space) const {
    for (const auto& [address, original] : originals_) (void)space.poke({address}, kInt3);
}

}  // namespace occlum::kernel::gdb

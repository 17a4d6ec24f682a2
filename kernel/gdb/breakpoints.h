// Software breakpoints: an int3 in the program's memory for each, and what was there before.
#pragma once

#include <map>
#include <span>

#include "kernel/mm/address_space.h"

namespace occlum::kernel::gdb {

class Breakpoints {
public:
    Result<void> insert(AddressSpace& space, u64 address);
    Result<void> remove(AddressSpace& space, u64 address);
    bool at(u64 address) const { return originals_.contains(address); }

    /// Memory as it would be without them.
    Result<void> read(AddressSpace& space, u64 address, std::span<u8> bytes) const;
    Result<void> write(AddressSpace& space, u64 address, std::span<const u8> bytes);

    /// Of a copy of the memory, or for as long as somebody else uses it.
    void lift(AddressSpace& space) const;
    void restore(AddressSpace& space) const;
    /// The memory has another program now.
    void forget() { originals_.clear(); }

private:
    std::map<u64, u8> originals_;
};

}  // namespace occlum::kernel::gdb

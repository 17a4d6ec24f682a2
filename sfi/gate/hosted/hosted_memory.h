// Address space inside an ordinary process, for tests of confined code.
#pragma once

#include <span>

#include "base/types.h"

namespace occlum::sfi {

enum class Access : u8 { None, Read, ReadWrite, ReadExecute, All };

/// A reserved range, inaccessible until parts of it are given access; unmapped in the end.
class HostedRange {
public:
    /// `alignment` is a power of two, at least a page. Ends the process when there is no room.
    HostedRange(u64 size, u64 alignment);
    /// At exactly this address; start() is 0 when that is not free.
    static HostedRange at(u64 address, u64 size) { return HostedRange(Exactly{}, address, size); }
    ~HostedRange();
    HostedRange(const HostedRange&) = delete;
    HostedRange& operator=(const HostedRange&) = delete;

    u64 start() const { return start_; }
    u64 size() const { return size_; }
    void protect(u64 offset, u64 size, Access access);
    /// The pages become zero and inaccessible.
    void drop(u64 offset, u64 size);
    /// Must have been made accessible.
    std::span<u8> bytes(u64 offset, u64 size);

private:
    struct Exactly {};
    HostedRange(Exactly, u64 address, u64 size);

    u64 start_ = 0;
    u64 size_ = 0;
};

}  // namespace occlum::sfi

// Resource limits (getrlimit(2)).
#pragma once

#include <array>

#include "base/types.h"

namespace occlum::kernel {

inline constexpr u64 kUnlimited = ~u64{0};

struct ResourceLimit {
    u64 soft = kUnlimited;
    u64 hard = kUnlimited;
};

enum class Resource : u8 {
    Cpu,
    FileSize,
    Data,
    Stack,
    Core,
    ResidentSet,
    Processes,
    OpenFiles,
    LockedMemory,
    AddressSpace,
    Locks,
    PendingSignals,
    MessageQueue,
    Nice,
    RealtimePriority,
    RealtimeTime,
    Count
};

class ResourceLimits {
public:
    ResourceLimits() {
        of(Resource::Stack).soft = u64{8} << 20;
        of(Resource::Core) = {0, ~u64{0}};
        of(Resource::Processes) = {32768, 32768};
        of(Resource::OpenFiles) = {1024, 1 << 20};
        of(Resource::LockedMemory) = {u64{8} << 20, u64{8} << 20};
        of(Resource::PendingSignals) = {32768, 32768};
        of(Resource::MessageQueue) = {819200, 819200};
        of(Resource::Nice) = {0, 0};
        of(Resource::RealtimePriority) = {0, 0};
    }
    ResourceLimit& of(Resource resource) { return limits_.at(static_cast<size_t>(resource)); }
    const ResourceLimit& of(Resource resource) const { return limits_.at(static_cast<size_t>(resource)); }

private:
    std::array<ResourceLimit, static_cast<size_t>(Resource::Count)> limits_{};
};

}  // namespace occlum::kernel

// The host's view of a vCPU's call area.
#pragma once

#include <memory>
#include <span>

#include "abi/host_calls.h"
#include "base/result.h"

namespace occlum::host {

class HostCallArea {
public:
    static Result<HostCallArea> create();
    HostCallArea(HostCallArea&& other) noexcept;
    HostCallArea& operator=(HostCallArea&&) = delete;
    ~HostCallArea();

    u64 address() const { return reinterpret_cast<u64>(memory_); }
    abi::CallFrame& frame() { return *static_cast<abi::CallFrame*>(memory_); }
    std::span<u8> data() { return {static_cast<u8*>(memory_) + abi::kCallDataOffset, abi::kCallDataSize}; }

private:
    explicit HostCallArea(void* memory) : memory_(memory) {}
    void* memory_;
};

}  // namespace occlum::host

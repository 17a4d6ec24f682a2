// As little of a kernel as a static program needs: one thread, memory, standard output. For tests of
// translator, cache and gate together on real programs.
#pragma once

#include <string>
#include <vector>

#include "sfi/cache/code_cache.h"
#include "sfi/gate/hosted/hosted_memory.h"
#include "sfi/gate/hosted/hosted_vcpu.h"

namespace occlum::tests {

struct Outcome {
    std::string output;
    int status = -1;  ///< exit status, 128 + signal
    sfi::CacheStats stats;
};

class MiniKernel : public sfi::CacheMemory {
public:
    /// `paired`: the translation's calls and returns are pairs.
    explicit MiniKernel(bool paired);
    /// Runs a statically linked program; `input` is its standard input.
    Outcome run(const std::string& path, const std::vector<std::string>& arguments,
                const std::string& input = {});

    Result<void> commit(u64 address, u64 size) override;
    void decommit(u64 address, u64 size) override;

    /// Timer signals that were turned into canonical states.
    u64 recovered() const { return recovered_; }

protected:
    struct Text;
    u64 load(const std::string& path, const std::vector<std::string>& arguments);
    void map(u64 address, u64 size);
    void system_call();
    void assist();
    void interrupted();
    void finish(int status);
    u8* at(u64 guest) { return reinterpret_cast<u8*>(domain_.start() + static_cast<u32>(guest)); }

    sfi::HostedRange domain_, code_, tables_;
    sfi::HostedVcpu vcpu_;
    std::unique_ptr<sfi::CodeCache> cache_;
    RefPtr<sfi::CodeSpace> space_;
    sfi::GuestContext context_;
    alignas(64) std::array<u8, 4096> vector_state_{};  ///< x87, SSE and AVX state of the guest
    Outcome outcome_;
    std::string input_;
    size_t input_at_ = 0;
    u64 break_ = 0, break_committed_ = 0, mmap_top_ = 0x70000000;
    u64 landing_ = 0;
    bool over_ = false;
    u64 recovered_ = 0;
};

}  // namespace occlum::tests

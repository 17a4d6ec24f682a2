// Blocks of a host file for those who look them up under the kernel lock (images, stores): what an operation
// is going to miss is found by trying it, and read while others go on.
#pragma once

#include "kernel/fs/host/host_tree.h"

namespace occlum::kernel {

class AheadReader {
public:
    explicit AheadReader(Ref<HostFile> file) : file_(std::move(file)) {}

    /// As HostFile::fill; within ahead(), EAGAIN for what is not here.
    Result<void> read(u64 offset, std::span<u8> out);

    /// Brings in what `operation` needs, which only reads, keeps what it has read, and may fail anywhere.
    /// Others may go on meanwhile: the caller holds what `operation` uses.
    template <typename Operation>
    void ahead(Operation operation) {
        if (!may_leave_lock() && !LongCalls::allowed()) return;
        for (int round = 0; round < kMostRounds; ++round) {
            missing_.reset();
            trying_ = true;
            static_cast<void>(operation());
            trying_ = false;
            if (!missing_ || !bring(*missing_)) break;
        }
        bytes_.clear();
    }

private:
    static constexpr int kMostRounds = 1 << 16;
    struct Part {
        u64 offset;
        size_t size;
    };
    bool bring(Part part);

    Ref<HostFile> file_;
    bool trying_ = false;
    std::optional<Part> missing_;  // what the operation stopped at
    // What was brought for it, for as long as nobody else has had the lock.
    u64 tenure_ = 0, offset_ = 0;
    std::vector<u8> bytes_;
};

}  // namespace occlum::kernel

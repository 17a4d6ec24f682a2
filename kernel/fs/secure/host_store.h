// The blocks of a secure file system, in a file of the host; and the stand-in for a monotonic counter, in
// another.
#pragma once

#include <atomic>
#include <deque>

#include "kernel/fs/host/ahead_reader.h"
#include "storage/block_store.h"

namespace occlum::kernel {

/// Writes wait in a queue, in order, and are read from there; a flush hands them over, and whoever may leave
/// the kernel lock, when there are many. The first failure is told at the next call and every one after it.
class HostStore final : public storage::BlockStore {
public:
    explicit HostStore(Ref<HostFile> file) : file_(file), reader_(file) {}
    AheadReader& reader() { return reader_; }
    Result<void> read(u64 first, std::span<u8> out) override;
    /// Never leaves the kernel lock; asks the host for its answer only past kMostWaiting.
    Result<void> write(u64 first, std::span<const u8> bytes) override;
    Result<void> write_buffer(u64 first, std::vector<u8>& bytes) override;
    /// Others go on meanwhile, where the caller allows it (long_call.h).
    Result<void> flush() override;
    /// Hands over what waits, if that is much. Others go on meanwhile.
    void relieve();

    /// What a piece of changed blocks, written out at once, takes, and the index blocks above.
    static constexpr size_t kMostWaiting = size_t{24} << 20;

private:
    struct Piece {
        u64 first;
        size_t put = 0;  // bytes that the host has
        std::vector<u8> bytes = {};
    };
    std::span<const u8> waiting(u64 block) const;
    Result<void> make_room(size_t bytes);
    std::vector<u8> spare_buffer();
    void enqueue(u64 first, std::vector<u8> bytes);
    Result<void> hand_over_until(u64 end, bool beside);
    void wait_for_host(bool beside);
    void hand_over(bool beside);
    void first_is_over();
    Result<void> outcome() const;

    Ref<HostFile> file_;
    AheadReader reader_;
    std::deque<Piece> waiting_;
    size_t waiting_bytes_ = 0;
    u64 handed_over_ = 0;                 // pieces in all
    std::vector<std::vector<u8>> spare_;  // buffers, for the next
    std::atomic<bool> at_host_{false};    // a write is under way
    std::optional<Errno> failure_;
};

/// No protection from a host that sets back both files; a real one asks a counter or a witness.
class HostVersion final : public storage::TrustedVersion {
public:
    explicit HostVersion(Ref<HostFile> file) : file_(std::move(file)) {}
    Result<std::optional<storage::Version>> read() override;
    Result<void> advance(const storage::Version& version) override;

private:
    Ref<HostFile> file_;
};

}  // namespace occlum::kernel

// Writes to one file that are answered before they are made: a thread makes them, in order, while the writer
// goes on. Bounded; the first failure is told at the next call, and at every one after it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace occlum::abi {

class WriteBehind {
public:
    /// The descriptor stays the caller's, and open.
    explicit WriteBehind(int fd) : fd_(fd) {}
    /// Finishes what waits.
    ~WriteBehind();
    WriteBehind(const WriteBehind&) = delete;
    WriteBehind& operator=(const WriteBehind&) = delete;

    /// Copies; sleeps while too much waits.
    Result<void> put(u64 offset, std::span<const u8> bytes);
    /// Ok once everything that was put has been written.
    Result<void> settle();
    /// As settle(), but only when something waits that touches the range.
    Result<void> settle(u64 offset, u64 size);

    /// Less than this is written as quickly as it is handed over.
    static constexpr size_t kWorthwhile = 64 << 10;

private:
    struct Piece {
        u64 offset;
        std::vector<u8> bytes;
    };
    static constexpr size_t kMostWaiting =
        64;  // pieces of 256 KiB, mostly: while they are written, as much is sealed
    void work();
    Result<void> write(const Piece& piece) const;
    void start_write_out(u64 written);
    Result<void> outcome() const;

    const int fd_;
    std::mutex lock_;
    std::condition_variable changed_;
    std::deque<Piece> waiting_;           // the first is being written
    std::vector<std::vector<u8>> spare_;  // buffers, for the next
    std::optional<Errno> failure_;
    bool ending_ = false;
    u64 since_write_out_ = 0;  // bytes; the thread's own
    std::thread thread_;
};

}  // namespace occlum::abi

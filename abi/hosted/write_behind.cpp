#include "abi/hosted/write_behind.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace occlum::abi {

WriteBehind::~WriteBehind() {
    {
        const std::lock_guard guard(lock_);
        ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Result<void> WriteBehind::outcome() const {
    if (failure_) return err(*failure_);
    return {};
}

Result<void> WriteBehind::put(u64 offset, std::span<const u8> bytes) {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [this] { return waiting_.size() < kMostWaiting || failure_.has_value(); });
    TRY(outcome());
    Piece piece{.offset = offset, .bytes = {}};
    if (!spare_.empty()) {
        piece.bytes = std::move(spare_.back());
        spare_.pop_back();
    }
    guard.unlock();
    piece.bytes.assign(bytes.begin(), bytes.end());
    guard.lock();
    waiting_.push_back(std::move(piece));
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    guard.unlock();
    changed_.notify_all();
    return {};
}

Result<void> WriteBehind::settle() {
    std::unique_lock guard(lock_);
    changed_.wait(guard, [this] { return waiting_.empty(); });
    return outcome();
}

Result<void> WriteBehind::settle(u64 offset, u64 size) {
    std::unique_lock guard(lock_);
    const bool touched = std::ranges::any_of(waiting_, [&](const Piece& piece) {
        return piece.offset < offset + size && offset < piece.offset + piece.bytes.size();
    });
    if (touched) changed_.wait(guard, [this] { return waiting_.empty(); });
    return outcome();
}

Result<void> WriteBehind::write(const Piece& piece) const {
    u64 at = piece.offset;
    std::span<const u8> rest = piece.bytes;
    while (!rest.empty()) {
        const ssize_t put = pwrite(fd_, rest.data(), rest.size(), static_cast<off_t>(at));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return err(put < 0 ? static_cast<Errno>(errno) : Errno::Eio);
        at += static_cast<u64>(put);
        rest = rest.subspan(static_cast<size_t>(put));
    }
    return {};
}

// Whoever writes that much will flush it, or the system will: the disk may as well begin.
void WriteBehind::start_write_out(u64 written) {
    constexpr u64 kMuch = 8 << 20;
    since_write_out_ += written;
    if (since_write_out_ < kMuch) return;
    since_write_out_ = 0;
    (void)sync_file_range(fd_, 0, 0, SYNC_FILE_RANGE_WRITE);
}

void WriteBehind::work() {
    std::unique_lock guard(lock_);
    for (;;) {
        changed_.wait(guard, [this] { return !waiting_.empty() || ending_; });
        if (waiting_.empty()) return;
        const Piece& first = waiting_.front();  // stays where it is while others are added
        // Nothing is written after a failure: it would be a later state with a hole.
        const bool still = !failure_;
        guard.unlock();
        const Result<void> done = still ? write(first) : Result<void>();
        if (still) start_write_out(first.bytes.size());
        guard.lock();
        if (!done) failure_ = done.error();
        spare_.push_back(std::move(waiting_.front().bytes));
        waiting_.pop_front();
        changed_.notify_all();
    }
}

}  // namespace occlum::abi

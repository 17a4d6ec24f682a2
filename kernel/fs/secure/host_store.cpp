#include "kernel/fs/secure/host_store.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "kernel/sched/long_call.h"
#include "storage/wire.h"

namespace occlum::kernel {
namespace {

// A number that is never 0, and a digest.
constexpr size_t kVersionSize = 24;
constexpr u64 kMostBlocks = kMaxFileSize / storage::kBlockSize;
// More than this does not wait for a flush when somebody may leave the lock.
constexpr size_t kMuch = size_t{1} << 20;
// As many as one write-back of changed blocks fills.
constexpr size_t kSpareBuffers = 64;
constexpr u64 kNapNs = 50'000;

Result<void> write_all(HostFile& file, u64 offset, std::span<const u8> bytes) {
    while (!bytes.empty()) {
        size_t put = TRY(file.write(offset, bytes, LongCalls::allowed()));
        if (put == 0) return err(Errno::Eio);
        offset += put;
        bytes = bytes.subspan(put);
    }
    return {};
}

}  // namespace

Result<void> HostStore::outcome() const {
    if (failure_) return err(*failure_);
    return {};
}

// The newest of the bytes for a block; none: it is with the host.
std::span<const u8> HostStore::waiting(u64 block) const {
    for (const Piece& piece : std::views::reverse(waiting_)) {
        const u64 count = piece.bytes.size() / storage::kBlockSize;
        if (block >= piece.first && block - piece.first < count)
            return std::span(piece.bytes)
                .subspan(static_cast<size_t>(block - piece.first) * storage::kBlockSize, storage::kBlockSize);
    }
    return {};
}

Result<void> HostStore::read(u64 first, std::span<u8> out) {
    if (first >= kMostBlocks) return err(Errno::Eio);
    const size_t count = out.size() / storage::kBlockSize;
    std::vector<std::span<const u8>> here;
    if (!waiting_.empty())
        for (size_t i = 0; i < count; ++i) here.push_back(waiting(first + i));
    const bool all = !here.empty() && std::ranges::none_of(here, [](auto block) { return block.empty(); });
    if (!all) TRY(reader_.read(first * storage::kBlockSize, out));
    for (size_t i = 0; i < here.size(); ++i)
        storage::copy_bytes(here[i], out.subspan(i * storage::kBlockSize));
    return {};
}

Result<void> HostStore::make_room(size_t bytes) {
    if (waiting_bytes_ + bytes > kMostWaiting) TRY(hand_over_until(handed_over_ + waiting_.size(), false));
    return outcome();
}

std::vector<u8> HostStore::spare_buffer() {
    if (spare_.empty()) return {};
    std::vector<u8> buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
}

void HostStore::enqueue(u64 first, std::vector<u8> bytes) {
    waiting_bytes_ += bytes.size();
    waiting_.push_back({.first = first, .bytes = std::move(bytes)});
}

Result<void> HostStore::write(u64 first, std::span<const u8> bytes) {
    TRY(make_room(bytes.size()));
    std::vector<u8> buffer = spare_buffer();
    buffer.assign(bytes.begin(), bytes.end());
    enqueue(first, std::move(buffer));
    return {};
}

Result<void> HostStore::write_buffer(u64 first, std::vector<u8>& bytes) {
    TRY(make_room(bytes.size()));
    enqueue(first, std::exchange(bytes, spare_buffer()));
    return {};
}

Result<void> HostStore::flush() {
    TRY(hand_over_until(handed_over_ + waiting_.size(), LongCalls::allowed()));
    return file_->sync();
}

void HostStore::relieve() {
    if (waiting_bytes_ > kMuch) static_cast<void>(hand_over_until(handed_over_ + waiting_.size(), true));
}

// Of all pieces ever, those before `end`.
Result<void> HostStore::hand_over_until(u64 end, bool beside) {
    while (!failure_ && handed_over_ < end) {
        if (at_host_.load(std::memory_order_acquire))
            wait_for_host(beside);
        else
            hand_over(beside);
    }
    return outcome();
}

// For the answer to somebody else's write, who may need the lock to go on after it.
void HostStore::wait_for_host(bool beside) {
    kernel_lock.assert_held();
    auto nap = [this] {
        while (at_host_.load(std::memory_order_acquire)) (void)enclave::host_wait(kNapNs, {});
        return true;
    };
    (void)(beside ? without_lock(nap) : nap());
}

// The first piece stays, to be read, until it is over. Once the host has answered, others may do the same
// write before the lock is ours again: twice does no harm, and none comes late.
void HostStore::hand_over(bool beside) {
    const u64 number = handed_over_;
    const Piece& piece = waiting_.front();
    at_host_.store(true, std::memory_order_relaxed);
    const Result<size_t> put = file_->write(piece.first * storage::kBlockSize + piece.put,
                                            std::span(piece.bytes).subspan(piece.put), beside, &at_host_);
    if (!put || *put == 0) failure_ = put ? Errno::Eio : put.error();
    if (failure_ || number != handed_over_) return;
    waiting_.front().put += *put;
    if (waiting_.front().put == waiting_.front().bytes.size()) first_is_over();
}

void HostStore::first_is_over() {
    ++handed_over_;
    waiting_bytes_ -= waiting_.front().bytes.size();
    if (spare_.size() < kSpareBuffers) spare_.push_back(std::move(waiting_.front().bytes));
    waiting_.pop_front();
}

Result<std::optional<storage::Version>> HostVersion::read() {
    std::array<u8, kVersionSize> bytes{};
    TRY(file_->fill(0, bytes));
    storage::Version version{.number = storage::load<u64>(bytes, 0)};
    if (version.number == 0) return std::optional<storage::Version>();
    storage::copy_bytes(std::span(bytes).subspan(8), version.digest);
    return std::optional(version);
}

Result<void> HostVersion::advance(const storage::Version& version) {
    std::array<u8, kVersionSize> bytes{};
    storage::store(std::span<u8>(bytes), 0, version.number);
    storage::copy_bytes(version.digest, std::span(bytes).subspan(8));
    TRY(write_all(*file_, 0, bytes));
    return file_->sync();
}

}  // namespace occlum::kernel

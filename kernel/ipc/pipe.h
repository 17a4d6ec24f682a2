// Pipes (pipe(7)).
//
//   PipeEnd (open file) ──Ref──> Pipe <──Ref── PipeInode or a FIFO's inode
//
// A ring that grows up to the capacity as it is needed, and starts again at its beginning when it runs empty:
// a ping-pong of short messages stays in one cache line. Bytes are copied from guest to ring to guest.
#pragma once

#include <algorithm>
#include <vector>

#include "kernel/fs/open_file.h"

namespace occlum::kernel {

class Pipe : public RefCounted {
public:
    static constexpr size_t kDefaultCapacity = 64 << 10;
    static constexpr size_t kMostCapacity = 1 << 26;  ///< for whoever may have more than the setting says
    static constexpr size_t kAtomic = 4096;           ///< PIPE_BUF

    Pipe() = default;
    ~Pipe() override;

    Result<size_t> read(const UserBuffer& to, bool non_blocking);
    Result<size_t> write(const UserBuffer& from, bool non_blocking);
    /// Bytes that were read and could not be passed on; they are the first again. ENOMEM: they are lost.
    Result<void> put_back(std::span<const u8> bytes);
    /// What is there, without taking it; for tee(2).
    Result<size_t> peek(std::span<u8> out) const;
    /// Until there is something to read, or nobody left to write it.
    Result<void> wait_for_bytes(bool non_blocking);
    /// Until there is room for something, or nobody left to read it.
    Result<void> wait_for_room(bool non_blocking);
    u32 poll_read(PollTable* table, bool had_writer);
    u32 poll_write(PollTable* table);

    size_t used() const { return used_; }
    size_t capacity() const { return capacity_; }
    /// 0, too, while more is in the pipe than its capacity (put_back).
    size_t free_space() const { return capacity_ - std::min(used_, capacity_); }
    Result<size_t> set_capacity(u64 wanted);  ///< F_SETPIPE_SZ

    void add_reader();
    void add_writer();
    void remove_reader();
    void remove_writer();
    /// For FIFOs: sleeps until the other side is open, or was since the call. ERESTARTSYS.
    Result<void> wait_for_reader();
    Result<void> wait_for_writer();
    bool has_reader() const { return readers_ != 0; }
    bool has_writer() const { return writers_ != 0; }
    u64 writers_ever() const { return writers_ever_; }

private:
    Result<void> make_room(size_t more);
    Result<void> resize_ring(size_t size);
    Result<void> put(size_t offset, size_t size, const UserBuffer& from);
    Result<void> take(size_t size, const UserBuffer& to);
    Result<void> wait_for_space(size_t needed);

    std::vector<u8> ring_;
    size_t head_ = 0;  // of the first byte
    size_t used_ = 0;
    size_t capacity_ = kDefaultCapacity;
    u32 readers_ = 0, writers_ = 0;
    u64 readers_ever_ = 0, writers_ever_ = 0;
    WaitQueue readable_, writable_, opened_;
};

class PipeEnd final : public OpenFile {
public:
    /// The ends that `flags` name are counted in the pipe.
    PipeEnd(u32 flags, Ref<Pipe> pipe, RefPtr<Inode> inode);
    ~PipeEnd() override;

    Result<size_t> read(const UserBuffer& to) override { return pipe_->read(to, non_blocking()); }
    Result<size_t> write(const UserBuffer& from) override { return pipe_->write(from, non_blocking()); }
    Result<u64> ioctl(u64 request, u64 argument) override;
    u32 poll(PollTable* table) override;
    RefPtr<Inode> inode() override { return inode_ ? inode_ : OpenFile::inode(); }
    void closed() override;
    Pipe* as_pipe() override { return pipe_.get(); }
    bool signals_readiness() const override { return true; }

private:
    Ref<Pipe> pipe_;
    RefPtr<Inode> inode_;
    u64 writers_before_;
    bool closed_ = false;
};

struct PipePair {
    Ref<OpenFile> read_end, write_end;
};
/// pipe2(2); `flags`: O_NONBLOCK, O_DIRECT (ignored: no packets).
Result<PipePair> make_pipe(u32 flags, const Credentials& owner);

}  // namespace occlum::kernel

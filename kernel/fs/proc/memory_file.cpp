#include "kernel/fs/proc/memory_file.h"

#include "kernel/fs/open_file.h"
#include "kernel/task/pid_fd.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

// Offsets are addresses. The memory is that which the process had when this was opened.
class OpenMemory final : public OpenFile {
public:
    OpenMemory(u32 flags, Ref<AddressSpace> memory) : OpenFile(flags), memory_(std::move(memory)) {}

    Result<size_t> read(const UserBuffer& to) override {
        const size_t moved = TRY(read_at(position_, to));
        position_ += moved;
        return moved;
    }
    Result<size_t> write(const UserBuffer& from) override {
        const size_t moved = TRY(write_at(position_, from));
        position_ += moved;
        return moved;
    }
    Result<size_t> read_at(u64 offset, const UserBuffer& to) override {
        return in_pieces(offset, to.size(), [&](size_t done, std::span<u8> piece) -> Result<void> {
            TRY(memory_->copy_in(piece, {offset + done}));
            return to.copy_to(done, piece);
        });
    }
    Result<size_t> write_at(u64 offset, const UserBuffer& from) override {
        return in_pieces(offset, from.size(), [&](size_t done, std::span<u8> piece) -> Result<void> {
            TRY(from.copy_from(done, piece));
            return memory_->poke({offset + done}, piece);
        });
    }
    Result<u64> seek(i64 offset, int whence) override {
        if (whence == kSeekCurrent) offset += static_cast<i64>(position_);
        if (whence != kSeekSet && whence != kSeekCurrent) return err(Errno::Einval);
        position_ = static_cast<u64>(offset);
        return position_;
    }
    u32 poll(PollTable*) override { return kPollFileReady; }
    u64 position() const override { return position_; }

private:
    template <typename Move>
    Result<size_t> in_pieces(u64 offset, size_t size, Move move) {
        std::array<u8, 512> buffer{};
        memory_->foresee({offset}, size);
        size_t done = 0;
        while (done < size) {
            // Not across a page: the next one may not be there.
            const u64 left = kPageSize - (offset + done) % kPageSize;
            const auto piece = std::span(buffer).first(std::min({buffer.size(), size - done, size_t{left}}));
            if (!move(done, piece)) break;
            done += piece.size();
        }
        if (done == 0 && size != 0) return err(Errno::Eio);
        return done;
    }

    Ref<AddressSpace> memory_;
    u64 position_ = 0;
};

}  // namespace

Result<Ref<OpenFile>> ProcMemoryFile::open(u32 flags) {
    const Ref<Process> process = TRY(process_of(subject_));
    if (const RefPtr<Task> task = subject_.tid != 0 ? TRY(task_of(subject_)) : nullptr)
        TRY(check_inspection(*task, AccessBy::FileSystemNumbers));
    else
        TRY(check_inspection(*process, AccessBy::FileSystemNumbers));
    if (!process->memory) return err(Errno::Eio);
    return Ref<OpenFile>(make_ref<OpenMemory>(flags, Ref<AddressSpace>(*process->memory)));
}

}  // namespace occlum::kernel

#include "kernel/ipc/event_fd.h"

#include "kernel/fs/anonymous_inode.h"
#include "kernel/fs/proc/text.h"

namespace occlum::kernel {
namespace {

class EventFd final : public OpenFile {
public:
    EventFd(u64 initial, u32 flags)
        : OpenFile(kOpenReadWrite | (flags & kOpenNonBlock)),
          count_(initial),
          semaphore_((flags & kEventSemaphore) != 0) {}

    Result<size_t> read(const UserBuffer& to) override {
        if (to.size() < sizeof(u64)) return err(Errno::Einval);
        if (count_ == 0) {
            if (non_blocking()) return err(Errno::Eagain);
            TRY(wait_until(changed_, [&] { return count_ != 0; }));
        }
        u64 value = semaphore_ ? 1 : count_;
        std::array<u64, 1> words{value};
        TRY(to.copy_to(0, bytes_of(words)));
        count_ -= value;
        changed_.wake_all();
        return sizeof(u64);
    }

    Result<size_t> write(const UserBuffer& from) override {
        if (from.size() < sizeof(u64)) return err(Errno::Einval);
        std::array<u8, sizeof(u64)> bytes;
        TRY(from.copy_from(0, bytes));
        u64 value = std::bit_cast<u64>(bytes);
        if (value == ~u64{0}) return err(Errno::Einval);
        if (kMost - count_ < value) {
            if (non_blocking()) return err(Errno::Eagain);
            TRY(wait_until(changed_, [&] { return kMost - count_ >= value; }));
        }
        count_ += value;
        changed_.wake_all();
        return sizeof(u64);
    }

    std::string status_lines() const override {
        return "eventfd-count: " + right_aligned(short_hexadecimal(count_), 16) +
               "\neventfd-id: 1\neventfd-semaphore: " + (semaphore_ ? "1\n" : "0\n");
    }

    u32 poll(PollTable* table) override {
        if (table != nullptr) table->wait_on(changed_);
        u32 events = count_ != 0 ? kPollIn | kPollReadNormal : 0;
        if (count_ < kMost) events |= kPollOut | kPollWriteNormal;
        return events;
    }

private:
    static constexpr u64 kMost = ~u64{0} - 1;
    static std::array<u8, sizeof(u64)> bytes_of(std::array<u64, 1> words) {
        return std::bit_cast<std::array<u8, sizeof(u64)>>(words);
    }

    u64 count_;
    bool semaphore_;
    WaitQueue changed_;
};

}  // namespace

Ref<OpenFile> make_event_fd(u64 initial, u32 flags) {
    Ref<OpenFile> file = make_ref<EventFd>(initial, flags);
    file->dentry = RefPtr<Dentry>(anonymous_dentry("anon_inode:[eventfd]", anonymous_inode()));
    return file;
}

}  // namespace occlum::kernel

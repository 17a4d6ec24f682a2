// Waiting for descriptors: poll, select, epoll.
#include <algorithm>

#include "enclave/host.h"
#include "kernel/fs/epoll.h"
#include "kernel/fs/poll_wait.h"
#include "kernel/syscall/file_arguments.h"
#include "kernel/syscall/time_types.h"
#include "kernel/task/task.h"

namespace occlum::kernel {
namespace {

using Deadline = std::optional<u64>;

Deadline deadline_in(u64 duration_ns) { return deadline_after(enclave::monotonic_ns(), duration_ns); }
Deadline deadline_in_ms(i32 ms) {
    if (ms < 0) return std::nullopt;
    return deadline_in(static_cast<u64>(ms) * 1'000'000);
}

// A timeout in guest memory, and the time that is left afterwards.
template <typename T>
Result<Deadline> read_deadline(u64 address) {
    if (address == 0) return Deadline();
    return deadline_in(TRY(to_ns(TRY(read_user(UserIn<T>{{address}})))));
}
u64 remaining_ns(const Deadline& deadline) {
    u64 now = enclave::monotonic_ns();
    return deadline && *deadline > now ? *deadline - now : 0;
}

Result<void> take_mask(u64 address, u64 size) {
    if (address == 0) return {};
    if (size != sizeof(u64)) return err(Errno::Einval);
    set_temporary_mask(current_task(), SigSet(TRY(read_user(UserIn<u64>{{address}}))));
    return {};
}

struct PollFd {
    i32 fd;
    i16 events, returned;
};

// Asks every descriptor; how many have something to report.
size_t poll_once(std::span<PollFd> polled, PollTable* table) {
    size_t ready = 0;
    for (PollFd& entry : polled) {
        entry.returned = 0;
        if (entry.fd < 0) continue;
        Result<Ref<OpenFile>> file = current_files().get(entry.fd);
        u32 wanted = static_cast<u16>(entry.events) | kPollError | kPollHangUp | kPollInvalid;
        u32 events = file ? (*file)->poll(table) & wanted : kPollInvalid;
        entry.returned = static_cast<i16>(events);
        if (events != 0) ++ready;
    }
    return ready;
}

Result<size_t> poll_until(std::span<PollFd> polled, const Deadline& deadline) {
    size_t ready = poll_once(polled, nullptr);
    if (ready != 0 || (deadline && *deadline <= enclave::monotonic_ns())) return ready;
    // What is waited for must outlive the wait, also when another thread closes it.
    std::vector<Ref<OpenFile>> held;
    for (const PollFd& entry : polled)
        if (Result<Ref<OpenFile>> file = current_files().get(entry.fd)) held.push_back(*file);
    PollWaiter waiter;
    ready = poll_once(polled, &waiter);
    while (ready == 0) {
        if (Result<void> slept = block(deadline); !slept) {
            if (slept.error() == Errno::Etimedout) return poll_once(polled, nullptr);
            return err(Errno::Erestartnohand);
        }
        ready = poll_once(polled, nullptr);
    }
    return ready;
}

Result<u64> poll_call(u64 address, u64 count, const Deadline& deadline) {
    if (as_u32(count) > current_files().limit) return err(Errno::Einval);
    std::vector<PollFd> polled;
    polled.reserve(as_u32(count));
    for (u64 i = 0; i < as_u32(count); ++i)
        polled.push_back(TRY(read_user(UserIn<PollFd>{{address + i * sizeof(PollFd)}})));
    size_t ready = TRY(poll_until(polled, deadline));
    for (u64 i = 0; i < polled.size(); ++i)
        TRY(write_user(UserOut<i16>{{address + i * sizeof(PollFd) + 6}}, polled[i].returned));
    return ready;
}

}  // namespace

Result<u64> sys_poll(const SyscallArgs& args) {
    return poll_call(args[0], args[1], deadline_in_ms(as_int(args[2])));
}

Result<u64> sys_ppoll(const SyscallArgs& args) {
    Deadline deadline = TRY(read_deadline<Timespec>(args[2]));
    TRY(take_mask(args[3], args[4]));
    Result<u64> ready = poll_call(args[0], args[1], deadline);
    if (args[2] != 0) TRY(write_user(UserOut<Timespec>{{args[2]}}, to_timespec(remaining_ns(deadline))));
    return ready;
}

namespace {

constexpr u32 kSelectRead = kPollIn | kPollReadNormal | kPollHangUp | kPollError;
constexpr u32 kSelectWrite = kPollOut | kPollWriteNormal | kPollError;
constexpr u32 kSelectExcept = kPollPriority;
constexpr std::array<u32, 3> kSelectEvents{kSelectRead, kSelectWrite, kSelectExcept};

// The three bit sets of select(2), as words.
struct SelectSets {
    std::array<u64, 3> addresses;
    std::array<std::vector<u64>, 3> words;

    Result<void> load(u32 count) {
        for (size_t set = 0; set < 3; ++set) {
            words.at(set).resize((count + 63) / 64);
            if (addresses.at(set) == 0) continue;
            for (size_t i = 0; i < words.at(set).size(); ++i)
                words.at(set)[i] = TRY(read_user(UserIn<u64>{{addresses.at(set) + i * 8}}));
        }
        return {};
    }
    bool has(size_t set, u32 fd) const { return (words.at(set)[fd / 64] >> (fd % 64) & 1) != 0; }
    void clear() {
        for (auto& set : words) std::ranges::fill(set, u64{0});
    }
    Result<void> store() const {
        for (size_t set = 0; set < 3; ++set)
            for (size_t i = 0; addresses.at(set) != 0 && i < words.at(set).size(); ++i)
                TRY(write_user(UserOut<u64>{{addresses.at(set) + i * 8}}, words.at(set)[i]));
        return {};
    }
};

Result<u64> select_call(const SyscallArgs& args, const Deadline& deadline) {
    i32 count = as_int(args[0]);
    if (count < 0) return err(Errno::Einval);
    u32 most = static_cast<u32>(std::min<u64>(static_cast<u32>(count), current_files().limit));
    SelectSets sets{.addresses = {args[1], args[2], args[3]}, .words = {}};
    TRY(sets.load(most));
    std::vector<PollFd> polled;
    for (u32 fd = 0; fd < most; ++fd) {
        u32 events = 0;
        for (size_t set = 0; set < 3; ++set)
            if (sets.has(set, fd)) events |= kSelectEvents.at(set);
        if (events == 0) continue;
        TRY(current_files().get(static_cast<int>(fd)));  // EBADF
        polled.push_back({static_cast<i32>(fd), static_cast<i16>(events), 0});
    }
    TRY(poll_until(polled, deadline));
    SelectSets result{.addresses = sets.addresses, .words = sets.words};
    result.clear();
    u64 ready = 0;
    for (const PollFd& entry : polled) {
        u32 fd = static_cast<u32>(entry.fd);
        for (size_t set = 0; set < 3; ++set) {
            if (!sets.has(set, fd) || (static_cast<u16>(entry.returned) & kSelectEvents.at(set)) == 0)
                continue;
            result.words.at(set)[fd / 64] |= u64{1} << (fd % 64);
            ++ready;
        }
    }
    TRY(result.store());
    return ready;
}

}  // namespace

Result<u64> sys_select(const SyscallArgs& args) {
    // As Linux: the microseconds need not be normalised.
    Deadline deadline;
    if (args[4] != 0) {
        Timeval time = TRY(read_user(UserIn<Timeval>{{args[4]}}));
        if (time.seconds < 0 || time.microseconds < 0) return err(Errno::Einval);
        time.seconds += time.microseconds / 1'000'000;
        time.microseconds %= 1'000'000;
        deadline = deadline_in(TRY(to_ns(time)));
    }
    Result<u64> ready = select_call(args, deadline);
    if (args[4] != 0) TRY(write_user(UserOut<Timeval>{{args[4]}}, to_timeval(remaining_ns(deadline))));
    return ready;
}

Result<u64> sys_pselect6(const SyscallArgs& args) {
    Deadline deadline = TRY(read_deadline<Timespec>(args[4]));
    if (args[5] != 0) {
        u64 mask = TRY(read_user(UserIn<u64>{{args[5]}}));
        TRY(take_mask(mask, TRY(read_user(UserIn<u64>{{args[5] + 8}}))));
    }
    Result<u64> ready = select_call(args, deadline);
    if (args[4] != 0) TRY(write_user(UserOut<Timespec>{{args[4]}}, to_timespec(remaining_ns(deadline))));
    return ready;
}

namespace {

// struct epoll_event is packed: 4 bytes of events, 8 of data.
constexpr u64 kEpollEventSize = 12;

Result<EpollEvent> read_event(u64 address) {
    return EpollEvent{.events = TRY(read_user(UserIn<u32>{{address}})),
                      .data = TRY(read_user(UserIn<u64>{{address + 4}}))};
}

Result<EpollFile*> epoll_argument(OpenFile& file) {
    EpollFile* epoll = file.as_epoll();
    if (epoll == nullptr) return err(Errno::Einval);
    return epoll;
}

Result<u64> epoll_call(const SyscallArgs& args, const Deadline& deadline) {
    constexpr i32 kMost = 0x7fff'ffff / 12;
    i32 most = as_int(args[2]);
    if (most <= 0 || most > kMost) return err(Errno::Einval);
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    EpollFile* epoll = TRY(epoll_argument(*file));
    Result<std::vector<EpollEvent>> ready = epoll->wait(static_cast<size_t>(most), deadline);
    if (!ready) return err(ready.error() == Errno::Erestartsys ? Errno::Eintr : ready.error());
    for (size_t i = 0; i < ready->size(); ++i) {
        u64 address = args[1] + i * kEpollEventSize;
        TRY(write_user(UserOut<u32>{{address}}, (*ready)[i].events));
        TRY(write_user(UserOut<u64>{{address + 4}}, (*ready)[i].data));
    }
    return ready->size();
}

// A deadline that has passed, so that epoll need not look at the clock.
Deadline epoll_deadline_ms(i32 ms) { return ms == 0 ? Deadline(0) : deadline_in_ms(ms); }

}  // namespace

Result<u64> sys_epoll_create1(const SyscallArgs& args) {
    if ((as_u32(args[0]) & ~kOpenCloseOnExec) != 0) return err(Errno::Einval);
    return static_cast<u64>(TRY(current_files().add(make_epoll(), as_u32(args[0]) != 0)));
}
Result<u64> sys_epoll_create(const SyscallArgs& args) {
    if (as_int(args[0]) <= 0) return err(Errno::Einval);
    return sys_epoll_create1({0});
}

Result<u64> sys_epoll_ctl(const SyscallArgs& args) {
    constexpr u32 kAdd = 1, kRemove = 2, kModify = 3;
    Ref<OpenFile> file = TRY(file_argument(args[0]));
    Ref<OpenFile> target = TRY(file_argument(args[2]));
    u32 operation = as_u32(args[1]);
    EpollEvent event{};
    if (operation != kRemove) event = TRY(read_event(args[3]));
    if (!target->can_be_waited_for()) return err(Errno::Eperm);
    EpollFile* epoll = TRY(epoll_argument(*file));
    int fd = as_int(args[2]);
    switch (operation) {
        case kAdd:
            TRY(epoll->add(fd, *target, event));
            return u64{0};
        case kRemove:
            TRY(epoll->remove(fd, *target));
            return u64{0};
        case kModify:
            TRY(epoll->modify(fd, *target, event));
            return u64{0};
        default:
            return err(Errno::Einval);
    }
}

Result<u64> sys_epoll_wait(const SyscallArgs& args) {
    return epoll_call(args, epoll_deadline_ms(as_int(args[3])));
}
Result<u64> sys_epoll_pwait(const SyscallArgs& args) {
    TRY(take_mask(args[4], args[5]));
    return epoll_call(args, epoll_deadline_ms(as_int(args[3])));
}
Result<u64> sys_epoll_pwait2(const SyscallArgs& args) {
    Deadline deadline = TRY(read_deadline<Timespec>(args[3]));
    TRY(take_mask(args[4], args[5]));
    return epoll_call(args, deadline);
}

}  // namespace occlum::kernel

#include "host/services/services.h"

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "host/services/call_area.h"

namespace occlum::host {

namespace {

u64 now_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<u64>(now.tv_sec) * 1'000'000'000 + static_cast<u64>(now.tv_nsec);
}

// The two cannot be read at once: of some tries the one with the least time between its reads is kept, so
// that being preempted in the middle does not spoil the speed that is computed from two samples.
ClockSample sample_clock() {
    constexpr int kTries = 8;
    constexpr u64 kGoodGap = 1000;
    ClockSample best;
    u64 best_gap = ~u64{0};
    for (int n = 0; n < kTries && best_gap > kGoodGap; ++n) {
        const u64 before = __builtin_ia32_rdtsc();
        const u64 monotonic_ns = now_ns(CLOCK_MONOTONIC);
        const u64 gap = __builtin_ia32_rdtsc() - before;
        if (gap >= best_gap) continue;
        best_gap = gap;
        best = {monotonic_ns, before + gap / 2};
    }
    return best;
}

void print(std::span<const u8> text) { (void)!write(2, text.data(), text.size()); }

i64 number_of(Errno code) { return -static_cast<i64>(code); }
i64 reply(const Result<void>& result) { return result ? 0 : number_of(result.error()); }

}  // namespace

Result<HostCallArea> HostCallArea::create() {
    void* memory =
        mmap(nullptr, abi::kCallAreaSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return err(Errno::Enomem);
    return HostCallArea(memory);
}
HostCallArea::HostCallArea(HostCallArea&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
HostCallArea::~HostCallArea() {
    if (memory_ != nullptr) munmap(memory_, abi::kCallAreaSize);
}

Services::Services(EnclaveBackend& enclave, std::vector<u8> boot_blob, ServiceOptions options, u32 vcpus)
    : enclave_(enclave), boot_blob_(std::move(boot_blob)), options_(std::move(options)) {
    for (u32 i = 0; i < vcpus; ++i) kicks_.push_back(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    threads_.resize(vcpus);
    start_ = sample_clock();
}

Services::~Services() {
    for (int fd : kicks_) close(fd);
}

std::optional<int> Services::finished() const {
    const int status = status_.load();
    if (status < 0) return std::nullopt;
    return status;
}

void Services::finish(int status) {
    int none = -1;
    if (status_.compare_exchange_strong(none, status) && options_.on_finish) options_.on_finish(status);
}

i64 Services::call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data,
                   const CallContext& context) {
    using enum abi::HostCall;
    switch (number) {
        case Exit:
        case Abort:
        case Log:
        case BootConfig:
        case Report:
            return life_call(number, args, data);
        case Clock:
            return clock(data);
        case Wait:
            return wait(args, data, context.vcpu);
        case Kick:
            return kick(args[0]);
        case Interrupt:
            return interrupt(args[0]);
        case SetTick:
            context.thread.set_tick(args[0]);
            return 0;
        case ConsoleRead:
            return console_read(args[0], data.first(std::min(args[1], data.size())));
        case ConsoleWrite:
            return console_write(args[0], data.first(std::min(args[1], data.size())));
        case ConsoleInfo:
            return console_info(args[0], data);
        case CommandNext:
        case CommandDone:
        case ConsoleClose:
            return session_call(number, args, data);
        case PagesAdd:
        case PagesRestrict:
        case PagesExtend:
        case PagesTrim:
        case PagesRemove:
            return pages_call(number, args);
        default:
            break;
    }
    if (number < Count) return file_call(number, args, data);
    return number_of(Errno::Enosys);
}

i64 Services::life_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data) {
    if (number == abi::HostCall::Exit) {
        finish(static_cast<int>(args[0] & 0xff));
        return 0;
    }
    if (number == abi::HostCall::BootConfig) return boot_piece(args[0], data);
    const auto text = data.first(std::min(args[0], data.size()));
    if (number == abi::HostCall::Abort) {
        std::string message(text.begin(), text.end());
        if (options_.explain) message = options_.explain(message);
        std::fprintf(stderr, "occlum: the enclave stopped: %s\n", message.c_str());
        finish(125);
    } else if (number == abi::HostCall::Log) {
        print(text);
    } else if (args[1] == abi::kProfile) {
        profile_.append(text.begin(), text.end());
    } else if (options_.print_report) {
        print(text);
    }
    return 0;
}

i64 Services::session_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data) {
    if (number == abi::HostCall::ConsoleClose) return sessions_.close_console(args[0]);
    if (number == abi::HostCall::CommandDone) {
        const auto text = data.first(std::min(args[2], data.size()));
        return sessions_.done(args[0], args[1], std::string(text.begin(), text.end()));
    }
    if (const auto ready = std::exchange(options_.on_ready, nullptr)) ready();
    return sessions_.next_command(data);
}

i64 Services::boot_piece(u64 offset, std::span<u8> data) const {
    if (offset > boot_blob_.size()) return number_of(Errno::Einval);
    const auto rest = std::span(boot_blob_).subspan(offset);
    const auto piece = rest.first(std::min(rest.size(), data.size()));
    std::copy(piece.begin(), piece.end(), data.begin());
    return static_cast<i64>(piece.size());
}

i64 Services::clock(std::span<u8> data) const {
    abi::ClockReply answer{};
    const ClockSample now = sample_clock();
    answer.realtime_ns = now_ns(CLOCK_REALTIME);
    answer.monotonic_ns = now.monotonic_ns;
    answer.tsc = now.tsc;
    // The TSC's speed against the clock since the start: good to 1e-4 after some milliseconds.
    const u64 passed_ns = now.monotonic_ns - start_.monotonic_ns;
    if (passed_ns > 5'000'000)
        answer.tsc_hz = static_cast<u64>(static_cast<unsigned __int128>(now.tsc - start_.tsc) *
                                         1'000'000'000 / passed_ns);
    std::memcpy(data.data(), &answer, sizeof answer);
    return 0;
}

void Services::window_changed() {
    window_changed_ = true;
    for (u64 vcpu = 0; vcpu < kicks_.size(); ++vcpu) kick(vcpu);
}

i64 Services::kick(u64 vcpu) {
    if (vcpu >= kicks_.size()) return number_of(Errno::Einval);
    const u64 one = 1;
    (void)!write(kicks_[vcpu], &one, sizeof one);
    return 0;
}

void Services::set_thread(u32 vcpu, EnclaveThread* thread) {
    const std::lock_guard guard(threads_lock_);
    if (vcpu < threads_.size()) threads_[vcpu] = thread;
}

i64 Services::interrupt(u64 vcpu) {
    const std::lock_guard guard(threads_lock_);
    if (vcpu >= threads_.size()) return number_of(Errno::Einval);
    if (threads_[vcpu]) threads_[vcpu]->interrupt();
    return 0;
}

i64 Services::pages_call(abi::HostCall number, std::span<const u64, 6> args) {
    using enum abi::HostCall;
    switch (number) {
        case PagesAdd:
            return reply(enclave_.augment(args[0], args[1]));
        case PagesRestrict:
            return reply(enclave_.restrict_pages(args[0], args[1], args[2]));
        case PagesExtend:
            return reply(enclave_.extend_pages(args[0], args[1], args[2]));
        case PagesTrim:
            return reply(enclave_.trim(args[0], args[1]));
        default:
            return reply(enclave_.remove(args[0], args[1]));
    }
}

}  // namespace occlum::host

#include "host/model/thread.h"

#include <asm/prctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "host/model/enclave.h"

namespace occlum::host::model {

namespace {

std::mutex slots_lock;
constexpr size_t kSlots = 64;
/// The enclave thread of this host thread.
thread_local ModelThread* own_thread = nullptr;

void burn(u64 cycles) {
    if (cycles == 0) return;
    const u64 start = __builtin_ia32_rdtsc();
    while (__builtin_ia32_rdtsc() - start < cycles) __builtin_ia32_pause();
}

void* map(size_t size) {
    void* got = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return got == MAP_FAILED ? nullptr : got;
}

/// A signal stack, aligned to its size, that starts with the mark and the thread; and the microcode's stack.
class Stacks {
public:
    explicit Stacks(ModelThread& thread) : area_(map(kArea)) {
        if (area_ == nullptr) return;
        const u64 start = (reinterpret_cast<u64>(area_) + SIGNAL_STACK_SIZE - 1) & -u64{SIGNAL_STACK_SIZE};
        auto* words = reinterpret_cast<u64*>(start);
        words[0] = SIGNAL_STACK_MARK;
        words[1] = reinterpret_cast<u64>(&thread);
        stack_t stack{};
        stack.ss_sp = words + 2;
        stack.ss_size = SIGNAL_STACK_SIZE - 16;
        sigaltstack(&stack, &previous_);
        thread.micro_sp = start + SIGNAL_STACK_SIZE + kMicroStack;
    }
    ~Stacks() {
        if (area_ == nullptr) return;
        sigaltstack(&previous_, nullptr);
        munmap(area_, kArea);
    }
    Stacks(const Stacks&) = delete;
    Stacks& operator=(const Stacks&) = delete;
    bool good() const { return area_ != nullptr; }

private:
    static constexpr size_t kMicroStack = 0x8000;
    static constexpr size_t kArea = 2 * SIGNAL_STACK_SIZE + kMicroStack;
    void* area_;
    stack_t previous_{};
};

class ThreadOfModel final : public EnclaveThread {
public:
    ThreadOfModel(ModelEnclave& enclave, const sgx::Tcs& tcs, u64 tcs_address) : stacks_(state_) {
        state_.enclave = &enclave;
        state_.epcm = &enclave.epcm();
        state_.tcs = tcs;
        state_.tcs_address = tcs_address;
        state_.ssa_frame_size = enclave.secs().ssa_frame_pages * static_cast<u32>(kPageSize);
        state_.enclave_fs = enclave.base() + tcs.ofs_base;
        state_.enclave_gs = enclave.base() + tcs.ogs_base;
        state_.entry = enclave.base() + tcs.oentry;
        own_thread = &state_;
        tid_ = static_cast<int>(syscall(SYS_gettid));
        syscall(SYS_arch_prctl, ARCH_GET_FS, &state_.host_fs);
        syscall(SYS_arch_prctl, ARCH_GET_GS, &state_.host_gs);
    }
    ~ThreadOfModel() override {
        if (own_thread == &state_) own_thread = nullptr;
        if (has_timer_) timer_delete(timer_);
        const std::lock_guard guard(slots_lock);
        for (size_t i = 0; i < kSlots; ++i)
            if (model_threads[i].thread == &state_) model_threads[i] = {~u64{0}, nullptr};
    }

    bool register_thread() {
        if (!stacks_.good()) return false;
        const std::lock_guard guard(slots_lock);
        for (size_t i = 0; i < kSlots; ++i) {
            if (model_threads[i].thread != nullptr) continue;
            model_threads[i] = {state_.enclave_fs, &state_};
            return true;
        }
        return false;
    }

    Left enter(HostRegisters& registers) override {
        if (state_.tcs.cssa >= state_.tcs.nssa || state_.busy.exchange(true)) return {};
        burn(state_.enclave->crossing_cycles());
        state_.cssa_value = state_.tcs.cssa;
        select_frame();
        state_.host = registers;
        ++state_.enclave->counters.enters;
        model_enter(&state_);
        return leave(registers);
    }

    Left resume(HostRegisters& registers) override {
        if (state_.tcs.cssa == 0 || state_.busy.exchange(true)) return {};
        burn(state_.enclave->crossing_cycles());
        --state_.tcs.cssa;
        select_frame();
        if (!frame_restorable()) {
            ++state_.tcs.cssa;
            state_.busy = false;
            return {};
        }
        ++state_.enclave->counters.resumes;
        model_resume(&state_);
        return leave(registers);
    }

    void set_tick(u64 period_ns) override {
        if (!has_timer_) {
            if (period_ns == 0) return;
            sigevent event{};
            event.sigev_notify = SIGEV_THREAD_ID;
            event.sigev_signo = tick_signal();
            event._sigev_un._tid = tid_;
            if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0) return;
            has_timer_ = true;
        }
        itimerspec when{};
        when.it_value.tv_sec = static_cast<time_t>(period_ns / 1'000'000'000);
        when.it_value.tv_nsec = static_cast<long>(period_ns % 1'000'000'000);
        when.it_interval = when.it_value;
        timer_settime(timer_, 0, &when, nullptr);
    }

    void interrupt() override { syscall(SYS_tgkill, getpid(), tid_, tick_signal()); }

    u32 cssa() const override { return state_.tcs.cssa; }

private:
    void select_frame() {
        state_.xsave = state_.frame_address(state_.tcs.cssa);
        state_.ssa = reinterpret_cast<u64>(&state_.frame(state_.tcs.cssa));
    }

    /// ERESUME faults on a frame that XRSTOR would refuse, or whose rip is not canonical.
    bool frame_restorable() {
        const sgx::GprSgx& frame = state_.frame(state_.tcs.cssa);
        const auto* header = reinterpret_cast<const u64*>(state_.xsave + 512);
        u64 reserved = header[0] & ~sgx::kXfrm;
        for (size_t i = 1; i < 8; ++i) reserved |= header[i];
        u32 mxcsr = 0;
        std::memcpy(&mxcsr, reinterpret_cast<const void*>(state_.xsave + 24), sizeof mxcsr);
        if (reserved != 0 || (mxcsr & 0xffff0000) != 0 || !state_.epcm->contains(frame.rip)) return false;
        // Only what user code may change; IF stays on, NT would break IRET.
        state_.rflags = (frame.rflags & 0x240dd5) | 0x202;
        return true;
    }

    Left leave(HostRegisters& registers) {
        state_.busy = false;
        burn(state_.enclave->crossing_cycles());
        auto& counters = state_.enclave->counters;
        if (state_.left_by_aex == 0) {
            registers = state_.host;
            ++counters.exits;
            return {Left::By::Exit, 0, 0, 0};
        }
        ++(state_.left.by == Left::By::Interrupt ? counters.interrupts : counters.exceptions);
        return state_.left;
    }

    ModelThread state_;
    Stacks stacks_;
    int tid_ = 0;
    timer_t timer_{};
    bool has_timer_ = false;
};

}  // namespace

void note_run(const ModelEnclave& enclave, u64 start, u64 size) {
    if (own_thread != nullptr && own_thread->enclave == &enclave)
        own_thread->run = {start, start, start + size};
}

Result<std::unique_ptr<EnclaveThread>> ModelEnclave::thread(u64 tcs_offset) {
    if (!good_range(tcs_offset, kPageSize) || !(secs_.attributes.flags & sgx::kAttributeInit))
        return err(Errno::Einval);
    const u64 address = base() + tcs_offset;
    const EpcmEntry entry = epcm_.load(address);
    if (!entry.valid() || entry.type() != sgx::PageType::Tcs) return err(Errno::Einval);
    const std::lock_guard guard(threads_lock_);
    if (std::find(threads_used_.begin(), threads_used_.end(), tcs_offset) != threads_used_.end())
        return err(Errno::Ebusy);
    threads_used_.push_back(tcs_offset);
    // The hardware reads a TCS that software cannot; here it is kept beside the page.
    sgx::Tcs tcs{};
    void* page = reinterpret_cast<void*>(address);
    mprotect(page, kPageSize, PROT_READ);
    std::memcpy(&tcs, page, sizeof tcs);
    mprotect(page, kPageSize, PROT_NONE);
    auto thread = std::make_unique<ThreadOfModel>(*this, tcs, address);
    if (!thread->register_thread()) return err(Errno::Enomem);
    return thread;
}

}  // namespace occlum::host::model

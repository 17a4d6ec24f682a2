#include "host/runner.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "host/services/call_area.h"

namespace occlum::host {

namespace {

enum Register : size_t { kRsi = 6, kRdi = 7 };

class Vcpu {
public:
    Vcpu(Services& services, EnclaveThread& thread, HostCallArea& area, u32 number)
        : services_(services), thread_(thread), area_(area), number_(number) {}

    void run() {
        enter(abi::kEnterStart);
        while (!services_.finished()) {
            switch (left_.by) {
                case Left::By::Exit:
                    after_exit();
                    break;
                case Left::By::Exception:
                    after_exception();
                    break;
                case Left::By::Interrupt:
                    after_interrupt();
                    break;
                case Left::By::Refused:
                    die("an entry was refused by the CPU");
                    break;
            }
        }
    }

private:
    void enter(u64 reason) {
        entered_for_ = reason;
        registers_ = {};
        registers_.gpr[kRdi] = reason;
        registers_.gpr[kRsi] = area_.address();
        left_ = thread_.enter(registers_);
    }

    void resume() { left_ = thread_.resume(registers_); }

    void after_exit() {
        switch (registers_.gpr[kRdi]) {
            case abi::kLeaveCall: {
                auto& frame = area_.frame();
                const CallContext context{number_, thread_};
                frame.result = services_.call(static_cast<abi::HostCall>(frame.number), std::span(frame.args),
                                              area_.data(), context);
                if (!services_.finished()) enter(abi::kEnterReply);
                return;
            }
            case abi::kLeaveResume:
                handling_ = false;
                resume();
                return;
            case abi::kLeaveRefused:
                if (entered_for_ == abi::kEnterStart) {
                    // The first vCPU prepares the image; the others wait for it.
                    usleep(100);
                    enter(abi::kEnterStart);
                    return;
                }
                if (entered_for_ == abi::kEnterTick) {
                    handling_ = false;
                    resume();
                    return;
                }
                die("the enclave refused an entry");
                return;
            default:
                die("the enclave left for an unknown reason");
        }
    }

    /// A second exception while the first is handled is the enclave's to report.
    void after_exception() {
        handling_ = true;
        enter(abi::kEnterException);
    }

    void after_interrupt() {
        if (handling_) return resume();
        handling_ = true;
        enter(abi::kEnterTick);
    }

    void die(const char* why) {
        std::fprintf(stderr, "occlum: %s (vCPU %u)\n", why, number_);
        services_.finish(125);
    }

    Services& services_;
    EnclaveThread& thread_;
    HostCallArea& area_;
    u32 number_;
    HostRegisters registers_;
    Left left_;
    u64 entered_for_ = 0;
    bool handling_ = false;
};

}  // namespace

void run_vcpu(EnclaveBackend& enclave, Services& services, u64 tcs_offset, u32 vcpu) {
    prctl(PR_SET_TIMERSLACK, 1UL);  // the enclave's short naps are for others' locks
    auto area = HostCallArea::create();
    auto thread = enclave.thread(tcs_offset);
    if (!area || !thread) {
        std::fprintf(stderr, "occlum: no enclave thread for vCPU %u\n", vcpu);
        services.finish(125);
        return;
    }
    services.set_thread(vcpu, thread->get());
    Vcpu(services, **thread, *area, vcpu).run();
    services.set_thread(vcpu, nullptr);
}

int run_enclave(EnclaveBackend& enclave, Services& services, std::span<const u64> tcs_offsets) {
    for (u32 i = 1; i < tcs_offsets.size(); ++i)
        std::thread(run_vcpu, std::ref(enclave), std::ref(services), tcs_offsets[i], i).detach();
    run_vcpu(enclave, services, tcs_offsets[0], 0);
    return services.finished().value_or(125);
}

}  // namespace occlum::host

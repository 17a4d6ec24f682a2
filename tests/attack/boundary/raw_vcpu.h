// A host that enters and leaves by hand: tests choose each register and each order.
#pragma once

#include "abi/host_calls.h"
#include "host/services/call_area.h"
#include "tests/attack/boundary/enclave_fixture.h"

namespace occlum::boundary {

enum Register : size_t { kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi };

struct RawVcpu {
    host::HostCallArea area = *host::HostCallArea::create();
    std::unique_ptr<host::EnclaveThread> thread;
    host::HostRegisters registers;
    host::Left left;
    /// Changes the registers before each entry, and sees them after each exit.
    std::function<void(host::HostRegisters&)> poison, inspect;

    explicit RawVcpu(host::EnclaveBackend& enclave, u64 tcs_offset)
        : thread(std::move(*enclave.thread(tcs_offset))) {}

    host::Left enter(u64 reason) { return enter(reason, area.address()); }
    host::Left enter(u64 reason, u64 rsi) {
        registers = {};
        registers.gpr[kRdi] = reason;
        registers.gpr[kRsi] = rsi;
        if (poison) poison(registers);
        registers.gpr[kRdi] = reason;
        left = thread->enter(registers);
        if (inspect && left.by == host::Left::By::Exit) inspect(registers);
        return left;
    }
    u64 reason() const { return registers.gpr[kRdi]; }
    bool wants_call() const { return left.by == host::Left::By::Exit && reason() == abi::kLeaveCall; }
    bool refused() const { return left.by == host::Left::By::Exit && reason() == abi::kLeaveRefused; }
    abi::HostCall number() { return static_cast<abi::HostCall>(area.frame().number); }

    /// Answers the outstanding call honestly, without entering.
    void answer(host::Services& services) {
        const host::CallContext context{0, *thread};
        area.frame().result = services.call(number(), std::span(area.frame().args), area.data(), context);
    }

    /// Runs honestly until `stop` says so or the enclave ends.
    void serve(host::Services& services, const std::function<bool()>& stop = {}) {
        while (!services.finished()) {
            if (stop && stop()) return;
            if (wants_call()) {
                answer(services);
                if (!services.finished()) enter(abi::kEnterReply);
            } else if (left.by == host::Left::By::Exit && reason() == abi::kLeaveResume) {
                left = thread->resume(registers);
            } else if (left.by == host::Left::By::Exception) {
                enter(abi::kEnterException);
            } else if (left.by == host::Left::By::Interrupt) {
                if (thread->cssa() == 1)
                    enter(abi::kEnterTick);
                else
                    left = thread->resume(registers);
                if (refused()) left = thread->resume(registers);
            } else {
                services.finish(99);
            }
        }
    }
};

class RawTest : public EnclaveTest {
protected:
    /// Enclave, services for `action`, and a vCPU that has not entered.
    void prepare(const std::string& action, u32 threads = 1) {
        build(threads);
        services_ = std::make_unique<host::Services>(*enclave_, boot(action), service_options(), threads);
        vcpu_ = std::make_unique<RawVcpu>(*enclave_, image_->tcs_offsets()[0]);
    }
    /// Serves up to the first call of this number.
    void serve_until(abi::HostCall number) {
        vcpu_->enter(abi::kEnterStart);
        vcpu_->serve(*services_, [&] { return vcpu_->wants_call() && vcpu_->number() == number; });
        ASSERT_TRUE(vcpu_->wants_call());
    }
    int finish() {
        vcpu_->serve(*services_);
        return services_->finished().value_or(-1);
    }
    void TearDown() override {
        vcpu_.reset();
        services_.reset();
    }

    std::unique_ptr<host::Services> services_;
    std::unique_ptr<RawVcpu> vcpu_;
};

}  // namespace occlum::boundary

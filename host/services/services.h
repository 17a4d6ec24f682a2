// The host calls, answered. Virtual where tests put a lying host in its place.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "abi/boot_config.h"
#include "abi/hosted/host_files.h"
#include "host/backend.h"
#include "host/services/sessions.h"

namespace occlum::host {

/// What a call needs to know of the vCPU that makes it.
struct CallContext {
    u32 vcpu = 0;
    EnclaveThread& thread;
};

struct ServiceOptions {
    bool print_report = false;
    /// Adds symbols to a panic's text.
    std::function<std::string(const std::string&)> explain;
    /// The enclave has asked for its first command.
    std::function<void()> on_ready;
    /// Called on the vCPU's thread that ends the enclave; need not return.
    std::function<void(int status)> on_finish;
};

/// The monotonic clock and the TSC at one moment.
struct ClockSample {
    u64 monotonic_ns = 0, tsc = 0;
};

class Services {
public:
    Services(EnclaveBackend& enclave, std::vector<u8> boot_blob, ServiceOptions options, u32 vcpus);
    virtual ~Services();
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    abi::HostFiles& files() { return files_; }
    Sessions& sessions() { return sessions_; }
    /// What the enclave has sent of its report for --profile.
    const std::string& profile() const { return profile_; }

    /// Before vCPU `vcpu` makes its first call, and with null after its last.
    void set_thread(u32 vcpu, EnclaveThread* thread);

    /// The result that goes into the frame. `args` and `data` are the area's.
    virtual i64 call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data,
                     const CallContext& context);
    /// Set once the enclave has ended: the process's status.
    std::optional<int> finished() const;
    void finish(int status);
    /// The caller's terminal has another size: the enclave is told at its next wait.
    void window_changed();

private:
    i64 life_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data);
    i64 boot_piece(u64 offset, std::span<u8> data) const;
    i64 clock(std::span<u8> data) const;
    i64 wait(std::span<const u64, 6> args, std::span<u8> data, u32 vcpu);
    i64 kick(u64 vcpu);
    i64 interrupt(u64 vcpu);
    i64 console_read(u64 fd, std::span<u8> out);
    i64 console_write(u64 fd, std::span<const u8> bytes);
    i64 console_info(u64 fd, std::span<u8> data);
    i64 session_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data);
    i64 pages_call(abi::HostCall number, std::span<const u64, 6> args);
    i64 file_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data);
    i64 path_call(abi::HostCall number, std::span<const u64, 6> args, std::span<u8> data);
    i64 dir_read(std::span<const u64, 6> args, std::span<u8> data);

    EnclaveBackend& enclave_;
    std::vector<u8> boot_blob_;
    ServiceOptions options_;
    abi::HostFiles files_;
    Sessions sessions_;
    std::string profile_;
    std::vector<int> kicks_;
    std::atomic<bool> window_changed_{false};
    std::mutex threads_lock_;
    std::vector<EnclaveThread*> threads_;
    ClockSample start_;
    std::atomic<int> status_{-1};
};

}  // namespace occlum::host

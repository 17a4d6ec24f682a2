// The LibOS from the runtime's hand-over to the end of the first process.
#include <algorithm>
#include <array>
#include <charconv>

#include "enclave/host.h"
#include "enclave/page_budget.h"
#include "enclave/upcalls.h"
#include "kernel/boot/configuration.h"
#include "kernel/boot/find_program.h"
#include "kernel/boot/libos.h"
#include "kernel/boot/report.h"
#include "kernel/boot/vcpu.h"
#include "kernel/control/refusal.h"
#include "kernel/control/server.h"
#include "kernel/fs/secure/secure_file_system.h"
#include "kernel/gdb/stub.h"
#include "kernel/profile/report.h"
#include "kernel/sched/errands.h"
#include "kernel/sched/scheduler.h"
#include "kernel/syscall/trace.h"
#include "kernel/task/lifecycle.h"
#include "kernel/tty/host_terminal.h"

namespace occlum::kernel {

namespace {

[[noreturn]] void refuse(u32 status, std::string_view subject, std::string_view why) {
    std::string line = "occlum: ";
    line += subject;
    line += ": ";
    line += why;
    line += '\n';
    enclave::host_log(line);
    enclave::host_exit(status);
}

[[noreturn]] void refuse_program(const std::string& name, Errno code) {
    refuse(refusal_status(code), name, describe_refusal(code));
}

/// 0 when the text is no number.
u64 number(const std::string& text) {
    u64 value = 0;
    const auto parsed = std::from_chars(text.data(), std::to_address(text.end()), value);
    return parsed.ec == std::errc{} ? value : 0;
}

void set_memory(u64 bytes) {
    if (bytes != 0) enclave::set_memory_limit(page_down(bytes));
}

void apply_options(const abi::BootConfig& config) {
    LibosOptions& options = libos_options();
    for (const auto& [name, value] : config.options) {
        if (name == "trace") options.trace = value != "0";
        if (name == "gdb") options.debugger = value != "0";
        if (name == "serve") options.serve = value != "0";
        if (name == "tty") options.terminal = value != "0";
        if (name == "strict-wx") options.strict_wx = value != "0";
        if (name == "profile") options.profile = value != "0";
        if (name == "stats") options.stats = value != "0";
        // The host runs as many vCPUs as it likes; this is what programs are told.
        if (name == "cpus")
            options.cpus = static_cast<u32>(std::clamp<u64>(number(value), 1, abi::kMaxThreads));
        if (name == "code-cache")
            options.code_cache = std::clamp<u64>(number(value), 1, abi::kCodeSize >> 20) << 20;
        if (name == "hostname" && !value.empty()) options.hostname = value;
        if (name == "memory") set_memory(number(value));
    }
    set_tracing(options.trace);
}

Credentials initial_credentials(const abi::BootConfig& config) {
    return Credentials::of_user(static_cast<u32>(config.uid), static_cast<u32>(config.gid));
}

Ref<FsContext> mount_all(const abi::BootConfig& config) {
    std::vector<MountRequest> requests;
    u32 index = 0;
    for (const abi::BootMount& mount : config.mounts) {
        MountRequest request{.host_mount = index++,
                             .guest_path = mount.guest_path,
                             .read_only = mount.read_only,
                             .overlay_root = mount.overlay_root,
                             .store = mount.store,
                             .memory = mount.memory,
                             .owner = initial_credentials(config)};
        if (const auto& image = mount.image)
            request.image = ImageRequest{request.host_mount, image->file,
                                         measured_config().images.at(image->index), image->key};
        requests.push_back(std::move(request));
    }
    auto fs = mount_initial(requests, config.directory);
    if (!fs && fs.error() == Errno::Eio)
        refuse(kStatusBroken, "file systems", "the host's files are not what they should be");
    if (!fs)
        refuse(kStatusBroken, config.directory,
               "the file systems cannot be mounted, or there is no such directory");
    return *fs;
}

/// As the first process saw the files when it began: it has none of its own when it ends.
RefPtr<FsContext>& first_view() {
    static auto& view = *new RefPtr<FsContext>;
    return view;
}

void end_of_first_process(ExitReason reason) {
    gdb::report_end(reason);
    kernel_lock.assert_held();
    finish_errands();
    sync_secure_file_systems();
    if (libos_options().stats) enclave::host_report(abi::kStatistics, statistics_report());
    if (libos_options().profile) enclave::host_report(abi::kProfile, profile::report(*first_view()));
    enclave::host_exit(reason.code == kCldExited ? reason.status & 0xff : kStatusSignalled + reason.status);
}

Result<void> run_first_program(const abi::BootConfig& config, Process& process) {
    FoundProgram found = TRY(find_program(*process.first_view, process.credentials(),
                                          config.arguments.front(), config.environment));
    LoadedProgram program = TRY(load_program(*process.first_view, process.credentials(), found.file,
                                             found.path, config.arguments, config.environment));
    return start_process(process, std::move(program));
}

Cpu& cpu_of_thread(u32 number) {
    static constinit std::array<Cpu, abi::kMaxThreads> cpus;
    Cpu& cpu = cpus.at(number);
    cpu.number = number;
    return cpu;
}

void run_first_process(const abi::BootConfig& config, const Ref<FsContext>& fs) {
    auto process = create_process(nullptr, fs, make_ref<FdTable>(), initial_credentials(config));
    if (!process) refuse(kStatusBroken, "first process", "no memory");
    auto files = open_session_files(**process, make_ref<ConsoleSession>(0u), libos_options().terminal);
    if (!files) refuse(kStatusBroken, "-t", "no terminal");
    (*process)->first_files = *files;
    if (auto started = run_first_program(config, **process); !started)
        refuse_program(config.arguments.front(), started.error());
    if (libos_options().debugger && !gdb::start_stub(**process)) refuse(kStatusBroken, "--gdb", "no memory");
}

/// What `occlum exec` may run, and with which environment.
Result<void> admit_command(abi::BootConfig& run) {
    const abi::MeasuredConfig& measured = measured_config();
    if (!abi::may_start(measured, run.arguments.front())) return err(Errno::Eperm);
    run.environment = abi::admitted_environment(measured, run.environment);
    return {};
}

[[noreturn]] void refuse_configuration() {
    const auto host = enclave::host_boot_config();
    if (host && !host->arguments.empty() && !abi::may_start(measured_config(), host->arguments.front()))
        refuse_program(host->arguments.front(), Errno::Eperm);
    refuse(kStatusNotExecutable, "boot configuration", "not what this enclave allows");
}

void boot() {
    const auto config = boot_configuration();
    if (!config && config.error() == Errno::Eperm) refuse_configuration();
    if (!config) refuse(kStatusBroken, "boot configuration", "malformed");
    apply_options(*config);
    // Whoever relies on a measurement relies on nobody's looking on.
    const bool measured = measured_config().closed || !measured_config().images.empty();
    if (libos_options().debugger && measured) refuse(kStatusBroken, "--gdb", "not in a measured enclave");
    if (libos_options().profile && measured) refuse(kStatusBroken, "--profile", "not in a measured enclave");
    if (config->arguments.empty() && !libos_options().serve) refuse(kStatusNotFound, "program", "none given");
    if (!init_code_cache(libos_options().code_cache)) refuse(kStatusBroken, "code cache", "no memory");
    if (libos_options().stats) code_cache().observe(enclave::monotonic_ns, nullptr);
    if (libos_options().profile) profile::start();
    set_end_handler(end_of_first_process);
    const Ref<FsContext> fs = mount_all(*config);
    if (libos_options().serve) {
        if (!start_command_server(fs, initial_credentials(*config), admit_command))
            refuse(kStatusBroken, "first process", "no memory");
        return;
    }
    first_view() = fs->clone();
    run_first_process(*config, fs);
}

}  // namespace
}  // namespace occlum::kernel

namespace occlum::enclave {

void libos_main() {
    kernel::attach_cpu(kernel::cpu_of_thread(0));
    kernel::kernel_lock.acquire();
    kernel::boot();
    kernel::kernel_lock.release();
    kernel::run_cpu();
}

void libos_vcpu_main(u32 vcpu) {
    kernel::attach_cpu(kernel::cpu_of_thread(vcpu));
    kernel::run_cpu();
}

}  // namespace occlum::enclave

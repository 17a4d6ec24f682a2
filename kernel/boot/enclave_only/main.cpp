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
#include "kernel/fs/secure/secure_file_system.h"
#include "kernel/sched/host_poll.h"
#include "kernel/sched/scheduler.h"
#include "kernel/syscall/trace.h"
#include "kernel/task/lifecycle.h"
#include "kernel/tty/console.h"
#include "kernel/tty/host_terminal.h"

namespace occlum::kernel {

namespace {

// Exit statuses of `occlum run`, as shells have them.
constexpr u32 kNotExecutable = 126, kNotFound = 127, kBroken = 125, kSignalled = 128;

[[noreturn]] void refuse(u32 status, std::string_view subject, std::string_view why) {
    std::string line = "occlum: ";
    line += subject;
    line += ": ";
    line += why;
    line += '\n';
    enclave::host_log(line);
    enclave::host_exit(status);
}

std::string_view describe(Errno code) {
    switch (code) {
        case Errno::Enoent:
            return "not found";
        case Errno::Enotdir:
            return "not found: a component of the path is not a directory";
        case Errno::Eacces:
            return "permission denied";
        case Errno::Enoexec:
            return "not an x86-64 program or a script";
        case Errno::Eisdir:
            return "is a directory";
        case Errno::Eloop:
            return "too many levels of symbolic links or interpreters";
        case Errno::E2big:
            return "arguments and environment are too long";
        case Errno::Enomem:
            return "not enough memory";
        case Errno::Einval:
            return "malformed program";
        case Errno::Eio:
            return "cannot be read";
        default:
            return "cannot be executed";
    }
}

[[noreturn]] void refuse_program(const std::string& name, Errno code) {
    const bool absent = code == Errno::Enoent || code == Errno::Enotdir;
    refuse(absent ? kNotFound : kNotExecutable, name, describe(code));
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
        if (name == "tty") options.terminal = value != "0";
        if (name == "strict-wx") options.strict_wx = value != "0";
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
        MountRequest request{index++,     mount.guest_path,           mount.read_only, mount.overlay_root,
                             mount.store, initial_credentials(config)};
        if (const auto& image = mount.image)
            request.image = ImageRequest{request.host_mount, image->file,
                                         measured_config().images.at(image->index), image->key};
        requests.push_back(std::move(request));
    }
    auto fs = mount_initial(requests, config.directory);
    if (!fs && fs.error() == Errno::Eio)
        refuse(kBroken, "file systems", "the host's files are not what they should be");
    if (!fs)
        refuse(kBroken, config.directory,
               "the file systems cannot be mounted, or there is no such directory");
    return *fs;
}

Ref<FdTable> open_standard_files() {
    auto files = make_ref<FdTable>();
    for (u32 fd = 0; fd < 3; ++fd)
        if (auto console = open_console(fd)) (void)files->replace(static_cast<int>(fd), *console, false);
    return files;
}

// `-t`: the standard files that are the caller's terminal become one of ours.
Result<void> use_terminal(Process& process) {
    TRY(attach_host_terminal(process));
    for (u32 fd = 0; fd < kConsoleCount; ++fd) {
        if (!host_has_terminal(fd)) continue;
        Ref<OpenFile> file = TRY(open_path(process.fs_context(), process.credentials, "/dev/pts/0",
                                           kOpenReadWrite | kOpenNoTty, 0));
        TRY(process.fd_table().replace(static_cast<int>(fd), file, false));
    }
    return {};
}

void end_of_first_process(ExitReason reason) {
    sync_secure_file_systems();
    if (libos_options().stats) enclave::host_report(statistics_report());
    enclave::host_exit(reason.code == kCldExited ? reason.status & 0xff : kSignalled + reason.status);
}

Result<void> run_first_program(const abi::BootConfig& config, Process& process) {
    FoundProgram found = TRY(find_program(process.fs_context(), process.credentials, config.arguments.front(),
                                          config.environment));
    LoadedProgram program = TRY(load_program(process.fs_context(), process.credentials, found.file,
                                             found.path, config.arguments, config.environment));
    return start_initial_process(process, std::move(program));
}

Cpu& cpu_of_thread(u32 number) {
    static constinit std::array<Cpu, abi::kMaxThreads> cpus;
    Cpu& cpu = cpus.at(number);
    cpu.number = number;
    return cpu;
}

void boot() {
    const auto config = boot_configuration();
    if (!config && config.error() == Errno::Eperm)
        refuse(kNotExecutable, "boot configuration", "not what this enclave allows");
    if (!config) refuse(kBroken, "boot configuration", "malformed");
    if (config->arguments.empty()) refuse(kNotFound, "program", "none given");
    apply_options(*config);
    if (!init_code_cache(libos_options().code_cache)) refuse(kBroken, "code cache", "no memory");
    auto process =
        create_initial_process(mount_all(*config), open_standard_files(), initial_credentials(*config));
    if (!process) refuse(kBroken, "first process", "no memory");
    set_end_handler(end_of_first_process);
    if (libos_options().terminal && !use_terminal(**process)) refuse(kBroken, "-t", "no terminal");
    if (auto started = run_first_program(*config, **process); !started)
        refuse_program(config->arguments.front(), started.error());
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

#include "cli/launch.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "abi/thread_layout.h"
#include "cli/profile.h"
#include "cli/verbs.h"
#include "host/runner.h"
#include "host/terminal.h"
#include "image/launch.h"
#include "image/symbols.h"

namespace occlum::cli {

namespace {

using Clock = std::chrono::steady_clock;

/// For as long as this process lives. Two enclaves that write to one image would spoil it for both.
void lock_store(const std::string& verb, const std::string& directory, const abi::BootStore& store) {
    const std::string path = directory + "/" + store.file;
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (store.create ? O_CREAT : 0), 0600);
    if (fd < 0) fail(verb, path + ": " + std::strerror(errno));
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0)
        fail(verb, path + ": in use by another enclave: stop that first");
}

void mount(host::Services& services, const std::string& verb, const std::string& directory, bool read_only) {
    const auto added = services.files().add_mount(directory, read_only);
    if (!added) fail(verb, directory + ": " + std::strerror(static_cast<int>(added.error())));
}

double milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

void print_statistics(const host::Crossings& crossings, Clock::time_point start, Clock::time_point built) {
    const auto now = Clock::now();
    std::fprintf(stderr,
                 "host: enclave built in %.1f ms, ran %.1f ms; entries %llu, exits %llu, exceptions %llu, "
                 "interrupts %llu, resumptions %llu\n",
                 milliseconds(built - start), milliseconds(now - built),
                 static_cast<unsigned long long>(crossings.enters),
                 static_cast<unsigned long long>(crossings.exits),
                 static_cast<unsigned long long>(crossings.exceptions),
                 static_cast<unsigned long long>(crossings.interrupts),
                 static_cast<unsigned long long>(crossings.resumes));
}

void mount_all(host::Services& services, const LaunchPlan& plan) {
    for (size_t i = 0; i < plan.mounts.size(); ++i) {
        const auto& store = plan.boot.mounts.at(i).store;
        if (store) lock_store(plan.verb, plan.mounts[i].directory, *store);
        mount(services, plan.verb, plan.mounts[i].none ? "/" : plan.mounts[i].directory,
              plan.mounts[i].read_only || plan.mounts[i].none);
    }
}

/// With the instance's signature, the one that an earlier run has left, or a fresh one.
std::expected<std::unique_ptr<host::EnclaveBackend>, std::string> build(const image::EnclaveImage& image,
                                                                        const std::string& path,
                                                                        const LaunchPlan& plan) {
    const host::ModelOptions options{plan.crossing_cycles};
    if (plan.signature) return image::build_enclave(image, *plan.signature, options);
    const bool plain = plan.measured.empty();
    if (const auto kept = plain ? image::kept_signature(path, plan.threads) : std::nullopt)
        if (auto built = image::build_enclave(image, *kept, options)) return built;
    const auto signature = image.sign(image::signing_key(path));
    auto built = image::build_enclave(image, signature, options);
    if (built && plain) image::keep_signature(path, plan.threads, signature);
    return built;
}

}  // namespace

/// Bytes, when the caller names none: what the host says it can give, less an eighth for itself.
u64 memory_of_host() {
    std::ifstream file("/proc/meminfo");
    std::string word;
    u64 kilobytes = 0;
    while (file >> word)
        if (word == "MemAvailable:" && file >> kilobytes) break;
    return std::max(kilobytes * 1024 / 8 * 7, kLeastMemory);
}

/// As many as this process may use.
u32 host_cpus() {
    cpu_set_t usable;
    CPU_ZERO(&usable);
    const int count = sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 1;
    return std::clamp<u32>(static_cast<u32>(count), 1, abi::kMaxThreads);
}

void launch(LaunchPlan plan) {
    const auto start = Clock::now();
    // A closed pipe is the program's business: its write gets EPIPE.
    ::signal(SIGPIPE, SIG_IGN);
    if (plan.terminal && (isatty(0) == 0 || !host::RawTerminal::enter()))
        fail(plan.verb, "-t: standard input is not a terminal");
    std::atexit(host::RawTerminal::restore);

    const std::string path = plan.libos.empty() ? libos_path() : plan.libos;
    auto image = image::EnclaveImage::read(path, plan.threads, plan.measured);
    if (!image) fail(plan.verb, image.error());
    auto built = build(*image, path, plan);
    if (!built) fail(plan.verb, built.error());
    host::EnclaveBackend& enclave = **built;
    const auto ready = Clock::now();

    const host::Services* running = nullptr;
    host::ServiceOptions services_options;
    services_options.print_report = plan.stats;
    services_options.explain = [&](const std::string& text) {
        return image::with_symbols(image->file(), text);
    };
    services_options.on_ready = plan.on_ready;
    services_options.on_finish = [&](int status) {
        host::RawTerminal::restore();
        if (plan.on_finish) plan.on_finish();
        if (plan.profile_fd >= 0) write_profile(plan.profile_fd, running->profile(), image->file());
        if (plan.stats) print_statistics(enclave.crossings(), start, ready);
        std::fflush(nullptr);
        _exit(status);  // other vCPUs may still be inside
    };
    host::Services services(enclave, abi::encode_boot_config(plan.boot), std::move(services_options),
                            plan.cpus);
    running = &services;
    if (plan.terminal) host::RawTerminal::follow([&] { services.window_changed(); });
    mount_all(services, plan);
    if (plan.on_start) plan.on_start(services);
    const auto& threads = image->tcs_offsets();
    _exit(host::run_enclave(enclave, services, std::span(threads).first(plan.cpus)));
}

}  // namespace occlum::cli

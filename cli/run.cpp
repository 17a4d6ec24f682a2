// occlum run: one program, as the first process of a fresh enclave.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <memory>

#include "abi/thread_layout.h"
#include "cli/debugger.h"
#include "cli/instance.h"
#include "cli/keys.h"
#include "cli/launch.h"
#include "cli/profile.h"
#include "cli/verbs.h"
#include "image/root_image.h"

namespace occlum::cli {

namespace {

struct Volume {
    std::string host, guest;
    bool read_only = false;
};

/// A secure file system in a file of the host.
struct Store {
    std::string directory, guest;
    abi::BootStore boot;
};

struct RunOptions {
    std::string rootfs;
    std::string image, image_key;
    std::vector<std::string> volumes;
    std::vector<std::string> stores;
    std::string store_key;
    std::vector<std::string> environment;
    std::string directory;  ///< empty: /, or what a container image says
    u32 cpus = host_cpus();
    u64 memory = memory_of_host();  ///< bytes
    bool trace = false;
    bool stats = false;
    std::string profile;  ///< the report's file; "-": standard error; empty: none is wanted
    std::optional<u16> gdb_port;
    bool strict_wx = false;
    bool interactive = false;
    bool terminal = false;
    u32 code_cache = 1024;
    u64 crossing_cycles = 0;
    std::vector<std::string> command;
};

Volume parse_volume(const std::string& text) {
    const size_t first = text.find(':');
    if (first == std::string::npos || first == 0) fail("run", "-v " + text + ": want HOST:GUEST[:ro]");
    Volume volume{text.substr(0, first), text.substr(first + 1), false};
    const size_t second = volume.guest.find(':');
    if (second != std::string::npos) {
        if (volume.guest.substr(second) != ":ro") fail("run", "-v " + text + ": want HOST:GUEST[:ro]");
        volume.read_only = true;
        volume.guest.resize(second);
    }
    if (volume.guest.empty() || volume.guest[0] != '/')
        fail("run", "-v " + text + ": the guest path must be absolute");
    return volume;
}

Store parse_store(const std::string& text) {
    const auto want = [&]() { fail("run", "--store " + text + ": want FILE[:GUEST[:create][:counter]]"); };
    std::vector<std::string> parts{""};
    for (char letter : text) {
        if (letter == ':')
            parts.emplace_back();
        else
            parts.back() += letter;
    }
    Store store{.directory = "./", .guest = parts.size() > 1 ? parts[1] : "/data", .boot = {}};
    for (size_t i = 2; i < parts.size(); ++i) {
        if (parts[i] == "create")
            store.boot.create = true;
        else if (parts[i] == "counter")
            store.boot.counter = true;
        else
            want();
    }
    const size_t slash = parts[0].rfind('/');
    store.boot.file = slash == std::string::npos ? parts[0] : parts[0].substr(slash + 1);
    if (slash != std::string::npos) store.directory = parts[0].substr(0, slash + 1);
    if (store.boot.file.empty() || store.guest.empty() || store.guest[0] != '/') want();
    return store;
}

std::vector<Store> parse_stores(const RunOptions& options) {
    std::vector<Store> stores;
    for (const auto& text : options.stores) stores.push_back(parse_store(text));
    if (!options.store_key.empty())
        for (Store& store : stores) store.boot.key = read_key("run", options.store_key);
    return stores;
}

/// What a container gets: little, and nothing of the caller's but TERM.
std::vector<std::string> environment_of(const RunOptions& options) {
    std::vector<std::string> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                         "HOME=/root", "HOSTNAME=occlum"};
    if (const char* term = std::getenv("TERM"); term != nullptr)
        environment.push_back(std::string("TERM=") + term);
    for (const auto& setting : options.environment) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) fail("run", "-e " + setting + ": want KEY=VALUE");
        const std::string prefix = setting.substr(0, equals + 1);
        std::erase_if(environment, [&](const std::string& old) { return old.starts_with(prefix); });
        environment.push_back(setting);
    }
    return environment;
}

std::string folder_of(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}
std::string file_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

abi::BootConfig boot_config(const RunOptions& options, const std::vector<Volume>& volumes,
                            const std::vector<Store>& stores) {
    abi::BootConfig config;
    config.arguments = options.command;
    config.environment = environment_of(options);
    config.directory = options.directory.empty() ? "/" : options.directory;
    config.mounts.push_back({.guest_path = "/", .read_only = true, .overlay_root = true});
    if (!options.image.empty()) {
        abi::BootImage image{.file = file_of(options.image)};
        if (!options.image_key.empty()) image.key = read_key("run", options.image_key);
        config.mounts[0].image = image;
    }
    for (const auto& volume : volumes)
        config.mounts.push_back({.guest_path = volume.guest, .read_only = volume.read_only});
    for (const auto& store : stores)
        config.mounts.push_back({.guest_path = store.guest, .store = store.boot});
    config.options = {{"trace", options.trace ? "1" : "0"},
                      {"stats", options.stats ? "1" : "0"},
                      {"profile", options.profile.empty() ? "0" : "1"},
                      {"strict-wx", options.strict_wx ? "1" : "0"},
                      {"tty", options.terminal ? "1" : "0"},
                      {"cpus", std::to_string(options.cpus)},
                      {"memory", std::to_string(options.memory)},
                      {"code-cache", std::to_string(options.code_cache)},
                      {"hostname", "occlum"}};
    config.uid = getuid();
    config.gid = getgid();
    return config;
}

/// The root image is what MRENCLAVE says; all else is the caller's choice.
std::vector<u8> measured_config(const RunOptions& options) {
    if (options.image.empty()) return {};
    const auto facts = image::read_root_image(options.image);
    if (!facts) fail("run", facts.error());
    abi::MeasuredConfig measured;
    measured.images.push_back(facts->measured);
    return abi::encode_measured_config(measured);
}

/// What a container image's maker wants to be run.
std::vector<std::string> built_command() {
    const std::string path = instance_directory("run") + "/" + kBuildFolder + "/" + std::string(kCommandFile);
    if (access(path.c_str(), R_OK) != 0) fail("run", "no program given");
    const std::string text = read_file("run", path);
    std::vector<std::string> arguments;
    for (size_t at = 0; at < text.size(); at = text.find('\0', at) + 1)
        arguments.emplace_back(text.substr(at, text.find('\0', at) - at));
    return arguments;
}

/// Of the instance in the current directory.
[[noreturn]] void run_instance(const RunOptions& options) {
    if (options.gdb_port) fail("run", "--gdb: not in an instance, whose enclave is measured");
    if (!options.profile.empty()) fail("run", "--profile: not in an instance, whose enclave is measured");
    if (!options.volumes.empty() || !options.stores.empty())
        fail("run", "in an instance, Occlum.json says what is mounted (or give --rootfs)");
    LaunchPlan plan = instance_plan("run", instance_directory("run"),
                                    {.image_key = options.image_key,
                                     .cpus = options.cpus,
                                     .environment = options.environment,
                                     .directory = options.directory,
                                     .trace = options.trace,
                                     .stats = options.stats,
                                     .terminal = options.terminal});
    plan.boot.arguments = options.command.empty() ? built_command() : options.command;
    plan.crossing_cycles = options.crossing_cycles;
    launch(std::move(plan));
}

[[noreturn]] void run(const RunOptions& options) {
    const bool in_built = options.rootfs.empty() && options.image.empty() && in_instance();
    if (options.command.empty() && !in_built) fail("run", "no program given");
    if (!options.rootfs.empty() && !options.image.empty()) fail("run", "give --rootfs or --image, not both");
    if (in_built) run_instance(options);
    if (!options.profile.empty() && !options.image.empty())
        fail("run", "--profile: not with --image, whose enclave is measured");
    std::vector<Volume> volumes;
    for (const auto& text : options.volumes) volumes.push_back(parse_volume(text));
    const std::vector<Store> stores = parse_stores(options);
    std::string root = options.rootfs.empty() ? "/" : options.rootfs;
    if (!options.image.empty()) root = folder_of(options.image);
    LaunchPlan plan{.boot = boot_config(options, volumes, stores), .mounts = {{root, true}}};
    plan.measured = measured_config(options);
    if (options.gdb_port) await_debugger(plan, *options.gdb_port);
    for (const auto& volume : volumes) plan.mounts.push_back({volume.host, volume.read_only});
    for (const auto& store : stores) plan.mounts.push_back({store.directory});
    plan.threads = plan.cpus = options.cpus;
    plan.crossing_cycles = options.crossing_cycles;
    plan.stats = options.stats;
    plan.profile_fd = open_profile(options.profile);
    plan.terminal = options.terminal;
    launch(std::move(plan));
}

}  // namespace

void add_run(CLI::App& app, std::span<char* const> tail) {
    const auto options = std::make_shared<RunOptions>();
    CLI::App* verb = app.add_subcommand("run", "Run a program in a fresh enclave");
    verb->footer(
        "Usage: occlum run [OPTIONS] [--] PROGRAM [ARG...]\n"
        "In an instance's directory: of what `occlum build` made. Elsewhere: of a root file system of the "
        "host.\n"
        "The program sees the root file system read-only, with a writable layer in memory on top.\n"
        "Example:\n  occlum run -v /srv/data:/data:ro -e LANG=C -- /bin/busybox sh -c 'ls /data | wc -l'");
    verb->prefix_command();
    verb->add_option("--rootfs", options->rootfs, "Directory that becomes /; by default the host's own");
    verb->add_option("--image", options->image,
                     "Image that becomes / (occlum image build), verified, part of MRENCLAVE");
    verb->add_option("--image-key", options->image_key,
                     "File with the key of the image, or of the instance's: 64 hexadecimal digits");
    verb->add_option("-v,--volume", options->volumes, "Host directory at a guest path: HOST:GUEST[:ro]")
        ->allow_extra_args(false);
    verb->add_option(
            "--store", options->stores,
            "Encrypted file system in a host file: FILE[:GUEST[:create][:counter]]; at /, it keeps what is "
            "changed of the root")
        ->allow_extra_args(false);
    verb->add_option("--store-key", options->store_key,
                     "File with the stores' key, 64 hexadecimal digits (else: the enclave's sealing key)");
    verb->add_option("-e,--env", options->environment, "Environment variable: KEY=VALUE")
        ->allow_extra_args(false);
    verb->add_option("-w,--workdir", options->directory, "Working directory; by default /");
    verb->add_flag("-i,--interactive", options->interactive,
                   "Standard input is the program's (always so; for the sake of habit)");
    verb->add_flag("-t,--tty", options->terminal,
                   "The caller's terminal becomes one of the enclave, with job control");
    verb->add_option("--cpus", options->cpus, "Virtual CPUs; by default as many as the host has")
        ->check(CLI::Range(1u, abi::kMaxThreads))
        ->capture_default_str();
    verb->add_option(
            "--memory", options->memory,
            "Most memory that the programs may fill, such as 512M or 4G; otherwise most of what the host "
            "has free")
        ->transform(CLI::AsSizeValue(false))
        ->check([](const std::string& bytes) {
            const u64 size = std::stoull(bytes);
            return size < kLeastMemory || size > kMostMemory ? std::string("want 32M to 16T") : std::string();
        });
    verb->add_flag("--trace", options->trace, "Print each system call");
    verb->add_option("--gdb", options->gdb_port,
                     "Wait for a gdb at 127.0.0.1:PORT (0: a free one), which then sees all of the "
                     "programs' memory; not with --image");
    verb->add_flag("--stats", options->stats, "Print a table of figures at the end");
    verb->add_flag(
        "--profile{-}", options->profile,
        "At the end, say where the time went: functions of the programs, translator, system calls, "
        "host. To standard error, or --profile=FILE. Names and addresses of the programs' functions "
        "leave the enclave; not with --image");
    verb->add_flag("--strict-wx", options->strict_wx,
                   "What was ever writable is never executable: refuses JIT compilers");
    verb->add_option("--code-cache", options->code_cache, "Room for translated code in MiB")
        ->check(CLI::Range(1u, 1024u))
        ->capture_default_str();
    verb->add_option("--crossing-cycles", options->crossing_cycles,
                     "Charge each crossing of the enclave's boundary this many cycles");
    verb->callback([verb, options, tail] {
        options->command = verb->remaining();
        // "--" is ours when it stands before the program, else the program's own argument.
        const size_t skip = options->command.empty() && !tail.empty() ? 1 : 0;
        for (const char* argument : tail.subspan(skip)) options->command.emplace_back(argument);
        run(*options);
    });
}

}  // namespace occlum::cli

#include "cli/instance.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/keys.h"
#include "cli/verbs.h"
#include "host/services/sessions.h"
#include "image/instance/measured.h"

namespace occlum::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* kBuildHint = " (run `occlum build` first)";

std::span<const u8> as_bytes(const std::string& text) {
    return {reinterpret_cast<const u8*>(text.data()), text.size()};
}

/// The host's part of a measured configuration's mounts.
void add_mounts(LaunchPlan& plan, const std::string& directory, const image::InstanceConfig& config,
                const InstanceOptions& options) {
    for (size_t i = 0; i < plan.boot.mounts.size(); ++i) {
        abi::BootMount& mount = plan.boot.mounts[i];
        if (mount.image && !options.image_key.empty())
            mount.image->key = read_key(plan.verb, options.image_key);
        HostMount host{.directory = directory, .read_only = mount.read_only, .none = mount.memory};
        const auto& source = config.mounts.at(i).source;
        if (!source.empty()) host.directory = (fs::path(directory) / source).string();
        plan.mounts.push_back(host);
    }
}

}  // namespace

bool in_instance() { return access(kConfigFile, F_OK) == 0; }

std::string instance_directory(const std::string& verb) {
    const std::string here = fs::current_path().string();
    if (!in_instance())
        fail(verb,
             here +
                 " is no instance: it has no Occlum.json (make one with `occlum new DIR` or `occlum init`)");
    return here;
}

std::string read_file(const std::string& verb, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) fail(verb, path + ": " + std::strerror(errno));
    return text.str();
}

void write_file(const std::string& verb, const std::string& path, std::span<const u8> bytes, bool secret) {
    const host::OwnedFd file(
        open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, secret ? 0600 : 0644));
    while (file.good() && !bytes.empty()) {
        const ssize_t put = write(file.get(), bytes.data(), bytes.size());
        if (put <= 0) break;
        bytes = bytes.subspan(static_cast<size_t>(put));
    }
    if (!file.good() || !bytes.empty() || fsync(file.get()) < 0)
        fail(verb, path + ": " + std::strerror(errno));
}

image::InstanceConfig read_config(const std::string& verb, const std::string& directory) {
    const std::string path = directory + "/" + kConfigFile;
    auto config = image::parse_occlum_json(read_file(verb, path), kConfigFile);
    if (!config) fail(verb, config.error());
    return std::move(*config);
}

sgx::SigStruct read_signature(const std::string& verb, const std::string& directory) {
    const std::string path = directory + "/" + kBuildFolder + "/" + kSignatureFile;
    if (access(path.c_str(), R_OK) != 0) fail(verb, path + " is missing" + kBuildHint);
    const std::string bytes = read_file(verb, path);
    sgx::SigStruct signature{};
    if (bytes.size() != sizeof signature) fail(verb, path + " is damaged" + kBuildHint);
    std::memcpy(&signature, bytes.data(), sizeof signature);
    return signature;
}

std::vector<std::string> caller_environment(const std::string& verb,
                                            const std::vector<std::string>& settings) {
    std::vector<std::string> all;
    for (char** variable = environ; *variable != nullptr; ++variable) all.emplace_back(*variable);
    for (const auto& setting : settings) {
        const size_t equals = setting.find('=');
        if (equals == std::string::npos || equals == 0) fail(verb, "-e " + setting + ": want KEY=VALUE");
        const std::string prefix = setting.substr(0, equals + 1);
        std::erase_if(all, [&](const std::string& old) { return old.starts_with(prefix); });
        all.push_back(setting);
    }
    return all;
}

LaunchPlan instance_plan(const std::string& verb, const std::string& directory,
                         const InstanceOptions& options) {
    const std::string build = directory + "/" + kBuildFolder + "/";
    LaunchPlan plan{.verb = verb, .boot = {}, .mounts = {}};
    plan.signature = read_signature(verb, directory);
    // What was built counts, not what Occlum.json says by now.
    auto config = image::parse_occlum_json(read_file(verb, build + kConfigFile), build + kConfigFile);
    if (!config) fail(verb, config.error());
    const std::string measured_bytes = read_file(verb, build + kMeasuredFile);
    plan.measured.assign(as_bytes(measured_bytes).begin(), as_bytes(measured_bytes).end());
    auto measured = abi::decode_measured_config(plan.measured);
    if (!measured || measured->fixed.mounts.size() != config->mounts.size())
        fail(verb, build + kMeasuredFile + " is damaged" + kBuildHint);

    plan.libos = build + kLibosFile;
    plan.threads = kInstanceThreads;
    plan.cpus = std::min(options.cpus.value_or(host_cpus()), kInstanceThreads);
    plan.stats = options.stats;
    plan.terminal = options.terminal;
    plan.boot.mounts = std::move(measured->fixed.mounts);
    add_mounts(plan, directory, *config, options);
    // Only names that the enclave lets in are worth sending.
    for (const std::string& setting : caller_environment(verb, options.environment))
        if (std::ranges::contains(measured->host_environment, setting.substr(0, setting.find('='))))
            plan.boot.environment.push_back(setting);
    plan.boot.directory = options.directory;
    plan.boot.options = {{"tty", options.terminal ? "1" : "0"},
                         {"cpus", std::to_string(plan.cpus)},
                         {"memory", std::to_string(memory_of_host())},
                         {"trace", options.trace ? "1" : "0"},
                         {"stats", options.stats ? "1" : "0"}};
    fs::create_directories(directory + "/" + kRunFolder);
    return plan;
}

}  // namespace occlum::cli

// An instance: a directory with Occlum.json, image/ (what becomes the root), build/ (what `occlum build` made
// of both) and run/ (what running leaves behind).
#pragma once

#include <optional>
#include <string>

#include "cli/launch.h"
#include "image/instance/occlum_json.h"

namespace occlum::cli {

inline constexpr const char* kConfigFile = "Occlum.json";
inline constexpr const char* kImageFolder = "image";
inline constexpr const char* kBuildFolder = "build";
inline constexpr const char* kRunFolder = "run";
inline constexpr const char* kSocket = "control.sock";
/// Below build/.
inline constexpr const char* kLibosFile = "libos.elf";
inline constexpr const char* kMeasuredFile = "enclave.config";
inline constexpr const char* kSignatureFile = "enclave.sig";
/// Of a container image's maker, where there is one: arguments, each with a NUL behind it.
inline constexpr const char* kCommandFile = "command";
/// Threads of an instance's enclave: measured, so the same on every machine. `--cpus` uses some of them.
inline constexpr u32 kInstanceThreads = 16;

/// Is the current directory one?
bool in_instance();
/// The current directory. Fails when it is no instance.
std::string instance_directory(const std::string& verb);
/// Reads and checks its Occlum.json. Fails with the line and the key.
image::InstanceConfig read_config(const std::string& verb, const std::string& directory);

/// Fails with what to do when the file cannot be read or written.
std::string read_file(const std::string& verb, const std::string& path);
void write_file(const std::string& verb, const std::string& path, std::span<const u8> bytes,
                bool secret = false);

struct InstanceOptions {
    std::string image_key;  ///< path; empty: none
    std::optional<u32> cpus;
    std::vector<std::string> environment;
    std::string directory;
    bool trace = false, stats = false, terminal = false;
};
/// An enclave of what was built, without a program yet.
LaunchPlan instance_plan(const std::string& verb, const std::string& directory,
                         const InstanceOptions& options);
/// What of the caller's environment (and of `settings`) the instance may see.
std::vector<std::string> caller_environment(const std::string& verb,
                                            const std::vector<std::string>& settings);
sgx::SigStruct read_signature(const std::string& verb, const std::string& directory);

}  // namespace occlum::cli

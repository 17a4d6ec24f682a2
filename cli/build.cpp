// occlum build: Occlum.json and image/ become build/: the image of the root, the measured configuration, the
// LibOS and the signature over all. Everything is made beside, so that an interrupted build leaves the last
// one as it was.
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/image_progress.h"
#include "cli/instance.h"
#include "cli/keys.h"
#include "cli/verbs.h"
#include "image/instance/measured.h"
#include "image/launch.h"
#include "image/root_image.h"
#include "image/sources/source.h"

namespace occlum::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
    std::string sign_key, image_key, from;
    std::vector<std::string> include_directories;
    bool quiet = false, force = false, pretranslate = false;
};

constexpr const char* kFreshFolder = "build.new";

void put_number(std::span<u8> to, u64 value) { std::memcpy(to.data(), &value, sizeof value); }

image::SignedIdentity identity_of(const image::InstanceMetadata& metadata) {
    image::SignedIdentity identity{metadata.product_id, metadata.version_number, {}, {}};
    put_number(std::span(identity.family_id).first<8>(), metadata.family_id_low);
    put_number(std::span(identity.family_id).last<8>(), metadata.family_id_high);
    put_number(std::span(identity.extended_product_id).first<8>(), metadata.ext_prod_id_low);
    put_number(std::span(identity.extended_product_id).last<8>(), metadata.ext_prod_id_high);
    return identity;
}

image::Source source_of(const std::string& directory, const Options& options) {
    const std::string folder = directory + "/" + kImageFolder;
    const bool there = fs::is_directory(folder);
    if (!options.from.empty())
        return {.path = options.from,
                .base = there ? std::vector{folder} : std::vector<std::string>(),
                .bom = {.include_directories = options.include_directories}};
    if (!there)
        fail("build", folder + " is missing: it is what becomes the root of the programs' file system");
    return {.path = folder};
}

image::ImageFacts pack(const std::string& directory, const std::string& fresh, const Options& options,
                       image::ImageDefaults& defaults) {
    const auto tree = image::read_source(source_of(directory, options), &defaults);
    if (!tree) fail("build", tree.error());
    image::ImageOptions how;
    if (!options.image_key.empty()) how.key = read_key("build", options.image_key);
    const bool progress = !options.quiet && isatty(2) != 0;
    if (progress) how.progress = show_image_progress;
    how.pretranslate = options.pretranslate;
    const auto name = fs::path(image::kRootImageFile).filename();
    const auto facts = image::build_root_image(**tree, (fs::path(fresh) / name).string(), how);
    if (progress) std::fputs("\r\033[K", stderr);
    if (!facts) fail("build", facts.error());
    return *facts;
}

host::SigningKey key_of(const Options& options) {
    if (options.sign_key.empty()) return image::signing_key(libos_path());
    auto key = host::SigningKey::load(options.sign_key);
    if (!key)
        fail("build",
             options.sign_key +
                 ": no RSA-3072 key with exponent 3 in PEM (make one with `openssl genrsa -3 3072`)");
    return std::move(*key);
}

template <typename T>
std::span<const u8> bytes_of(const T& value) {
    return {reinterpret_cast<const u8*>(&value), sizeof value};
}

void sign(const std::string& fresh, const image::InstanceConfig& config, std::span<const u8> measured,
          const Options& options) {
    const std::string libos = fresh + "/" + kLibosFile;
    std::error_code error;
    fs::copy_file(libos_path(), libos, error);
    if (error) fail("build", libos + ": " + error.message());
    const auto enclave = image::EnclaveImage::read(libos, kInstanceThreads, measured);
    if (!enclave) fail("build", enclave.error());
    const auto signature = enclave->sign(key_of(options), identity_of(config.metadata));
    write_file("build", fresh + "/" + kSignatureFile, bytes_of(signature));
}

/// What a container image says of how its program is started. Occlum.json's variables win.
void add_defaults(const std::string& fresh, const image::ImageDefaults& defaults,
                  image::InstanceConfig& config) {
    for (const std::string& setting : defaults.environment) {
        const std::string name = setting.substr(0, setting.find('=') + 1);
        const bool set = std::ranges::any_of(config.default_environment, [&](const std::string& old) {
            return !name.empty() && old.starts_with(name);
        });
        if (!set && !name.empty()) config.default_environment.push_back(setting);
    }
    config.directory = defaults.directory;
    std::string command;
    for (const std::string& argument : defaults.command) (command += argument) += '\0';
    if (command.empty()) return;
    write_file("build", fresh + "/" + kCommandFile,
               {reinterpret_cast<const u8*>(command.data()), command.size()});
    if (defaults.command.front().starts_with('/')) config.entry_points.push_back(defaults.command.front());
}

/// In one step: whoever looks sees the old build or the new one.
void replace_build(const std::string& directory, const std::string& fresh) {
    const std::string current = directory + "/" + kBuildFolder;
    const bool exists = fs::exists(current);
    const int done = exists ? renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, current.c_str(), RENAME_EXCHANGE)
                            : rename(fresh.c_str(), current.c_str());
    if (done < 0) fail("build", current + ": " + std::strerror(errno));
    if (exists) fs::remove_all(fresh);
}

/// One build at a time.
void lock(const std::string& directory) {
    const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        fail("build", "another build of this instance is going on");
}

void build(const Options& options) {
    const std::string directory = instance_directory("build");
    image::InstanceConfig config = read_config("build", directory);
    lock(directory);
    const std::string fresh = directory + "/" + kFreshFolder;
    fs::remove_all(fresh);
    std::error_code error;
    fs::create_directory(fresh, error);
    if (error) fail("build", fresh + ": " + error.message());
    fs::copy_file(directory + "/" + kConfigFile, fresh + "/" + kConfigFile, error);
    if (error) fail("build", fresh + ": " + error.message());
    image::ImageDefaults defaults;
    const image::ImageFacts facts = pack(directory, fresh, options, defaults);
    add_defaults(fresh, defaults, config);
    const auto measured = abi::encode_measured_config(image::measured_config(config, facts.measured));
    if (measured.size() > abi::kMaxMeasuredConfig)
        fail("build", "Occlum.json says more than fits into an enclave");
    write_file("build", fresh + "/" + kMeasuredFile, measured);
    sign(fresh, config, measured, options);
    replace_build(directory, fresh);
    if (!options.quiet)
        std::printf("built: %llu files, image %.1f MiB. Next: `occlum run PROGRAM`\n",
                    static_cast<unsigned long long>(facts.files), static_cast<double>(facts.size) / 1048576);
}

}  // namespace

void add_build(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* verb = app.add_subcommand("build", "Make an enclave of this instance's Occlum.json and image/");
    verb->add_option("--sign-key", options->sign_key,
                     "RSA-3072 key with exponent 3 in PEM that signs the enclave");
    verb->add_option("--image-key", options->image_key, "Encrypt the image under the key in this file");
    verb->add_option(
        "--from", options->from,
        "Instead of image/: a bill of materials (bom.yaml, over what is in image/), or an archive "
        "of a container image");
    verb->add_option("--include-dir", options->include_directories, "Where bills of materials find others")
        ->allow_extra_args(false);
    verb->add_flag("--pretranslate", options->pretranslate, kPretranslateHelp);
    verb->add_flag("-q,--quiet", options->quiet, "Print nothing but errors");
    verb->add_flag("-f,--force", options->force, "For the sake of habit: a build is always made anew");
    verb->footer(
        "Example:\n  cp /bin/busybox image/bin/ && occlum build && occlum run /bin/busybox echo hello\n"
        "  occlum build --from ../bom.yaml\n  docker save alpine > a.tar && occlum build --from a.tar && "
        "occlum run");
    verb->callback([options] { build(*options); });
}

}  // namespace occlum::cli

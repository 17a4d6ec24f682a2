// occlum print, gen-image-key, package.
#include <fcntl.h>
#include <spawn.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/instance.h"
#include "cli/verbs.h"
#include "host/cryptography.h"
#include "host/services/sessions.h"

namespace occlum::cli {

namespace {

namespace fs = std::filesystem;

std::string hexadecimal(std::span<const u8> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (u8 byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

void print(const std::string& what) {
    const sgx::SigStruct signature = read_signature("print", instance_directory("print"));
    std::string text;
    if (what == "mrenclave") text = hexadecimal(signature.enclave_hash);
    if (what == "mrsigner") text = hexadecimal(host::sha256(signature.modulus));
    if (what == "product-id") text = std::to_string(signature.isv_prod_id);
    if (what == "version") text = std::to_string(signature.isv_svn);
    std::printf("%s\n", text.c_str());
}

void generate_key(const std::string& path) {
    std::array<u8, 32> key{};
    if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
        fail("gen-image-key", std::strerror(errno));
    const host::OwnedFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const std::string text = hexadecimal(key) + "\n";
    if (!file.good() || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        fail("gen-image-key", path + ": " + std::strerror(errno));
}

int run_tool(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0) return -1;
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return status;
}

void package(std::string output) {
    const std::string directory = instance_directory("package");
    (void)read_signature("package", directory);
    const std::string name = fs::path(directory).filename().string();
    if (output.empty()) output = name + ".tar.gz";
    const std::string aside = output + ".new";
    const int status =
        run_tool({"tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "-czf",
                  aside, "-C", directory, "--transform", "s,^," + name + "/,", kConfigFile, kBuildFolder});
    if (status != 0) {
        unlink(aside.c_str());
        fail("package", output + ": tar failed");
    }
    if (rename(aside.c_str(), output.c_str()) < 0) fail("package", output + ": " + std::strerror(errno));
    std::printf("%s: unpack it where occlum is installed, then `occlum run` there\n", output.c_str());
}

}  // namespace

void add_print(CLI::App& app) {
    const auto what = std::make_shared<std::string>();
    CLI::App* verb = app.add_subcommand("print", "Print what others need to recognise the built enclave");
    verb->add_option("what", *what, "mrenclave, mrsigner, product-id or version")
        ->required()
        ->check(CLI::IsMember({"mrenclave", "mrsigner", "product-id", "version"}));
    verb->footer("Example:\n  occlum print mrenclave");
    verb->callback([what] { print(*what); });
    const auto key = std::make_shared<std::string>();
    CLI::App* generate = app.add_subcommand("gen-image-key", "Make a key for `occlum build --image-key`");
    generate->add_option("file", *key, "The key's file; must not exist")->required();
    generate->footer("Example:\n  occlum gen-image-key image.key");
    generate->callback([key] { generate_key(*key); });
    const auto output = std::make_shared<std::string>();
    CLI::App* pack = app.add_subcommand("package", "Pack what is needed to run the built instance elsewhere");
    pack->add_option("file", *output, "The tar.gz to write; by default named after the directory");
    pack->footer("Example:\n  occlum package hello.tar.gz");
    pack->callback([output] { package(*output); });
}

}  // namespace occlum::cli

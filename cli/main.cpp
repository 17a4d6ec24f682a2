#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string_view>

#include "cli/verbs.h"

namespace occlum::cli {

void fail(const std::string& verb, const std::string& why) {
    std::fprintf(stderr, "occlum %s: %s\n", verb.c_str(), why.c_str());
    std::exit(125);
}

std::string libos_path() {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    const auto path = self.parent_path().parent_path() / "lib/occlum/libos.elf";
    if (error || access(path.c_str(), R_OK) != 0) fail("run", path.string() + ": the LibOS image is missing");
    return path;
}

}  // namespace occlum::cli

int main(int argc, char** argv) {
    CLI::App app("Runs unmodified Linux programs as isolated processes inside one SGX enclave.", "occlum");
    app.require_subcommand(1);
    app.footer("Example:\n  occlum run -- /bin/busybox echo hello");
    const std::span<char*> arguments(argv, static_cast<size_t>(argc));
    const auto dashes = std::ranges::find(arguments, std::string_view("--"));
    const auto seen = static_cast<size_t>(dashes - arguments.begin());
    occlum::cli::add_init(app);
    occlum::cli::add_build(app);
    occlum::cli::add_run(app, arguments.subspan(seen));
    occlum::cli::add_start(app);
    occlum::cli::add_exec(app, arguments.subspan(seen));
    occlum::cli::add_stop(app);
    occlum::cli::add_print(app);
    occlum::cli::add_image(app);
    occlum::cli::add_fsck(app);
    occlum::cli::add_mount(app);
    occlum::cli::add_rekey(app);
    try {
        app.parse(static_cast<int>(seen), argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        std::fprintf(stderr, "occlum: %s (see occlum --help)\n", error.what());
        return 2;
    }
    return 0;
}

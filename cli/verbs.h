// The verbs of the occlum command. Each adds its own subcommand, whose callback does the work.
#pragma once

#include <span>
#include <string>

namespace CLI {
class App;
}

namespace occlum::cli {

/// `tail`: the command line from the first "--" on, which the parser does not see.
void add_run(CLI::App& app, std::span<char* const> tail);

void add_fsck(CLI::App& app);
void add_mount(CLI::App& app);  ///< mount, umount
void add_rekey(CLI::App& app);
void add_image(CLI::App& app);
void add_init(CLI::App& app);  ///< new, init
void add_build(CLI::App& app);
void add_start(CLI::App& app);
void add_exec(CLI::App& app, std::span<char* const> tail);
void add_stop(CLI::App& app);   ///< stop, status
void add_print(CLI::App& app);  ///< print, gen-image-key, package

/// Prints "occlum VERB: why" and ends with status 125.
[[noreturn]] void fail(const std::string& verb, const std::string& why);
/// Path of libos.elf. Fails when it is not there.
std::string libos_path();

}  // namespace occlum::cli

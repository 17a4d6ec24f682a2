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

void add_image(CLI::App& app);

/// Prints "occlum VERB: why" and ends with status 125.
[[noreturn]] void fail(const std::string& verb, const std::string& why);
/// Path of libos.elf. Fails when it is not there.
std::string libos_path();

}  // namespace occlum::cli

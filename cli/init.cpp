// occlum new, occlum init: the skeleton of an instance.
#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/instance.h"
#include "cli/verbs.h"

namespace occlum::cli {

namespace {

namespace fs = std::filesystem;

void init(const std::string& verb, const fs::path& directory) {
    if (fs::exists(directory / kConfigFile))
        fail(verb, directory.string() + " is an instance already: it has an Occlum.json");
    std::error_code error;
    for (const char* folder :
         {"bin", "dev", "etc", "host", "lib", "lib64", "opt", "proc", "root", "sys", "tmp"}) {
        fs::create_directories(directory / kImageFolder / folder, error);
        if (error) fail(verb, (directory / kImageFolder / folder).string() + ": " + error.message());
    }
    const auto text = image::default_occlum_json();
    write_file(verb, directory / kConfigFile, {reinterpret_cast<const u8*>(text.data()), text.size()});
    std::printf("%s: an instance. Next: put programs into %s/, edit %s, then `occlum build` there.\n",
                directory.c_str(), kImageFolder, kConfigFile);
}

}  // namespace

void add_init(CLI::App& app) {
    const auto path = std::make_shared<std::string>();
    CLI::App* fresh = app.add_subcommand("new", "Make a directory that is an instance");
    fresh->add_option("directory", *path, "The directory")->required();
    fresh->footer("Example:\n  occlum new hello");
    fresh->callback([path] {
        if (fs::exists(*path))
            fail("new", *path + " exists; go there and `occlum init`, or choose another name");
        init("new", *path);
    });
    CLI::App* here = app.add_subcommand("init", "Make an instance of this directory");
    here->footer("Example:\n  mkdir hello && cd hello && occlum init");
    here->callback([] { init("init", fs::current_path()); });
}

}  // namespace occlum::cli

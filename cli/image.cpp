// occlum image: makes and shows images of root file systems.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/image_progress.h"
#include "cli/keys.h"
#include "cli/verbs.h"
#include "image/root_image.h"
#include "image/sources/source.h"

namespace occlum::cli {

namespace {

struct BuildOptions {
    std::string source, output, key;
    std::vector<std::string> include_directories;
    bool quiet = false, pretranslate = false;
};

std::string hexadecimal(std::span<const u8> bytes) {
    std::string text;
    for (u8 byte : bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

void print(const image::ImageFacts& facts) {
    std::printf("root hash  %s\n", hexadecimal(facts.measured.root_hash).c_str());
    std::printf("blocks     %llu of 4 KiB, %llu more were equal to others%s\n",
                static_cast<unsigned long long>(facts.measured.blocks),
                static_cast<unsigned long long>(facts.shared), facts.measured.encrypted ? "; encrypted" : "");
    std::printf("files      %llu, %.1f MiB; in the image %.1f MiB\n",
                static_cast<unsigned long long>(facts.files), static_cast<double>(facts.input) / 1048576,
                static_cast<double>(facts.size) / 1048576);
}

void build(const BuildOptions& options) {
    image::ImageOptions how;
    if (!options.key.empty()) how.key = read_key("image", options.key);
    const bool progress = !options.quiet && isatty(2) != 0;
    if (progress) how.progress = show_image_progress;
    how.pretranslate = options.pretranslate;
    const auto tree = image::read_source(
        {.path = options.source, .bom = {.include_directories = options.include_directories}}, nullptr);
    if (!tree) fail("image", tree.error());
    const auto facts = image::build_root_image(**tree, options.output, how);
    if (progress) std::fputs("\r\033[K", stderr);
    if (!facts) fail("image", facts.error());
    if (!options.quiet) print(*facts);
}

}  // namespace

void add_image(CLI::App& app) {
    CLI::App* verb = app.add_subcommand("image", "Make and show images of root file systems");
    verb->require_subcommand(1);
    const auto options = std::make_shared<BuildOptions>();
    CLI::App* make =
        verb->add_subcommand("build", "Pack a directory, a bill of materials or a container image");
    make->footer(
        "Example:\n  occlum image build hello.yaml hello.img\n  docker save alpine > alpine.tar && occlum "
        "image build alpine.tar alpine.img");
    make->add_option("source", options->source,
                     "A directory; bom.yaml; an archive of `docker save` or of an OCI layout")
        ->required();
    make->add_option("--include-dir", options->include_directories, "Where bills of materials find others")
        ->allow_extra_args(false);
    make->add_option("image", options->output, "The image to write")->required();
    make->add_option("--key", options->key, "Encrypt under the key in this file, 64 hexadecimal digits");
    make->add_flag("--pretranslate", options->pretranslate, kPretranslateHelp);
    make->add_flag("-q,--quiet", options->quiet, "Print nothing");
    make->callback([options] { build(*options); });
    const auto path = std::make_shared<std::string>();
    CLI::App* show = verb->add_subcommand("show", "What an image says of itself");
    show->add_option("image", *path, "The image")->required();
    show->callback([path] {
        const auto facts = image::read_root_image(*path);
        if (!facts) fail("image", facts.error());
        print(*facts);
    });
}

}  // namespace occlum::cli

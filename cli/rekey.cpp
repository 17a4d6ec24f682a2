// occlum rekey: another key for a store.
#include <CLI/CLI.hpp>
#include <cstring>
#include <memory>

#include "cli/keys.h"
#include "cli/store.h"
#include "cli/verbs.h"

namespace occlum::cli {

namespace {

struct Options {
    std::string path, key, fresh;
};

void change_key(const Options& options) {
    const OpenStore store = open_store("rekey", options.path, options.key);
    auto done =
        store.files ? (*store.files)->change_key(read_key("rekey", options.fresh)) : err(store.files.error());
    if (!done) fail("rekey", options.path + ": " + std::strerror(static_cast<int>(done.error())));
}

}  // namespace

void add_rekey(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* verb = app.add_subcommand("rekey", "Give a store another key; the old one opens it no more");
    verb->add_option("store", options->path, "The file of the store")->required();
    verb->add_option("--key", options->key, "Its key: a file with 64 hexadecimal digits")->required();
    verb->add_option("--new-key", options->fresh, "The other one, likewise")->required();
    verb->footer(
        "Example:\n  occlum gen-image-key new.key && occlum rekey --key old.key --new-key new.key data.sefs");
    verb->callback([options] { change_key(*options); });
}

}  // namespace occlum::cli

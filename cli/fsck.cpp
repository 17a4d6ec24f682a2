// occlum fsck: reads all of a store or an image and says what is wrong.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <memory>

#include "cli/keys.h"
#include "cli/store.h"
#include "cli/verbs.h"
#include "image/enclave_image.h"
#include "image/root_image.h"
#include "storage/file_system.h"
#include "storage/hosted/file_store.h"
#include "storage/image/reader.h"

namespace occlum::cli {

namespace {

constexpr int kDamaged = 1;
constexpr size_t kCacheBlocks = 16384;

struct Options {
    std::string path, key;
    bool quiet = false;
};

const char* reason(Errno error) { return std::strerror(static_cast<int>(error)); }

/// Status 0: sound.
int check_store(const Options& options) {
    if (options.key.empty())
        fail("fsck", options.path + ": no image; to check it as a store, give its --key");
    const OpenStore store = open_store("fsck", options.path, options.key);
    const auto& files = store.files;
    if (!files) {
        std::printf("%s: cannot be opened: %s\n", options.path.c_str(), reason(files.error()));
        return kDamaged;
    }
    const auto findings = (*files)->check();
    if (!findings) {
        std::printf("%s: damaged: %s\n", options.path.c_str(), reason(findings.error()));
        return kDamaged;
    }
    for (const std::string& finding : *findings)
        std::printf("%s: %s\n", options.path.c_str(), finding.c_str());
    const storage::Usage usage = (*files)->usage();
    if (!options.quiet)
        std::printf("%s: %s; %llu files, %llu of %llu blocks used\n", options.path.c_str(),
                    findings->empty() ? "sound" : "damaged", static_cast<unsigned long long>(usage.inodes),
                    static_cast<unsigned long long>(usage.blocks - usage.free_blocks),
                    static_cast<unsigned long long>(usage.blocks));
    return findings->empty() ? 0 : kDamaged;
}

class Mapped final : public storage::image::ImageSource {
public:
    explicit Mapped(std::span<const u8> bytes) : bytes_(bytes) {}
    Result<void> read(u64 first, std::span<u8> out) override {
        const u64 at = first * storage::image::kBlock;
        if (at > bytes_.size() || bytes_.size() - at < out.size()) return err(Errno::Eio);
        std::memcpy(out.data(), bytes_.subspan(at).data(), out.size());
        return {};
    }

private:
    std::span<const u8> bytes_;
};

class Names final : public storage::image::ImageNameSink {
public:
    void take(const storage::image::ImageName& name) override { all.emplace_back(name.name, name.number); }
    std::vector<std::pair<std::string, u64>> all;
};

/// Walks an image's tree and reads every file.
class ImageWalk {
public:
    ImageWalk(storage::image::ImageReader& reader, const Options& options)
        : reader_(reader), options_(options), shows_(!options.quiet && isatty(2) != 0) {}
    void directory(u64 number, const std::string& path, u32 depth) {
        constexpr u32 kDeepest = 512;
        const auto node = reader_.node(number);
        if (!node || depth > kDeepest) return complain(path, "cannot be read");
        Names names;
        if (!reader_.list(*node, names)) return complain(path, "the directory is damaged");
        for (const auto& [name, child] : names.all) {
            std::string below = path;
            below += '/';
            below += name;
            file(child, below, depth);
        }
    }
    u64 files = 0, damaged = 0;

private:
    void complain(const std::string& path, const char* what) {
        ++damaged;
        std::printf("%s: %s: %s\n", options_.path.c_str(), path.c_str(), what);
    }
    void file(u64 number, const std::string& path, u32 depth) {
        const auto node = reader_.node(number);
        if (!node) return complain(path, "the inode is damaged");
        if (++files % 256 == 0 && shows_)
            std::fprintf(stderr, "\r%llu files", static_cast<unsigned long long>(files));
        constexpr u32 kType = 0170000, kDirectory = 0040000, kLink = 0120000, kRegular = 0100000;
        if (!reader_.xattrs(*node)) return complain(path, "the attributes are damaged");
        if ((node->mode & kType) == kDirectory) return directory(number, path, depth + 1);
        if ((node->mode & kType) == kLink && !reader_.read_link(*node)) return complain(path, "damaged");
        if ((node->mode & kType) != kRegular) return;
        std::vector<u8> bytes(1 << 18);
        for (u64 at = 0; at < node->size; at += bytes.size()) {
            const auto piece = std::span(bytes).first(std::min<u64>(bytes.size(), node->size - at));
            if (!reader_.read(*node, at, piece)) return complain(path, "the contents are damaged");
        }
    }
    storage::image::ImageReader& reader_;
    const Options& options_;
    bool shows_;
};

int check_image(const Options& options, const image::ImageFacts& facts) {
    const auto file = image::MappedFile::open(options.path);
    if (!file) fail("fsck", file.error());
    std::optional<storage::image::ImageCipher> cipher;
    if (facts.measured.encrypted) {
        if (options.key.empty()) fail("fsck", options.path + ": is encrypted: give its --key");
        cipher.emplace(read_key("fsck", options.key), facts.measured.salt);
    }
    Mapped source(file->bytes());
    auto blocks = storage::image::VerifiedBlocks::make(
        source, {facts.measured.root_hash, facts.measured.blocks}, std::move(cipher), kCacheBlocks);
    u64 damaged = 0;
    for (u64 i = 0; blocks && i < facts.measured.blocks; ++i)
        if (!(*blocks)->get(i)) {
            std::printf("%s: block %llu is damaged\n", options.path.c_str(),
                        static_cast<unsigned long long>(i));
            ++damaged;
        }
    auto reader = blocks ? storage::image::ImageReader::open(std::move(*blocks)) : err(blocks.error());
    if (!reader) {
        std::printf("%s: cannot be opened: %s%s\n", options.path.c_str(), reason(reader.error()),
                    facts.measured.encrypted ? " (or it has another key)" : "");
        return kDamaged;
    }
    ImageWalk walk(**reader, options);
    walk.directory((*reader)->root(), "", 0);
    if (!options.quiet) {
        if (isatty(2) != 0) std::fputs("\r\033[K", stderr);
        std::printf("%s: %s; %llu files, %llu blocks\n", options.path.c_str(),
                    damaged + walk.damaged == 0 ? "sound" : "damaged",
                    static_cast<unsigned long long>(walk.files),
                    static_cast<unsigned long long>(facts.measured.blocks));
    }
    return damaged + walk.damaged == 0 ? 0 : kDamaged;
}

int check(const Options& options) {
    if (!std::filesystem::exists(options.path)) fail("fsck", options.path + ": no such file");
    const auto facts = image::read_root_image(options.path);
    return facts ? check_image(options, *facts) : check_store(options);
}

}  // namespace

void add_fsck(CLI::App& app) {
    const auto options = std::make_shared<Options>();
    CLI::App* verb = app.add_subcommand("fsck", "Check a store or an image");
    verb->add_option("file", options->path, "The file of the store, or the image")->required();
    verb->add_option("--key", options->key, "Its key: a file with 64 hexadecimal digits");
    verb->add_flag("-q,--quiet", options->quiet, "Print only what is wrong");
    verb->footer(
        "Status: 0 sound, 1 damaged. No enclave may be using a store meanwhile.\n"
        "Example:\n  occlum fsck build/image.img\n  occlum fsck --key store.key data.sefs");
    verb->callback([options] { std::exit(check(*options)); });
}

}  // namespace occlum::cli

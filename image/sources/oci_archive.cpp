#include "image/sources/oci_archive.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "image/sources/layer.h"

namespace occlum::image {

namespace {

using Json = nlohmann::json;

constexpr u64 kLongestJson = 16 << 20;
constexpr u32 kDeepestIndex = 4;

template <typename T>
using Expected = std::expected<T, std::string>;

Json member(const Json& object, const char* name) {
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : Json();
}
std::string text(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }
std::vector<std::string> texts(const Json& list) {
    std::vector<std::string> all;
    if (list.is_array())
        for (const Json& item : list) all.push_back(text(item));
    return all;
}

class Archive {
public:
    static Expected<std::unique_ptr<Archive>> open(const std::string& path) {
        auto reader = ArchiveReader::open_file(path);
        if (!reader) return std::unexpected(reader.error());
        auto self = std::make_unique<Archive>();
        self->name_ = path;
        if (auto made = self->spool_.open(); !made) return std::unexpected(made.error());
        for (ArchiveEntry entry;;) {
            const auto more = (*reader)->next(entry);
            if (!more) return std::unexpected(more.error());
            if (!*more) break;
            const std::string name = clean(entry.path);
            if (entry.node->is_link()) self->links_[name] = entry.node->target;
            if (!entry.hard_link.empty()) self->links_[name] = "/" + clean(entry.hard_link);
            if (!entry.node->is_regular() || !entry.hard_link.empty()) continue;
            const auto piece = (*reader)->spool_contents(self->spool_);
            if (!piece) return std::unexpected(piece.error());
            self->files_[name] = *piece;
        }
        return self;
    }

    Expected<void> read(OciTree& tree) {
        if (files_.contains("manifest.json")) return read_docker(tree);
        if (files_.contains("index.json")) return read_oci(tree);
        return bad("holds no image: neither manifest.json nor index.json is in it");
    }

private:
    static std::string clean(const std::string& path) {
        std::string name;
        for (const auto& part : path_components(path)) name += (name.empty() ? "" : "/") + part;
        return name;
    }
    std::unexpected<std::string> bad(const std::string& why) const {
        return std::unexpected(name_ + ": " + why);
    }

    Expected<Piece> find(const std::string& wanted) const {
        constexpr u32 kMostLinks = 8;
        std::string name = clean(wanted);
        for (u32 i = 0; i < kMostLinks; ++i) {
            if (const auto found = files_.find(name); found != files_.end()) return found->second;
            const auto link = links_.find(name);
            if (link == links_.end()) break;
            // docker save links layers that are equal.
            const size_t slash = name.rfind('/');
            const std::string folder = slash == std::string::npos ? "" : name.substr(0, slash + 1);
            name = clean(link->second.starts_with('/') ? link->second : folder + link->second);
        }
        return bad(wanted + " is missing");
    }
    Expected<Json> json(const std::string& name) const {
        const auto piece = find(name);
        if (!piece) return std::unexpected(piece.error());
        const auto bytes = spool_.text(*piece, kLongestJson);
        if (!bytes) return bad(name + ": " + bytes.error());
        Json value = Json::parse(*bytes, nullptr, false);
        if (value.is_discarded()) return bad(name + ": is no JSON");
        return value;
    }

    // "sha256:HEX": the blob's name, whose bytes must have that digest.
    Expected<std::string> blob(const Json& descriptor) const {
        const std::string digest = text(member(descriptor, "digest"));
        constexpr std::string_view kKind = "sha256:";
        const std::string hex = digest.starts_with(kKind) ? digest.substr(kKind.size()) : "";
        if (hex.size() != 64 || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
            return bad("\"" + digest + "\": want a sha256 digest");
        const std::string name = "blobs/sha256/" + hex;
        const auto piece = find(name);
        if (!piece) return std::unexpected(piece.error());
        const auto found = digest_of(*piece);
        if (!found) return std::unexpected(found.error());
        if (*found != hex) return bad(name + ": has another digest: it is damaged");
        return name;
    }
    Expected<std::string> digest_of(const Piece& piece) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> hash(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        EVP_DigestInit_ex(hash.get(), EVP_sha256(), nullptr);
        std::vector<u8> bytes(1 << 18);
        for (u64 at = 0; at < piece.size;) {
            const auto part =
                std::span(bytes).first(static_cast<size_t>(std::min<u64>(bytes.size(), piece.size - at)));
            const auto got = spool_.read(piece.offset + at, part);
            if (!got) return std::unexpected(got.error());
            if (*got == 0) break;
            EVP_DigestUpdate(hash.get(), bytes.data(), *got);
            at += *got;
        }
        std::array<u8, 32> digest{};
        EVP_DigestFinal_ex(hash.get(), digest.data(), nullptr);
        std::string hex;
        for (u8 byte : digest) {
            constexpr std::string_view kDigits = "0123456789abcdef";
            hex += kDigits[byte >> 4];
            hex += kDigits[byte & 15];
        }
        return hex;
    }

    Expected<void> read_docker(OciTree& tree) {
        const auto manifest = json("manifest.json");
        if (!manifest) return std::unexpected(manifest.error());
        if (!manifest->is_array() || manifest->empty()) return bad("manifest.json: names no image");
        if (manifest->size() > 1) return bad("holds several images: save one");
        const Json& one = manifest->front();
        const auto config = json(text(member(one, "Config")));
        if (!config) return std::unexpected(config.error());
        return finish(*config, texts(member(one, "Layers")), tree);
    }

    Expected<void> read_oci(OciTree& tree) {
        auto index = json("index.json");
        for (u32 depth = 0; depth < kDeepestIndex; ++depth) {
            if (!index) return std::unexpected(index.error());
            if (!member(*index, "manifests").is_array()) return read_manifest(*index, tree);
            const auto chosen = choose(member(*index, "manifests"));
            if (!chosen) return std::unexpected(chosen.error());
            const auto name = blob(*chosen);
            if (!name) return std::unexpected(name.error());
            index = json(*name);
        }
        return bad("its indices are too deep");
    }

    Expected<Json> choose(const Json& manifests) const {
        std::vector<Json> fitting;
        for (const Json& one : manifests) {
            const Json platform = member(one, "platform");
            const std::string system = text(member(platform, "os")),
                              machine = text(member(platform, "architecture"));
            if (platform.is_null() || (system == "linux" && machine == "amd64")) fitting.push_back(one);
        }
        if (fitting.empty()) return bad("holds no image for linux/amd64");
        if (fitting.size() > 1) return bad("holds several images for linux/amd64: save one");
        return fitting.front();
    }

    Expected<void> read_manifest(const Json& manifest, OciTree& tree) {
        const auto config_name = blob(member(manifest, "config"));
        if (!config_name) return std::unexpected(config_name.error());
        const auto config = json(*config_name);
        if (!config) return std::unexpected(config.error());
        std::vector<std::string> layers;
        const Json all = member(manifest, "layers");
        if (!all.is_array()) return bad("the manifest names no layers");
        for (const Json& one : all) {
            const auto name = blob(one);
            if (!name) return std::unexpected(name.error());
            layers.push_back(*name);
        }
        return finish(*config, layers, tree);
    }

    Expected<void> finish(const Json& config, const std::vector<std::string>& layers, OciTree& tree) {
        const std::string machine = text(member(config, "architecture"));
        if (!machine.empty() && machine != "amd64") return bad("is for " + machine + ", not for amd64");
        const Json how = member(config, "config");
        tree.defaults.command = texts(member(how, "Entrypoint"));
        for (auto& argument : texts(member(how, "Cmd"))) tree.defaults.command.push_back(argument);
        tree.defaults.environment = texts(member(how, "Env"));
        tree.defaults.directory = text(member(how, "WorkingDir"));
        tree.defaults.user = text(member(how, "User"));
        if (auto made = tree.contents.open(); !made) return made;
        for (const std::string& name : layers) {
            const auto piece = find(name);
            if (!piece) return std::unexpected(piece.error());
            auto layer = ArchiveReader::open_piece(spool_, *piece);
            if (!layer) return bad(name + ": " + layer.error());
            if (auto done = apply_layer(**layer, tree.contents, tree); !done)
                return bad(name + ": " + done.error());
        }
        return {};
    }

    std::string name_;
    Spool spool_;
    std::map<std::string, Piece> files_;
    std::map<std::string, std::string> links_;
};

}  // namespace

std::expected<std::unique_ptr<OciTree>, std::string> read_oci_archive(const std::string& path) {
    auto archive = Archive::open(path);
    if (!archive) return std::unexpected(archive.error());
    auto tree = std::make_unique<OciTree>();
    if (auto done = (*archive)->read(*tree); !done) return std::unexpected(done.error());
    return tree;
}

}  // namespace occlum::image

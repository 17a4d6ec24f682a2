#include "image/sources/bom.h"

#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "image/directory_source.h"
#include "image/enclave_image.h"
#include "image/instance/reader.h"
#include "image/sources/dependencies.h"
#include "image/sources/yaml_tree.h"

namespace occlum::image {

namespace {

namespace fs = std::filesystem;

// What bills of Occlum's demos include, where Occlum is not installed.
constexpr std::string_view kBase =
    "targets:\n- target: /\n  mkdirs: [bin, dev, etc, host, lib, lib64, opt, proc, root, sys, tmp, usr, "
    "var]\n";

/// A bill that is being carried out. What is wrong is found in the order of the text, and ends it.
class Bill {
public:
    Bill(const BomOptions& options, Tree& tree) : options_(options), tree_(tree), reader_(tree) {
        reader_.skip = [this](const std::string& name, const std::string& path) {
            return excluded(name, path);
        };
    }

    std::expected<void, std::string> apply(const std::string& path, u32 depth) {
        if (!seen_.insert(fs::weakly_canonical(path).string()).second) return {};
        std::string text(kBase);
        std::error_code error;
        if (depth == 0 || fs::exists(path, error)) {
            std::ifstream file(path, std::ios::binary);
            std::ostringstream all;
            if (!file || !(all << file.rdbuf())) return std::unexpected(path + ": cannot be read");
            text = all.str();
        }
        const auto failed = [&](const JsonError& why) {
            return std::unexpected(path + ":" + std::to_string(why.line) + ": " + why.what);
        };
        const auto yaml = parse_yaml(text);
        if (!yaml) return failed(yaml.error());
        Findings findings;
        const Reader root(&*yaml, "", findings);
        root.expect_members({"includes", "excludes", "targets"});
        if (auto done = include(root.member("includes"), path, depth); !done) return done;
        excludes_.clear();
        each(root.member("excludes"), [&](const Reader& item) { excludes_.push_back(name_in(item)); });
        // The form is checked before anything is copied.
        if (findings.first()) return failed(*findings.first());
        each(root.member("targets"), [&](const Reader& item) { target(item, findings); });
        if (findings.first()) return failed(*findings.first());
        return {};
    }

private:
    static void each(const Reader& list, const std::function<void(const Reader&)>& item) {
        if (list.there()) list.for_each(item);
    }

    std::expected<void, std::string> include(const Reader& includes, const std::string& path, u32 depth) {
        constexpr u32 kDeepest = 16;
        std::expected<void, std::string> result;
        each(includes, [&](const Reader& item) {
            const auto name = item.text();
            if (!name || !result) return;
            if (depth == kDeepest) return item.refuse("includes are too deep");
            const auto found = find_include(*name, path);
            if (!found) return item.refuse("\"" + *name + "\" is not found");
            result = apply(*found, depth + 1);
        });
        return result;
    }

    std::optional<std::string> find_include(const std::string& name, const std::string& from) const {
        std::vector<fs::path> places{fs::path(from).parent_path()};
        for (const auto& directory : options_.include_directories) places.emplace_back(directory);
        for (const auto& place : places)
            if (fs::exists(place / name)) return (place / name).string();
        // Built in.
        return name == "base.yaml" ? std::optional(name) : std::nullopt;
    }

    bool excluded(const std::string& name, const std::string& path) const {
        return std::ranges::any_of(excludes_, [&](const std::string& pattern) {
            if (pattern.find('/') == std::string::npos) return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
            std::string whole = "*/";
            whole += pattern.substr(std::min(pattern.find_first_not_of('/'), pattern.size()));
            return fnmatch(whole.c_str(), path.c_str(), 0) == 0;
        });
    }

    /// Text with its variables replaced.
    static std::string name_in(const Reader& item) {
        std::string text = item.text().value_or(""), result;
        for (size_t at = 0; at < text.size();) {
            if (text[at] != '$') {
                result += text[at++];
                continue;
            }
            const bool braces = at + 1 < text.size() && text[at + 1] == '{';
            size_t end = at + (braces ? 2 : 1);
            const size_t begin = end;
            while (end < text.size() &&
                   (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_'))
                ++end;
            const std::string variable = text.substr(begin, end - begin);
            if (variable.empty() || (braces && (end == text.size() || text[end] != '}'))) {
                item.refuse("\"" + text + "\": want $NAME or ${NAME}");
                return result;
            }
            const char* value = std::getenv(variable.c_str());
            if (value == nullptr) item.refuse("the variable " + variable + " is not set");
            result += value != nullptr ? value : "";
            at = end + (braces ? 1 : 0);
        }
        return result;
    }

    void target(const Reader& item, const Findings& findings) {
        item.expect_members({"target", "copy", "mkdirs", "createlinks", "symlinks"});
        const Reader where = item.member("target");
        if (!where.there()) item.refuse("\"target\" is missing");
        const std::string target = name_in(where);
        if (where.there() && !target.starts_with('/'))
            where.refuse("\"" + target + "\": want an absolute path");
        if (findings.first()) return;
        const NodePtr directory = tree_.make_directories(target);
        if (!directory) return where.refuse("\"" + target + "\" is not a directory in the image");
        each(item.member("mkdirs"), [&](const Reader& name) {
            if (!tree_.make_directories(target + "/" + name_in(name)))
                name.refuse("something else has that name");
        });
        for (const char* key : {"createlinks", "symlinks"})
            each(item.member(key), [&](const Reader& link) { make_link(link, *directory); });
        each(item.member("copy"), [&](const Reader& copy) {
            if (!findings.first()) copy_some(copy, *directory, findings);
        });
    }

    static void make_link(const Reader& link, Node& directory) {
        link.expect_members({"src", "linkname"});
        for (const char* key : {"src", "linkname"})
            if (!link.member(key).there()) return link.refuse(std::string("\"") + key + "\" is missing");
        auto node = std::make_shared<Node>();
        node->mode = 0120777;
        node->target = name_in(link.member("src"));
        const std::string name = name_in(link.member("linkname"));
        if (name.empty() || name.find('/') != std::string::npos)
            return link.member("linkname").refuse("\"" + name + "\": want a name without a slash");
        directory.children[name] = node;
    }

    void copy_some(const Reader& copy, Node& directory, const Findings& findings) {
        copy.expect_members({"from", "dirs", "files"});
        const Reader prefix = copy.member("from");
        const std::string from = prefix.there() ? name_in(prefix) : "";
        const bool all = !copy.member("dirs").there() && !copy.member("files").there();
        if (all && !prefix.there()) return copy.refuse("want \"from\", \"dirs\" or \"files\"");
        if (all && !findings.first()) return copy_directory(prefix, from + "/", directory);
        const auto path_of = [&](const std::string& name) {
            return from.empty() || name.starts_with('/') ? name : from + "/" + name;
        };
        each(copy.member("dirs"), [&](const Reader& item) {
            const std::string name = name_in(item);
            if (!findings.first()) copy_directory(item, path_of(name), directory);
        });
        each(copy.member("files"), [&](const Reader& item) {
            if (!findings.first()) copy_file(item, path_of, directory, findings);
        });
    }

    // "name/": what is in it.
    void copy_directory(const Reader& item, std::string path, Node& into) {
        const bool contents = path.ends_with('/');
        while (path.size() > 1 && path.ends_with('/')) path.pop_back();
        if (!fs::is_directory(path)) return item.refuse("\"" + path + "\" is no directory");
        Node* directory = &into;
        if (!contents) {
            auto& child = into.children[fs::path(path).filename().string()];
            if (!child || !child->is_directory()) child = new_directory(0755);
            directory = child.get();
            struct stat st{};
            if (stat(path.c_str(), &st) == 0) {
                directory->mode = st.st_mode;
                directory->uid = st.st_uid;
                directory->gid = st.st_gid;
                directory->modified_s = st.st_mtim.tv_sec;
                directory->modified_ns = static_cast<u32>(st.st_mtim.tv_nsec);
            }
        }
        if (auto done = reader_.merge(*directory, path); !done) return item.refuse(done.error());
        std::error_code error;
        std::set<std::string> files;
        for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
             at.increment(error)) {
            if (excluded(at->path().filename().string(), at->path().string())) {
                if (at->is_directory(error) && !at->is_symlink(error)) at.disable_recursion_pending();
            } else if (at->is_regular_file(error) && !at->is_symlink(error)) {
                files.insert(at->path().string());
            }
        }
        for (const std::string& file : files) bring_dependencies(item, file);
    }

    template <typename PathOf>
    void copy_file(const Reader& item, const PathOf& path_of, Node& directory, const Findings& findings) {
        const bool simple = !item.is_object();
        if (!simple) item.expect_members({"name", "hash", "autodep", "rename"});
        const Reader name = simple ? item : item.member("name");
        if (!name.there()) return item.refuse("\"name\" is missing");
        const std::string path = path_of(name_in(name));
        if (findings.first()) return;
        if (!fs::is_regular_file(path)) return name.refuse("\"" + path + "\" is no file");
        bool dependencies = true;
        std::string as = fs::path(path).filename().string();
        if (!simple) {
            if (item.member("hash").there()) check_hash(item.member("hash"), path);
            if (item.member("autodep").there()) dependencies = item.member("autodep").truth().value_or(true);
            if (item.member("rename").there()) as = name_in(item.member("rename"));
        }
        if (as.empty() || as.find('/') != std::string::npos)
            return item.member("rename").refuse("\"" + as + "\": want a name without a slash");
        if (findings.first()) return;
        const auto node = reader_.read(path, true);
        if (!node) return name.refuse(node.error());
        directory.children[as] = *node;
        if (dependencies) bring_dependencies(name, path);
    }

    static void check_hash(const Reader& hash, const std::string& path) {
        const auto wanted = hash.text();
        const auto file = MappedFile::open(path);
        if (!wanted) return;
        if (!file) return hash.refuse(file.error());
        std::string found;
        for (u8 byte : host::sha256(file->bytes())) {
            constexpr std::string_view kDigits = "0123456789abcdef";
            found += kDigits[byte >> 4];
            found += kDigits[byte & 15];
        }
        std::string lower = *wanted;
        std::ranges::transform(lower, lower.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (lower != found) hash.refuse("\"" + path + "\" has another: " + found);
    }

    void bring_dependencies(const Reader& item, const std::string& path) {
        const auto all = dependencies_of(path);
        if (!all) return item.refuse(all.error());
        for (const std::string& library : *all) {
            const fs::path place = fs::absolute(library).lexically_normal();
            const NodePtr directory = tree_.make_directories(place.parent_path().string());
            if (!directory)
                return item.refuse(place.parent_path().string() + " is not a directory in the image");
            auto& entry = directory->children[place.filename().string()];
            if (entry) continue;
            const auto node = reader_.read(library, true);
            if (!node) return item.refuse(node.error());
            entry = *node;
        }
    }

    const BomOptions& options_;
    Tree& tree_;
    DirectoryReader reader_;
    std::vector<std::string> excludes_;
    std::set<std::string> seen_;
};

}  // namespace

std::expected<void, std::string> apply_bom(const std::string& path, const BomOptions& options, Tree& tree) {
    return Bill(options, tree).apply(path, 0);
}

}  // namespace occlum::image

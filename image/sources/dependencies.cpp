#include "image/sources/dependencies.h"

#include <elf.h>
#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>

#include "image/enclave_image.h"

namespace occlum::image {

namespace {

struct Wanted {
    std::string interpreter;
    std::vector<std::string> libraries, search;  // DT_NEEDED; DT_RPATH and DT_RUNPATH
};

// An ELF file's parts, each checked against its end.
class ElfView {
public:
    explicit ElfView(std::span<const u8> bytes) : bytes_(bytes) {}

    template <typename T>
    std::optional<T> at(u64 offset) const {
        T value;
        if (offset > bytes_.size() || bytes_.size() - offset < sizeof value) return std::nullopt;
        std::memcpy(&value, bytes_.subspan(offset).data(), sizeof value);
        return value;
    }
    std::string text(u64 offset) const {
        std::string result;
        for (; offset < bytes_.size() && bytes_[offset] != 0; ++offset)
            result += static_cast<char>(bytes_[offset]);
        return result;
    }
    std::vector<Elf64_Phdr> segments() const {
        const auto header = at<Elf64_Ehdr>(0);
        if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
            header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64)
            return {};
        std::vector<Elf64_Phdr> all;
        for (u32 i = 0; i < header->e_phnum; ++i)
            if (const auto one = at<Elf64_Phdr>(header->e_phoff + u64{i} * sizeof(Elf64_Phdr)))
                all.push_back(*one);
        return all;
    }

private:
    std::span<const u8> bytes_;
};

u64 file_offset(const std::vector<Elf64_Phdr>& segments, u64 address) {
    for (const Elf64_Phdr& one : segments)
        if (one.p_type == PT_LOAD && address >= one.p_vaddr && address - one.p_vaddr < one.p_filesz)
            return address - one.p_vaddr + one.p_offset;
    return ~u64{0};
}

void add_paths(std::vector<std::string>& to, const std::string& list, const std::string& origin) {
    for (size_t at = 0; at <= list.size();) {
        const size_t end = std::min(list.find(':', at), list.size());
        std::string path = list.substr(at, end - at);
        at = end + 1;
        for (const char* name : {"$ORIGIN", "${ORIGIN}"})
            if (const size_t found = path.find(name); found != std::string::npos)
                path.replace(found, std::strlen(name), origin);
        if (!path.empty()) to.push_back(path);
    }
}

Wanted read_wanted(const std::string& path) {
    Wanted wanted;
    const auto file = MappedFile::open(path);
    if (!file) return wanted;
    const ElfView elf(file->bytes());
    const auto segments = elf.segments();
    const std::string origin = std::filesystem::path(path).parent_path().string();
    for (const Elf64_Phdr& one : segments) {
        if (one.p_type == PT_INTERP) wanted.interpreter = elf.text(one.p_offset);
        if (one.p_type != PT_DYNAMIC) continue;
        std::vector<Elf64_Dyn> entries;
        for (u64 at = 0; at + sizeof(Elf64_Dyn) <= one.p_filesz; at += sizeof(Elf64_Dyn)) {
            const auto entry = elf.at<Elf64_Dyn>(one.p_offset + at);
            if (!entry || entry->d_tag == DT_NULL) break;
            entries.push_back(*entry);
        }
        const auto table = std::ranges::find(entries, Elf64_Sxword{DT_STRTAB}, &Elf64_Dyn::d_tag);
        if (table == entries.end()) continue;
        const u64 strings = file_offset(segments, table->d_un.d_ptr);
        if (strings == ~u64{0}) continue;
        for (const Elf64_Dyn& entry : entries) {
            const u64 text = strings + entry.d_un.d_val;
            if (entry.d_tag == DT_NEEDED) wanted.libraries.push_back(elf.text(text));
            if (entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH)
                add_paths(wanted.search, elf.text(text), origin);
        }
    }
    return wanted;
}

// Of /etc/ld.so.conf and what it includes.
void read_configuration(const std::string& path, std::vector<std::string>& directories, u32 depth) {
    std::ifstream file(path);
    for (std::string line; depth < 8 && std::getline(file, line);) {
        line.resize(std::min(line.find('#'), line.size()));
        const size_t first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t\r");
        if (first == std::string::npos) continue;
        line = line.substr(first, last - first + 1);
        if (!line.starts_with("include")) {
            directories.push_back(line);
            continue;
        }
        const size_t name = line.find_first_not_of(" \t", 7);
        if (name == std::string::npos) continue;
        glob_t found{};
        if (glob(line.substr(name).c_str(), 0, nullptr, &found) == 0)
            for (const char* one : std::span(found.gl_pathv, found.gl_pathc))
                read_configuration(one, directories, depth + 1);
        globfree(&found);
    }
}

std::vector<std::string> usual_directories(const std::string& interpreter) {
    if (interpreter.find("ld-musl") != std::string::npos)
        return {"/lib", "/usr/local/lib", "/usr/lib", "/usr/lib/x86_64-linux-musl"};
    std::vector<std::string> directories;
    read_configuration("/etc/ld.so.conf", directories, 0);
    for (const char* usual :
         {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"})
        directories.emplace_back(usual);
    return directories;
}

std::optional<std::string> find_library(const std::string& name,
                                        const std::vector<std::string>& directories) {
    if (name.find('/') != std::string::npos)
        return access(name.c_str(), R_OK) == 0 ? std::optional(name) : std::nullopt;
    for (const std::string& directory : directories) {
        std::string path = directory;
        path += '/';
        path += name;
        // Of another architecture: the search goes on.
        const auto file = access(path.c_str(), R_OK) == 0 ? MappedFile::open(path) : std::unexpected("");
        if (file && !ElfView(file->bytes()).segments().empty()) return path;
    }
    return std::nullopt;
}

}  // namespace

std::expected<std::vector<std::string>, std::string> dependencies_of(const std::string& program) {
    const Wanted first = read_wanted(program);
    std::vector<std::string> found;
    if (first.interpreter.empty() && first.libraries.empty()) return found;
    if (!first.interpreter.empty()) found.push_back(first.interpreter);
    const auto usual = usual_directories(first.interpreter);
    const std::string loader = std::filesystem::path(first.interpreter).filename().string();
    std::set<std::string> known{loader};
    std::vector<std::pair<std::string, Wanted>> open{{program, first}};
    while (!open.empty()) {
        const auto [user, wanted] = open.back();
        open.pop_back();
        // A library is searched with the paths of the program, too (DT_RPATH).
        auto directories = wanted.search;
        directories.insert(directories.end(), first.search.begin(), first.search.end());
        directories.insert(directories.end(), usual.begin(), usual.end());
        for (const std::string& name : wanted.libraries) {
            if (!known.insert(name).second) continue;
            const auto path = find_library(name, directories);
            if (!path) return std::unexpected(user + ": needs " + name + ", which is not found");
            found.push_back(*path);
            open.emplace_back(*path, read_wanted(*path));
        }
    }
    return found;
}

}  // namespace occlum::image

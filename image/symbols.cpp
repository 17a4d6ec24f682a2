#include "image/symbols.h"

#include <cxxabi.h>
#include <elf.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

namespace occlum::image {

namespace {

template <typename T>
bool read_at(std::span<const u8> bytes, u64 offset, T& out) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return false;
    std::memcpy(&out, bytes.data() + offset, sizeof(T));
    return true;
}

std::string readable(const char* mangled) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
    return status == 0 ? name.get() : mangled;
}

std::optional<Function> function_in(std::span<const u8> elf, const Elf64_Shdr& symbols,
                                    const Elf64_Shdr& names, u64 address) {
    for (u64 at = 0; at + sizeof(Elf64_Sym) <= symbols.sh_size; at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol{};
        if (!read_at(elf, symbols.sh_offset + at, symbol)) break;
        if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || address - symbol.st_value >= symbol.st_size)
            continue;
        const u64 name = names.sh_offset + symbol.st_name;
        if (name >= elf.size()) break;
        const auto* text = reinterpret_cast<const char*>(elf.data() + name);
        if (std::memchr(text, 0, elf.size() - name) == nullptr) break;
        return Function{readable(text), symbol.st_value, symbol.st_size};
    }
    return std::nullopt;
}

}  // namespace

std::optional<Function> function_at(std::span<const u8> elf, u64 address) {
    Elf64_Ehdr header{};
    if (!read_at(elf, 0, header)) return std::nullopt;
    for (u32 i = 0; i < header.e_shnum; ++i) {
        Elf64_Shdr section{}, names{};
        if (!read_at(elf, header.e_shoff + u64{i} * sizeof section, section) || section.sh_type != SHT_SYMTAB)
            continue;
        if (read_at(elf, header.e_shoff + u64{section.sh_link} * sizeof names, names))
            return function_in(elf, section, names, address);
    }
    return std::nullopt;
}

std::string with_symbols(std::span<const u8> elf, const std::string& text) {
    static constexpr std::string_view kMark = "libos.elf+";
    std::string out;
    size_t done = 0;
    for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at + 1)) {
        char* end = nullptr;
        const u64 address = std::strtoull(text.c_str() + at + kMark.size(), &end, 16);
        const size_t after = static_cast<size_t>(end - text.c_str());
        out += text.substr(done, after - done);
        if (const auto function = function_at(elf, address)) {
            char offset[24];
            std::snprintf(offset, sizeof offset, "+%#llx",
                          static_cast<unsigned long long>(address - function->start));
            out += " (" + function->name + offset + ")";
        }
        done = after;
    }
    return out + text.substr(done);
}

}  // namespace occlum::image

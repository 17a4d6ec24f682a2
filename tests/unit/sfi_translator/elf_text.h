// The executable bytes of an ELF file, for tests that run over real programs.
#pragma once

#include <elf.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/types.h"

namespace occlum::tests {

struct ElfText {
    u64 address = 0;
    std::vector<u8> bytes;
};

/// The section .text; empty when the file is missing or is not ELF.
inline ElfText elf_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> raw((std::istreambuf_iterator<char>(file)), {});
    Elf64_Ehdr header;
    if (raw.size() < sizeof(header)) return {};
    std::memcpy(&header, raw.data(), sizeof(header));
    if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return {};
    std::vector<Elf64_Shdr> sections(header.e_shnum);
    std::memcpy(sections.data(), raw.data() + header.e_shoff, sections.size() * sizeof(Elf64_Shdr));
    const Elf64_Shdr& names = sections[header.e_shstrndx];
    for (const Elf64_Shdr& section : sections) {
        if (std::strcmp(raw.data() + names.sh_offset + section.sh_name, ".text") != 0) continue;
        ElfText text;
        text.address = section.sh_addr;
        text.bytes.assign(raw.begin() + static_cast<long>(section.sh_offset),
                          raw.begin() + static_cast<long>(section.sh_offset + section.sh_size));
        return text;
    }
    return {};
}

}  // namespace occlum::tests

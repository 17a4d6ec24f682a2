#include "image/program_file.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace occlum::image {
namespace {

constexpr u32 kPage = 4096;

template <typename T>
std::optional<T> read_at(std::span<const u8> file, u64 offset) {
    T out{};
    if (offset > file.size() || file.size() - offset < sizeof out) return {};
    std::memcpy(&out, file.data() + offset, sizeof out);
    return out;
}

std::vector<Elf64_Phdr> program_headers(std::span<const u8> file, const Elf64_Ehdr& header) {
    std::vector<Elf64_Phdr> all;
    for (u32 n = 0; n < header.e_phnum; ++n) {
        const auto one = read_at<Elf64_Phdr>(file, header.e_phoff + u64{n} * sizeof(Elf64_Phdr));
        if (!one) return {};
        all.push_back(*one);
    }
    return all;
}

bool fits(const Elf64_Phdr& segment, std::span<const u8> file) {
    constexpr u64 kLimit = u64{1} << 32;
    return segment.p_vaddr < kLimit && segment.p_memsz < kLimit - segment.p_vaddr &&
           segment.p_filesz <= segment.p_memsz && segment.p_offset <= file.size() &&
           segment.p_filesz <= file.size() - segment.p_offset && segment.p_align < kLimit;
}

bool says_program(std::span<const u8> file, const Elf64_Phdr& dynamic) {
    for (u64 at = 0; at + sizeof(Elf64_Dyn) <= dynamic.p_filesz; at += sizeof(Elf64_Dyn)) {
        const auto entry = read_at<Elf64_Dyn>(file, dynamic.p_offset + at);
        if (!entry || entry->d_tag == DT_NULL) return false;
        if (entry->d_tag == DT_FLAGS_1) return (entry->d_un.d_val & DF_1_PIE) != 0;
    }
    return false;
}

// The sorted table that unwinders search (LSB Core, .eh_frame_hdr): where each function begins.
void add_functions(std::span<const u8> file, const Elf64_Phdr& table, std::vector<u32>& functions) {
    constexpr u8 kWord = 0x03, kSignedFromHere = 0x1b, kSignedFromTable = 0x3b;  // DW_EH_PE_…
    const auto head = read_at<std::array<u8, 4>>(file, table.p_offset);
    if (!head || *head != std::array<u8, 4>{1, kSignedFromHere, kWord, kSignedFromTable}) return;
    const u32 count = read_at<u32>(file, table.p_offset + 8).value_or(0);
    for (u32 n = 0; n < count && 12 + u64{n} * 8 + 8 <= table.p_filesz; ++n) {
        const auto distance = read_at<u32>(file, table.p_offset + 12 + u64{n} * 8);
        if (!distance) return;
        functions.push_back(static_cast<u32>(table.p_vaddr) + *distance);
    }
}

// Words of data that may be function pointers. One that is none costs room, nothing else.
void add_pointers(std::span<const u8> file, const Elf64_Phdr& data, const ProgramFile& program,
                  std::vector<u32>& functions) {
    for (u64 at = (data.p_offset + 7) / 8 * 8; at + 8 <= data.p_offset + data.p_filesz; at += 8) {
        const u64 value = read_at<u64>(file, at).value_or(0);
        if (value - program.code < program.code_size) functions.push_back(static_cast<u32>(value));
    }
}

}  // namespace

std::optional<ProgramFile> ProgramFile::read(std::span<const u8> file) {
    const auto header = read_at<Elf64_Ehdr>(file, 0);
    if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64 ||
        (header->e_type != ET_EXEC && header->e_type != ET_DYN))
        return {};
    ProgramFile program;
    program.kind = header->e_type == ET_EXEC ? Kind::Fixed : Kind::Library;
    bool loaded = false;
    const std::vector<Elf64_Phdr> headers = program_headers(file, *header);
    for (const Elf64_Phdr& segment : headers) {
        if (!fits(segment, file)) return {};
        if (segment.p_type == PT_DYNAMIC && program.kind == Kind::Library && says_program(file, segment))
            program.kind = Kind::PositionIndependent;
        if (segment.p_type == PT_GNU_EH_FRAME) add_functions(file, segment, program.functions);
        if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
        const u32 start = static_cast<u32>(segment.p_vaddr) & ~(kPage - 1);
        if (!loaded) program.start = start;
        loaded = true;
        program.end = static_cast<u32>(segment.p_vaddr + segment.p_memsz);
        program.alignment = std::max({program.alignment, static_cast<u32>(segment.p_align), kPage});
        if ((segment.p_flags & PF_X) == 0) continue;
        if (program.code_size != 0) return {};
        const u32 before = static_cast<u32>(segment.p_vaddr) - start;
        if (before > segment.p_offset) return {};
        program.code = start;
        program.code_offset = static_cast<u32>(segment.p_offset) - before;
        program.code_size = static_cast<u32>(segment.p_filesz) + before;
    }
    if (program.code_size == 0 || program.end < program.start) return {};
    for (const Elf64_Phdr& segment : headers)
        if (program.kind == Kind::Fixed && segment.p_type == PT_LOAD && (segment.p_flags & PF_X) == 0)
            add_pointers(file, segment, program, program.functions);
    if (header->e_entry != 0) program.functions.push_back(static_cast<u32>(header->e_entry));
    const auto elsewhere = [&](u32 function) { return function - program.code >= program.code_size; };
    std::erase_if(program.functions, elsewhere);
    std::ranges::sort(program.functions);
    return program;
}

}  // namespace occlum::image

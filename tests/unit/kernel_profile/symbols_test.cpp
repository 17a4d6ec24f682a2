// Files with functions, sound and not.
#include "kernel/profile/symbols.h"

#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace occlum::kernel::profile {
namespace {

class Bytes final : public ElfSource {
public:
    explicit Bytes(std::vector<u8> bytes) : bytes_(std::move(bytes)) {}
    explicit Bytes(std::string_view text) : bytes_(text.begin(), text.end()) {}
    u64 size() const override { return bytes_.size(); }
    Result<void> read(u64 offset, std::span<u8> out) const override {
        if (offset > bytes_.size() || out.size() > bytes_.size() - offset) return err(Errno::Eio);
        std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
        return {};
    }
    std::vector<u8>& bytes() { return bytes_; }

private:
    std::vector<u8> bytes_;
};

template <typename T>
void put(std::vector<u8>& file, size_t at, const T& value) {
    if (file.size() < at + sizeof value) file.resize(at + sizeof value);
    std::memcpy(file.data() + at, &value, sizeof value);
}

constexpr u64 kAddress = 0x40'1000, kOffset = 0x1000;

/// One segment of code at kOffset, linked at kAddress; two functions and an object.
std::vector<u8> small_file(u32 table_type = SHT_SYMTAB) {
    std::vector<u8> file;
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, "\177ELF\2\1\1", 7);
    header.e_phoff = 64;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    header.e_shoff = 0x200;
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shnum = 3;
    put(file, 0, header);
    put(file, 64, Elf64_Phdr{PT_LOAD, PF_R | PF_X, kOffset, kAddress, kAddress, 0x100, 0x100, 0x1000});
    const std::array<Elf64_Sym, 4> symbols{
        {{1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, kAddress + 0x10, 0x20},
         {7, ELF64_ST_INFO(STB_LOCAL, STT_FUNC), 0, 1, kAddress + 0x40, 0},
         {1, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1, kAddress + 0x14, 8},
         {1, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, SHN_UNDEF, kAddress, 0x100}}};
    put(file, 0x400, symbols);
    constexpr char kNames[] = "\0first\0se\033cond";
    put(file, 0x500, kNames);
    Elf64_Shdr table{}, names{};
    table.sh_type = table_type;
    table.sh_offset = 0x400;
    table.sh_size = sizeof symbols;
    table.sh_link = 2;
    names.sh_type = SHT_STRTAB;
    names.sh_offset = 0x500;
    names.sh_size = sizeof kNames;
    put(file, 0x240, table);
    put(file, 0x280, names);
    file.resize(kOffset + 0x100);
    return file;
}

std::string name_at(const Symbols& symbols, u64 place) {
    const Function* function = symbols.at(place);
    return function ? symbols.name_of(*function) : "";
}

TEST(Symbols, FindsFunctionsByFileOffset) {
    for (const u32 type : {SHT_SYMTAB, SHT_DYNSYM}) {
        const Bytes file(small_file(type));
        const Symbols symbols = Symbols::of_elf(file);
        EXPECT_EQ(symbols.size(), 2u);
        EXPECT_EQ(name_at(symbols, kOffset), "");
        EXPECT_EQ(name_at(symbols, kOffset + 0x10), "first");
        EXPECT_EQ(name_at(symbols, kOffset + 0x2f), "first");
        EXPECT_EQ(name_at(symbols, kOffset + 0x30), "");
        EXPECT_EQ(name_at(symbols, kOffset + 0x80), "se?cond");
        EXPECT_EQ(name_at(symbols, kOffset + 0x100), "");
        EXPECT_EQ(name_at(symbols, 0), "");
    }
}

TEST(Symbols, OfOtherFilesAreNone) {
    for (const std::string_view text :
         {std::string_view(""), std::string_view("#!/bin/sh\n"), std::string_view("\177ELF\2\1\1"),
          std::string_view("\177ELF\1\1\1")}) {
        const Bytes file(text);
        EXPECT_EQ(Symbols::of_elf(file).size(), 0u);
    }
}

TEST(Symbols, SurviveAnyDamage) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 20'000; ++round) {
        Bytes file(small_file());
        for (u64 n = 1 + random() % 6; n > 0; --n)
            file.bytes()[random() % 0x520] = static_cast<u8>(random() % 4 == 0 ? 0xff : random());
        if (random() % 8 == 0) file.bytes().resize(random() % file.bytes().size());
        const Symbols symbols = Symbols::of_elf(file);
        for (u64 place = kOffset; place < kOffset + 0x100; place += 16)
            EXPECT_LE(name_at(symbols, place).size(), Symbols::kLongestName);
    }
}

TEST(Symbols, ReadMapsOfPerf) {
    const Bytes file(
        "1000 20 one\n2000 10 the second, replaced\nnonsense\n10 zz x\n\n2000 10 the second\n"
        "3000 8 no end of line");
    const Symbols symbols = Symbols::of_map(file);
    EXPECT_EQ(symbols.size(), 2u);
    EXPECT_EQ(name_at(symbols, 0x1000), "one");
    EXPECT_EQ(name_at(symbols, 0x101f), "one");
    EXPECT_EQ(name_at(symbols, 0x1020), "");
    EXPECT_EQ(name_at(symbols, 0x200f), "the second");
}

TEST(Symbols, CutLongNames) {
    const std::string name(3 * Symbols::kLongestName, 'x');
    const Bytes file("1000 20 " + name + "\n2000 20 next\n");
    const Symbols symbols = Symbols::of_map(file);
    EXPECT_EQ(name_at(symbols, 0x1000), name.substr(0, Symbols::kLongestName));
    EXPECT_EQ(name_at(symbols, 0x2000), "next");
}

}  // namespace
}  // namespace occlum::kernel::profile

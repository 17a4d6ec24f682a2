// The code emitted for single instructions, pinned: any change of code generation shows as a change of
// golden/*.txt. A line at the margin is a guest instruction in hexadecimal; the indented lines below it are
// what it becomes. OCCLUM_GOLDEN_UPDATE=1 rewrites the files.
#include <Zydis/Zydis.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sfi/translator/translator.h"
#include "sfi/verifier/verifier.h"

namespace occlum::sfi {
namespace {

constexpr u64 kGuest = 0x401000;
constexpr u32 kOffset = 0x100000;

struct NothingKnown : translator::KnownCode, verifier::KnownEntries {
    std::optional<u32> body_of(GuestAddr) const override { return {}; }
    std::optional<u32> landing_of(GuestAddr) const override { return {}; }
    bool is_body(u32) const override { return false; }
    bool is_landing(u32) const override { return false; }
};

std::string disassembly(std::span<const u8> code, u64 address) {
    ZydisDisassembledInstruction insn;
    if (!ZYAN_SUCCESS(
            ZydisDisassembleATT(ZYDIS_MACHINE_MODE_LONG_64, address, code.data(), code.size(), &insn)))
        return "?";
    return insn.text;
}

size_t length(std::span<const u8> code) {
    ZydisDisassembledInstruction insn;
    if (!ZYAN_SUCCESS(ZydisDisassembleATT(ZYDIS_MACHINE_MODE_LONG_64, 0, code.data(), code.size(), &insn)))
        return 1;
    return insn.info.length;
}

std::string hex(std::span<const u8> bytes) {
    std::string text;
    char two[4];
    for (u8 byte : bytes) {
        std::snprintf(two, sizeof two, "%02x ", byte);
        text += two;
    }
    text.pop_back();
    return text;
}

std::vector<u8> parse(const std::string& line) {
    std::vector<u8> bytes;
    std::istringstream words(line.substr(0, line.find(';')));
    for (std::string word; words >> word;) bytes.push_back(static_cast<u8>(std::stoul(word, nullptr, 16)));
    return bytes;
}

// From the body to the jump to the next instruction.
std::string emitted(const std::vector<u8>& guest) {
    NothingKnown nothing;
    const auto unit =
        translator::translate({{kGuest}, guest}, {kGuest}, kOffset, nothing, translator::Scope::Single)
            .value();
    const std::array entries{unit.entries.front().body};
    EXPECT_TRUE(verifier::verify({unit.code, kOffset, entries, {}}, nothing)) << hex(guest);
    size_t end = unit.code.size();
    for (const auto& link : unit.links) {
        if (link.target.value == kGuest + guest.size()) end = link.field - 1;
    }
    std::string text = hex(guest) + " ; " + disassembly(guest, kGuest) + "\n";
    for (size_t at = unit.entries.front().body; at < end;) {
        const auto rest = std::span(unit.code).subspan(at, end - at);
        const auto bytes = rest.first(length(rest));
        text += "    " + hex(bytes) + " ; " + disassembly(bytes, kOffset + at) + "\n";
        at += bytes.size();
    }
    return text;
}

TEST(Golden, EmittedCodeIsAsPinned) {
    size_t instructions = 0;
    for (const auto& file : std::filesystem::directory_iterator(OCCLUM_GOLDEN_FOLDER)) {
        std::ifstream in(file.path());
        std::string pinned, now;
        for (std::string line; std::getline(in, line);) {
            pinned += line + "\n";
            if (line.empty() || line[0] == ' ') continue;
            now += emitted(parse(line));
            ++instructions;
        }
        if (std::getenv("OCCLUM_GOLDEN_UPDATE"))
            std::ofstream(file.path()) << now;
        else
            EXPECT_EQ(now, pinned) << file.path();
    }
    EXPECT_GT(instructions, 100u);
}

}  // namespace
}  // namespace occlum::sfi

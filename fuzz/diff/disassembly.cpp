#include <Zydis/Zydis.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "fuzz/diff/checker.h"
#include "fuzz/diff/filter.h"

namespace occlum::fuzz {
namespace {

struct Line {
    std::string text;
    size_t size;
};

using Operands = std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT>;

bool decode(std::span<const u8> code, ZydisDecodedInstruction& instruction, Operands& operands) {
    static const ZydisDecoder decoder = [] {
        ZydisDecoder made;
        ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
        return made;
    }();
    return ZYAN_SUCCESS(
        ZydisDecoderDecodeFull(&decoder, code.data(), code.size(), &instruction, operands.data()));
}

Line next_line(std::span<const u8> code, u64 address) {
    static const ZydisFormatter formatter = [] {
        ZydisFormatter made;
        ZydisFormatterInit(&made, ZYDIS_FORMATTER_STYLE_ATT);
        return made;
    }();
    ZydisDecodedInstruction instruction;
    Operands operands;
    if (!decode(code, instruction, operands)) return {"(bad)", 1};
    std::array<char, 200> buffer{};
    ZydisFormatterFormatInstruction(&formatter, &instruction, operands.data(),
                                    instruction.operand_count_visible, buffer.data(), buffer.size(), address,
                                    nullptr);
    return {buffer.data(), instruction.length};
}

}  // namespace

bool is_bit_string(std::span<const u8> code) {
    ZydisDecodedInstruction instruction;
    Operands operands;
    return decode(code, instruction, operands) && is_bit_test(instruction.mnemonic);
}

bool is_leave(std::span<const u8> code) {
    ZydisDecodedInstruction instruction;
    Operands operands;
    return decode(code, instruction, operands) && instruction.mnemonic == ZYDIS_MNEMONIC_LEAVE;
}

bool has_segment(std::span<const u8> code) {
    ZydisDecodedInstruction instruction;
    Operands operands;
    constexpr ZydisInstructionAttributes kEither = ZYDIS_ATTRIB_HAS_SEGMENT_FS | ZYDIS_ATTRIB_HAS_SEGMENT_GS;
    return decode(code, instruction, operands) && (instruction.attributes & kEither);
}

std::string disassemble_one(std::span<const u8> code, u64 address) { return next_line(code, address).text; }

bool is_string_instruction(std::span<const u8> code) {
    ZydisDecodedInstruction instruction;
    Operands operands;
    return decode(code, instruction, operands) && instruction.meta.category == ZYDIS_CATEGORY_STRINGOP;
}

std::string disassemble(std::span<const u8> code, u64 address) {
    std::string out;
    while (!code.empty()) {
        const Line line = next_line(code, address);
        std::array<char, 40> number{};
        std::snprintf(number.data(), number.size(), "  %10" PRIx64 "  ", address);
        out += number.data();
        for (size_t i = 0; i < 15; ++i) {
            std::snprintf(number.data(), number.size(), i < line.size ? "%02x" : "  ",
                          i < line.size ? code[i] : 0);
            out += number.data();
        }
        out += "  " + line.text + "\n";
        address += line.size;
        code = code.subspan(std::min(line.size, code.size()));
    }
    return out;
}

}  // namespace occlum::fuzz

#include "fuzz/diff/filter.h"

#include <algorithm>
#include <array>

namespace occlum::fuzz {
namespace {

constexpr std::array kExtensions{
    ZYDIS_ISA_EXT_ADOX_ADCX,  ZYDIS_ISA_EXT_AES,    ZYDIS_ISA_EXT_AVX,   ZYDIS_ISA_EXT_AVX2,
    ZYDIS_ISA_EXT_AVX2GATHER, ZYDIS_ISA_EXT_AVXAES, ZYDIS_ISA_EXT_BASE,  ZYDIS_ISA_EXT_BMI1,
    ZYDIS_ISA_EXT_BMI2,       ZYDIS_ISA_EXT_F16C,   ZYDIS_ISA_EXT_FMA,   ZYDIS_ISA_EXT_LONGMODE,
    ZYDIS_ISA_EXT_LZCNT,      ZYDIS_ISA_EXT_MMX,    ZYDIS_ISA_EXT_MOVBE, ZYDIS_ISA_EXT_PAUSE,
    ZYDIS_ISA_EXT_PCLMULQDQ,  ZYDIS_ISA_EXT_SHA,    ZYDIS_ISA_EXT_SSE,   ZYDIS_ISA_EXT_SSE2,
    ZYDIS_ISA_EXT_SSE3,       ZYDIS_ISA_EXT_SSE4,   ZYDIS_ISA_EXT_SSSE3, ZYDIS_ISA_EXT_X87};

constexpr std::array kCategories{ZYDIS_CATEGORY_COND_BR,    ZYDIS_CATEGORY_UNCOND_BR, ZYDIS_CATEGORY_CALL,
                                 ZYDIS_CATEGORY_RET,        ZYDIS_CATEGORY_SYSCALL,   ZYDIS_CATEGORY_SYSRET,
                                 ZYDIS_CATEGORY_SYSTEM,     ZYDIS_CATEGORY_INTERRUPT, ZYDIS_CATEGORY_IO,
                                 ZYDIS_CATEGORY_IOSTRINGOP, ZYDIS_CATEGORY_SEGOP,     ZYDIS_CATEGORY_VTX};

constexpr std::array kMnemonics{
    ZYDIS_MNEMONIC_CPUID,  ZYDIS_MNEMONIC_RDTSC,    ZYDIS_MNEMONIC_RDPMC,   ZYDIS_MNEMONIC_HLT,
    ZYDIS_MNEMONIC_POPF,   ZYDIS_MNEMONIC_POPFD,    ZYDIS_MNEMONIC_POPFQ,   ZYDIS_MNEMONIC_UD0,
    ZYDIS_MNEMONIC_UD1,    ZYDIS_MNEMONIC_UD2,      ZYDIS_MNEMONIC_FNSAVE,  ZYDIS_MNEMONIC_FNSTENV,
    ZYDIS_MNEMONIC_FXSAVE, ZYDIS_MNEMONIC_FXSAVE64, ZYDIS_MNEMONIC_FXRSTOR, ZYDIS_MNEMONIC_FXRSTOR64,
    ZYDIS_MNEMONIC_XGETBV, ZYDIS_MNEMONIC_LAR,      ZYDIS_MNEMONIC_LSL,     ZYDIS_MNEMONIC_VERR,
    ZYDIS_MNEMONIC_VERW,   ZYDIS_MNEMONIC_STI,      ZYDIS_MNEMONIC_CLI,     ZYDIS_MNEMONIC_SMSW,
    ZYDIS_MNEMONIC_SGDT,   ZYDIS_MNEMONIC_SIDT,     ZYDIS_MNEMONIC_SLDT,    ZYDIS_MNEMONIC_STR};

/// These mostly end the sequence with a trap: a few of them are enough.
constexpr std::array kRare{ZYDIS_MNEMONIC_LDMXCSR, ZYDIS_MNEMONIC_VLDMXCSR, ZYDIS_MNEMONIC_FLDCW,
                           ZYDIS_MNEMONIC_FLDENV, ZYDIS_MNEMONIC_FRSTOR};

/// Forms that no compiler emits and the translator leaves to the kernel: they end a sequence, so a few are
/// enough.
bool is_odd(const ZydisDecodedInstruction& instruction, std::span<const ZydisDecodedOperand> operands) {
    const bool word = instruction.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE;
    const u8 modrm = static_cast<u8>(instruction.raw.modrm.mod << 6 | instruction.raw.modrm.reg << 3);
    switch (instruction.mnemonic) {
        case ZYDIS_MNEMONIC_ENTER:
            return true;
        case ZYDIS_MNEMONIC_LEAVE:
        case ZYDIS_MNEMONIC_PUSHF:
        case ZYDIS_MNEMONIC_PUSHFQ:
            return word;
        case ZYDIS_MNEMONIC_MOVSXD:
            return !instruction.raw.rex.W;
        case ZYDIS_MNEMONIC_FENI8087_NOP:
        case ZYDIS_MNEMONIC_FDISI8087_NOP:
        case ZYDIS_MNEMONIC_FSETPM287_NOP:
            return true;
        default:
            break;
    }
    switch (instruction.opcode) {  // x87: second encodings
        case 0xd9:
            return instruction.meta.isa_ext == ZYDIS_ISA_EXT_X87 && modrm == 0xd8;
        case 0xdc:
            return instruction.meta.isa_ext == ZYDIS_ISA_EXT_X87 && (modrm == 0xd0 || modrm == 0xd8);
        case 0xdd:
            return instruction.meta.isa_ext == ZYDIS_ISA_EXT_X87 && modrm == 0xc8;
        case 0xde:
            return instruction.meta.isa_ext == ZYDIS_ISA_EXT_X87 && modrm == 0xd0;
        case 0xdf:
            return instruction.meta.isa_ext == ZYDIS_ISA_EXT_X87 && modrm >= 0xc0 && modrm <= 0xd8;
        default:
            break;
    }
    bool wide = false, implicit_segment = false;
    for (const ZydisDecodedOperand& operand : operands) {
        if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER)
            wide |= ZydisRegisterGetClass(operand.reg.value) == ZYDIS_REGCLASS_YMM;
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
            operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
            implicit_segment |=
                operand.mem.segment == ZYDIS_REGISTER_FS || operand.mem.segment == ZYDIS_REGISTER_GS;
    }
    const bool scalar_with_length =
        instruction.encoding == ZYDIS_INSTRUCTION_ENCODING_VEX && instruction.raw.vex.L && !wide;
    return scalar_with_length || implicit_segment;
}

template <typename List>
bool contains(const List& list, const auto& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

int general_register(ZydisRegister reg) {
    const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    return ZydisRegisterGetClass(whole) == ZYDIS_REGCLASS_GPR64 ? ZydisRegisterGetId(whole) : -1;
}

bool is_vector(ZydisRegister reg) {
    const ZydisRegisterClass kind = ZydisRegisterGetClass(reg);
    return kind == ZYDIS_REGCLASS_XMM || kind == ZYDIS_REGCLASS_YMM;
}

bool is_bit_test(ZydisMnemonic mnemonic) {
    return mnemonic == ZYDIS_MNEMONIC_BT || mnemonic == ZYDIS_MNEMONIC_BTS ||
           mnemonic == ZYDIS_MNEMONIC_BTR || mnemonic == ZYDIS_MNEMONIC_BTC;
}

bool is_load_string(ZydisMnemonic mnemonic) {
    return mnemonic == ZYDIS_MNEMONIC_LODSB || mnemonic == ZYDIS_MNEMONIC_LODSW ||
           mnemonic == ZYDIS_MNEMONIC_LODSD || mnemonic == ZYDIS_MNEMONIC_LODSQ;
}

bool is_tested(Random& random, const ZydisDecodedInstruction& instruction,
               std::span<const ZydisDecodedOperand> operands) {
    if (instruction.mnemonic == ZYDIS_MNEMONIC_ENDBR64) return true;
    if (!contains(kExtensions, instruction.meta.isa_ext)) return false;
    if (contains(kCategories, instruction.meta.category)) return false;
    if (contains(kMnemonics, instruction.mnemonic)) return false;
    const bool word = instruction.attributes & ZYDIS_ATTRIB_HAS_OPERANDSIZE;
    if (contains(kRare, instruction.mnemonic) && (word || !random.percent(8))) return false;
    if (is_odd(instruction, operands) && !random.percent(5)) return false;
    // A prefetch of a register: a nop for one maker of processors, undefined for the other.
    if (instruction.opcode_map == ZYDIS_OPCODE_MAP_0F && instruction.opcode == 0x0d &&
        instruction.raw.modrm.mod == 3)
        return false;
    // Processors take this as `xchg %r8,%rax`, the decoder does not.
    if (instruction.mnemonic == ZYDIS_MNEMONIC_PAUSE && instruction.raw.rex.B) return false;
    for (const ZydisDecodedOperand& operand : operands) {
        if (operand.type == ZYDIS_OPERAND_TYPE_POINTER) return false;
        if (operand.type != ZYDIS_OPERAND_TYPE_REGISTER) continue;
        const ZydisRegisterClass kind = ZydisRegisterGetClass(operand.reg.value);
        if (kind == ZYDIS_REGCLASS_SEGMENT || kind == ZYDIS_REGCLASS_CONTROL || kind == ZYDIS_REGCLASS_DEBUG)
            return false;
    }
    return true;
}

}  // namespace occlum::fuzz

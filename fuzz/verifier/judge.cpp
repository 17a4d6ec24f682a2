#include "fuzz/verifier/judge.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "sfi/dialect.h"

namespace occlum::sfi::verifier::judge {
namespace {

const ZydisDecoder& decoder() {
    static const ZydisDecoder instance = [] {
        ZydisDecoder made;
        ZydisDecoderInit(&made, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
        return made;
    }();
    return instance;
}

/// Categories without any instruction that leaves user mode's ordinary computation.
bool category_allowed(ZydisInstructionCategory category) {
    switch (category) {
        case ZYDIS_CATEGORY_ADOX_ADCX:
        case ZYDIS_CATEGORY_AES:
        case ZYDIS_CATEGORY_AVX:
        case ZYDIS_CATEGORY_AVX2:
        case ZYDIS_CATEGORY_AVX2GATHER:
        case ZYDIS_CATEGORY_BINARY:
        case ZYDIS_CATEGORY_BITBYTE:
        case ZYDIS_CATEGORY_BMI1:
        case ZYDIS_CATEGORY_BMI2:
        case ZYDIS_CATEGORY_BROADCAST:
        case ZYDIS_CATEGORY_CLFLUSHOPT:
        case ZYDIS_CATEGORY_CLWB:
        case ZYDIS_CATEGORY_CMOV:
        case ZYDIS_CATEGORY_COND_BR:
        case ZYDIS_CATEGORY_CONVERT:
        case ZYDIS_CATEGORY_DATAXFER:
        case ZYDIS_CATEGORY_FCMOV:
        case ZYDIS_CATEGORY_FLAGOP:
        case ZYDIS_CATEGORY_GFNI:
        case ZYDIS_CATEGORY_LOGICAL:
        case ZYDIS_CATEGORY_LOGICAL_FP:
        case ZYDIS_CATEGORY_LZCNT:
        case ZYDIS_CATEGORY_MISC:
        case ZYDIS_CATEGORY_MMX:
        case ZYDIS_CATEGORY_NOP:
        case ZYDIS_CATEGORY_PCLMULQDQ:
        case ZYDIS_CATEGORY_POP:
        case ZYDIS_CATEGORY_PREFETCH:
        case ZYDIS_CATEGORY_PUSH:
        case ZYDIS_CATEGORY_RDRAND:
        case ZYDIS_CATEGORY_RDSEED:
        case ZYDIS_CATEGORY_ROTATE:
        case ZYDIS_CATEGORY_SEMAPHORE:
        case ZYDIS_CATEGORY_SETCC:
        case ZYDIS_CATEGORY_SHA:
        case ZYDIS_CATEGORY_SHIFT:
        case ZYDIS_CATEGORY_SSE:
        case ZYDIS_CATEGORY_STRINGOP:
        case ZYDIS_CATEGORY_STTNI:
        case ZYDIS_CATEGORY_UNCOND_BR:
        case ZYDIS_CATEGORY_VAES:
        case ZYDIS_CATEGORY_VFMA:
        case ZYDIS_CATEGORY_VPCLMULQDQ:
        case ZYDIS_CATEGORY_WIDENOP:
        case ZYDIS_CATEGORY_X87_ALU:
            return true;
        default:
            return false;
    }
}

bool mnemonic_denied(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
        case ZYDIS_MNEMONIC_CPUID:
        case ZYDIS_MNEMONIC_ENTER:
        case ZYDIS_MNEMONIC_LEAVE:
        case ZYDIS_MNEMONIC_POPF:
        case ZYDIS_MNEMONIC_POPFD:
        case ZYDIS_MNEMONIC_POPFQ:
        case ZYDIS_MNEMONIC_STI:
        case ZYDIS_MNEMONIC_CLI:
        case ZYDIS_MNEMONIC_FXSAVE:
        case ZYDIS_MNEMONIC_FXSAVE64:
        case ZYDIS_MNEMONIC_FNSAVE:
        case ZYDIS_MNEMONIC_FNSTENV:
        case ZYDIS_MNEMONIC_MONITOR:
        case ZYDIS_MNEMONIC_MWAIT:
        case ZYDIS_MNEMONIC_MONITORX:
        case ZYDIS_MNEMONIC_MWAITX:
        case ZYDIS_MNEMONIC_UD0:
        case ZYDIS_MNEMONIC_UD1:
        case ZYDIS_MNEMONIC_UD2:
        case ZYDIS_MNEMONIC_CLZERO:
        case ZYDIS_MNEMONIC_INVALID:
            return true;
        default:
            return false;
    }
}

/// Outside the categories above, by name.
bool mnemonic_allowed(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
        case ZYDIS_MNEMONIC_INT3:
        case ZYDIS_MNEMONIC_RDTSC:
        case ZYDIS_MNEMONIC_RDTSCP:
            return true;
        default:
            return false;
    }
}

ZydisRegister family(ZydisRegister reg) {
    return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
}
bool is_rsp(ZydisRegister reg) { return reg != ZYDIS_REGISTER_NONE && family(reg) == ZYDIS_REGISTER_RSP; }

bool is_mov(const Decoded& d) { return d.insn.mnemonic == ZYDIS_MNEMONIC_MOV; }
bool is_register(const ZydisDecodedOperand& operand, ZydisRegister reg) {
    return operand.type == ZYDIS_OPERAND_TYPE_REGISTER && operand.reg.value == reg;
}
bool is_slot_load(const Decoded* d, i64 slot) {
    return d != nullptr && is_mov(*d) && d->operands[1].type == ZYDIS_OPERAND_TYPE_MEMORY &&
           d->operands[1].mem.segment == ZYDIS_REGISTER_FS && d->operands[1].mem.disp.value == slot;
}

/// `lea (%reg,%x,1),%reg` behind `mov %..,%reg32`.
bool adds_base(const Decoded* lea, const Decoded* move, ZydisRegister reg) {
    if (lea == nullptr || move == nullptr || lea->insn.mnemonic != ZYDIS_MNEMONIC_LEA || !is_mov(*move))
        return false;
    const auto& mem = lea->operands[1].mem;
    if (!is_register(lea->operands[0], reg) || mem.base != reg || mem.scale != 1 || mem.disp.value != 0)
        return false;
    return move->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER && move->operands[0].size == 32 &&
           family(move->operands[0].reg.value) == reg;
}

bool scratch(i64 slot) { return slot == 0x18 || slot == 0x20 || slot == 0x28 || slot == 0x30; }

std::string object_to_slot(const Decoded& d, const ZydisDecodedOperand& operand) {
    const auto& mem = operand.mem;
    if (!is_mov(d) || mem.base != ZYDIS_REGISTER_NONE || mem.index != ZYDIS_REGISTER_NONE)
        return "fs operand";
    const i64 slot = mem.disp.value;
    const bool store = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
    if (store && d.operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE) {
        return operand.size == 32 && (slot == 0x48 || slot == 0x50) ? "" : "immediate store to a slot";
    }
    if (operand.size != 64) return "slot access of another size";
    if (scratch(slot)) return "";
    if (store) return "store to a slot";
    if (slot == 0x38 || slot == 0x40 || slot == 0x08) return "";
    return slot == 0x10 && is_register(d.operands[0], ZYDIS_REGISTER_R10) ? "" : "load from a slot";
}

std::string object_to_memory(const Decoded& d, const ZydisDecodedOperand& operand, const Decoded* before,
                             const Decoded* before2) {
    const auto& mem = operand.mem;
    if (mem.type == ZYDIS_MEMOP_TYPE_AGEN) {
        const bool host = mem.base == ZYDIS_REGISTER_RIP || mem.base == ZYDIS_REGISTER_EIP;
        return host ? "address of host code" : "";
    }
    if (d.insn.mnemonic == ZYDIS_MNEMONIC_NOP) return "";
    if (mem.segment == ZYDIS_REGISTER_GS) {
        if (d.insn.address_width != 32) return "gs with wide addresses";
        if (mem.base == ZYDIS_REGISTER_EIP || mem.base == ZYDIS_REGISTER_RIP) return "gs relative to rip";
        const bool sized = operand.size / 8 <= 4096;
        return sized ? "" : "operand too large";
    }
    if (mem.segment == ZYDIS_REGISTER_FS) return object_to_slot(d, operand);
    // How far from rsp is the walks' subject. The stack of push and pop ignores the address width.
    const bool hidden = operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
    if (mem.base == ZYDIS_REGISTER_RSP && mem.index == ZYDIS_REGISTER_NONE &&
        (hidden || d.insn.address_width == 64)) {
        return "";
    }
    if (d.insn.meta.category == ZYDIS_CATEGORY_STRINGOP && d.insn.address_width == 64) {
        if (mem.base == ZYDIS_REGISTER_RSI)
            return adds_base(before, before2, ZYDIS_REGISTER_RSI) ? "" : "rsi";
        if (mem.base == ZYDIS_REGISTER_RDI) {
            // With a source, the destination was made before it: two instructions further back, seen at unit
            // level.
            if (adds_base(before, before2, ZYDIS_REGISTER_RDI)) return "";
            return adds_base(before, before2, ZYDIS_REGISTER_RSI) ? "" : "rdi";
        }
    }
    if (d.insn.mnemonic == ZYDIS_MNEMONIC_JMP && mem.base == ZYDIS_REGISTER_R10 &&
        mem.index == ZYDIS_REGISTER_R11 && mem.scale == 8 && mem.disp.value == 0 &&
        is_slot_load(before2, 0x10) && before != nullptr && is_mov(*before) &&
        is_register(before->operands[0], ZYDIS_REGISTER_R11D) &&
        is_register(before->operands[1], ZYDIS_REGISTER_R11D)) {
        return "";
    }
    return "memory operand";
}

/// Instructions that may have rsp as a register operand.
std::string object_to_rsp(const Decoded& d, const ZydisDecodedOperand& operand, const Decoded* before) {
    const auto& o = d.operands;
    switch (d.insn.mnemonic) {
        case ZYDIS_MNEMONIC_PUSH:
        case ZYDIS_MNEMONIC_POP:
        case ZYDIS_MNEMONIC_PUSHFQ:
            if (d.insn.operand_width != 64) return "stack operation of another size";
            if (operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN) return "";
            break;
        case ZYDIS_MNEMONIC_ADD:
        case ZYDIS_MNEMONIC_SUB:
            if (is_register(o[0], ZYDIS_REGISTER_RSP) && o[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
                std::abs(o[1].imm.value.s) <= kMaxDrift) {
                return "";
            }
            break;
        case ZYDIS_MNEMONIC_AND:
            if (is_register(o[0], ZYDIS_REGISTER_RSP) && o[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE &&
                o[1].imm.value.s >= -4096 && o[1].imm.value.s < 0) {
                return "";
            }
            break;
        case ZYDIS_MNEMONIC_LEA: {
            const auto& mem = o[1].mem;
            if (!is_register(o[0], ZYDIS_REGISTER_RSP) || mem.base != ZYDIS_REGISTER_RSP) break;
            if (mem.index == ZYDIS_REGISTER_NONE && std::abs(mem.disp.value) <= kMaxDrift) return "";
            if (before != nullptr && is_mov(*before) &&
                is_register(before->operands[0], ZYDIS_REGISTER_ESP) && mem.scale == 1 &&
                mem.disp.value == 0) {
                return "";
            }
            break;
        }
        case ZYDIS_MNEMONIC_MOV:
            if (o[0].type == ZYDIS_OPERAND_TYPE_REGISTER && o[0].size == 32 && !is_rsp(o[0].reg.value) &&
                is_register(o[1], ZYDIS_REGISTER_ESP)) {
                return "";
            }
            // The second step of REBASE.
            if (is_register(o[0], ZYDIS_REGISTER_ESP) && o[1].type == ZYDIS_OPERAND_TYPE_REGISTER &&
                is_slot_load(before, 0x08)) {
                return "";
            }
            break;
        default:
            break;
    }
    return "rsp as an operand";
}

}  // namespace

std::optional<Decoded> zydis_decode(std::span<const u8> code, u32 offset) {
    Decoded decoded;
    decoded.offset = offset;
    if (offset >= code.size()) return {};
    const auto rest = code.subspan(offset);
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&decoder(), rest.data(), rest.size(), &decoded.insn, decoded.operands))) {
        return {};
    }
    return decoded;
}

std::string text(const Decoded& decoded) {
    static const ZydisFormatter formatter = [] {
        ZydisFormatter made;
        ZydisFormatterInit(&made, ZYDIS_FORMATTER_STYLE_ATT);
        return made;
    }();
    char buffer[256];
    ZydisFormatterFormatInstruction(&formatter, &decoded.insn, decoded.operands,
                                    decoded.insn.operand_count_visible, buffer, sizeof buffer, decoded.offset,
                                    nullptr);
    return buffer;
}

std::string objection(const Decoded& d, const Decoded* before, const Decoded* before2) {
    const auto& insn = d.insn;
    if (insn.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) return "privileged";
    if (insn.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR) return "far branch";
    if (insn.encoding == ZYDIS_INSTRUCTION_ENCODING_EVEX ||
        insn.encoding == ZYDIS_INSTRUCTION_ENCODING_MVEX || insn.encoding == ZYDIS_INSTRUCTION_ENCODING_XOP ||
        insn.encoding == ZYDIS_INSTRUCTION_ENCODING_3DNOW) {
        return "encoding";
    }
    if (mnemonic_denied(insn.mnemonic)) return "mnemonic";
    if (!category_allowed(insn.meta.category) && !mnemonic_allowed(insn.mnemonic)) {
        return std::string("category ") + ZydisCategoryGetString(insn.meta.category);
    }
    for (const auto& operand : d.all()) {
        std::string found;
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) {
            // Never as an index; as a base only of what is judged below.
            found = object_to_memory(d, operand, before, before2);
            if (found.empty() && is_rsp(operand.mem.base) && operand.mem.type == ZYDIS_MEMOP_TYPE_AGEN &&
                insn.mnemonic == ZYDIS_MNEMONIC_LEA && operand.mem.base == ZYDIS_REGISTER_RSP &&
                !is_register(d.operands[0], ZYDIS_REGISTER_RSP)) {
                found = "rsp revealed by lea";
            }
        } else if (operand.type == ZYDIS_OPERAND_TYPE_POINTER) {
            found = "far pointer";
        } else if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) {
            const auto reg = operand.reg.value;
            const auto kind = ZydisRegisterGetClass(reg);
            const bool written = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
            if (is_rsp(reg)) found = object_to_rsp(d, operand, before);
            if (kind == ZYDIS_REGCLASS_SEGMENT || kind == ZYDIS_REGCLASS_CONTROL ||
                kind == ZYDIS_REGCLASS_DEBUG || kind == ZYDIS_REGCLASS_TABLE ||
                kind == ZYDIS_REGCLASS_BOUND || kind == ZYDIS_REGCLASS_MASK) {
                found = "system register";
            }
            if (kind == ZYDIS_REGCLASS_IP && written && insn.meta.branch_type == ZYDIS_BRANCH_TYPE_NONE &&
                insn.mnemonic != ZYDIS_MNEMONIC_INT3) {
                found = "writes rip";
            }
        }
        if (!found.empty()) return found;
    }
    return "";
}

namespace {

constexpr i64 kDomain = static_cast<i64>(kDomainSize), kGuard = static_cast<i64>(kGuardSize);

/// Runs through a unit with a concrete rsp (relative to B) and arbitrary branches. An access into a guard
/// ends the walk, as it would fault; one beyond the guards is an escape.
class Walk {
public:
    Walk(const std::map<u32, Decoded>& insns, u64 seed) : insns_(insns), random_(seed) {}

    std::string run(u32 start, i64 rsp) {
        u32 at = start;
        rsp_ = rsp;
        for (int steps = 0; steps < 300; ++steps) {
            const auto found = insns_.find(at);
            if (found == insns_.end()) return "";
            const Decoded& d = found->second;
            const State state = step(d);
            if (state == State::Escaped) return "rsp access beyond the guards: " + text(d);
            if (state == State::Faulted) return "";
            const auto branch = d.insn.meta.category;
            const bool conditional = branch == ZYDIS_CATEGORY_COND_BR;
            if (conditional || branch == ZYDIS_CATEGORY_UNCOND_BR) {
                const bool relative = d.operands[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
                const i64 to = d.offset + d.insn.length + (relative ? d.operands[0].imm.value.s : 0);
                const bool ahead = relative && to > d.offset && insns_.contains(static_cast<u32>(to));
                if (std::abs(drift()) > (ahead ? 2 * kMaxDrift : kMaxDrift))
                    return "leaves with too much drift";
                if (!conditional || random_() % 2 == 0) {
                    if (!relative) return "";
                    const i64 target = d.offset + d.insn.length + d.operands[0].imm.value.s;
                    if (target < 0) return "";
                    at = static_cast<u32>(target);
                    continue;
                }
            }
            at = d.offset + d.insn.length;
        }
        return "";
    }

private:
    enum class State { Ok, Faulted, Escaped };

    /// Distance of rsp from the domain.
    i64 drift() const { return rsp_ < 0 ? rsp_ : rsp_ >= kDomain ? rsp_ - kDomain + 1 : 0; }

    State access(i64 address, bool certain) {
        if (address < -kGuard || address >= kDomain + kGuard) return State::Escaped;
        if (certain && (address < kGuard || address >= kDomain - kGuard)) return State::Faulted;
        return State::Ok;
    }

    /// Is the access one that happens whatever the operands' values are?
    static bool certain(const Decoded& d, const ZydisDecodedOperand& operand) {
        constexpr auto kConditional = ZYDIS_OPERAND_ACTION_CONDREAD | ZYDIS_OPERAND_ACTION_CONDWRITE;
        const auto category = d.insn.meta.category;
        if (category == ZYDIS_CATEGORY_PREFETCH || category == ZYDIS_CATEGORY_CMOV ||
            category == ZYDIS_CATEGORY_SHIFT || category == ZYDIS_CATEGORY_ROTATE) {
            const bool by_one =
                d.insn.opcode_map == ZYDIS_OPCODE_MAP_DEFAULT && (d.insn.opcode & 0xfe) == 0xd0;
            return by_one;  // by 0, nothing may be accessed
        }
        const auto plain = ZYDIS_OPERAND_ACTION_READ | ZYDIS_OPERAND_ACTION_WRITE;
        return (operand.actions & plain) != 0 || (operand.actions & kConditional) == 0;
    }

    State step(const Decoded& d) {
        const auto mnemonic = d.insn.mnemonic;
        if (mnemonic == ZYDIS_MNEMONIC_NOP) return State::Ok;
        const bool push = d.insn.meta.category == ZYDIS_CATEGORY_PUSH;
        const bool pop = d.insn.meta.category == ZYDIS_CATEGORY_POP;
        if (pop) {
            if (const State state = access(rsp_, true); state != State::Ok) return state;
            rsp_ += 8;
        }
        for (const auto& operand : d.all()) {
            if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY || operand.mem.type == ZYDIS_MEMOP_TYPE_AGEN)
                continue;
            if (operand.mem.base != ZYDIS_REGISTER_RSP ||
                operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
                continue;
            const State state = access(rsp_ + operand.mem.disp.value, certain(d, operand));
            if (state != State::Ok) return state;
        }
        if (push) {
            rsp_ -= 8;
            return access(rsp_, true);
        }
        const bool to_rsp = is_register(d.operands[0], ZYDIS_REGISTER_RSP);
        if (to_rsp && mnemonic == ZYDIS_MNEMONIC_ADD) rsp_ += d.operands[1].imm.value.s;
        if (to_rsp && mnemonic == ZYDIS_MNEMONIC_SUB) rsp_ -= d.operands[1].imm.value.s;
        if (to_rsp && mnemonic == ZYDIS_MNEMONIC_AND) rsp_ &= d.operands[1].imm.value.s;
        if (to_rsp && mnemonic == ZYDIS_MNEMONIC_LEA) {
            rsp_ += d.operands[1].mem.disp.value;
            if (d.operands[1].mem.index != ZYDIS_REGISTER_NONE) rsp_ = random_edge();
        }
        return State::Ok;
    }

    /// Some address in the domain, near an edge.
    i64 random_edge() {
        const i64 inside = static_cast<i64>(random_() % (2u << 20));
        return random_() % 2 == 0 ? inside : kDomain - 1 - inside;
    }

    const std::map<u32, Decoded>& insns_;
    std::mt19937_64 random_;
    i64 rsp_ = 0;
};

}  // namespace

std::string objection_to_unit(std::span<const u8> code, u32 at, std::span<const u32> entries, i64 known,
                              u64 seed) {
    std::map<u32, Decoded> insns;
    for (u32 offset = 0; offset < code.size();) {
        const auto decoded = zydis_decode(code, offset);
        if (!decoded) return "Zydis does not know the bytes at " + std::to_string(offset);
        offset += decoded->insn.length;
        insns.emplace(decoded->offset, *decoded);
    }
    std::set<u32> joins(entries.begin(), entries.end());
    for (const auto& [offset, d] : insns) {
        if (d.operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !d.operands[0].imm.is_relative) continue;
        const i64 target = i64{offset} + d.insn.length + d.operands[0].imm.value.s;
        const i64 in_cache = at + target;
        if (target >= 0 && target < static_cast<i64>(code.size())) {
            if (!insns.contains(static_cast<u32>(target))) return "jump into an instruction: " + text(d);
            joins.insert(static_cast<u32>(target));
        } else if (in_cache != known && (in_cache < 0 || in_cache >= i64{kStubCount} * kStubStride ||
                                         in_cache % kStubStride != 0)) {
            return "jump out of the unit: " + text(d);
        }
    }
    bool falls = true;
    for (const auto& [offset, d] : insns) {
        falls = (falls || joins.contains(offset)) && d.insn.meta.category != ZYDIS_CATEGORY_UNCOND_BR;
    }
    if (falls) return "control reaches the end";
    for (u32 entry : entries) {
        if (!insns.contains(entry)) return "entry inside an instruction";
    }
    const Decoded *before = nullptr, *before2 = nullptr;
    for (const auto& [offset, d] : insns) {
        if (joins.contains(offset)) before = before2 = nullptr;
        if (auto found = objection(d, before, before2); !found.empty()) return found + ": " + text(d);
        // What holds a real address is made whole again at once.
        if (is_slot_load(before, 0x08) && !is_mov(d)) return "B in a register: " + text(*before);
        before2 = before;
        before = &d;
    }
    joins.insert(0);
    std::mt19937_64 random(seed);
    const std::vector<u32> starts(joins.begin(), joins.end());
    constexpr i64 kEdges[] = {0, kGuard, kDomain - kGuard, kDomain - 1};
    for (int walks = 0; walks < 12; ++walks) {
        const i64 offset = static_cast<i64>(random() % 3) - 1;
        const i64 rsp =
            kEdges[random() % 4] + offset * static_cast<i64>(random() % 2 ? kMaxDrift : random() % kMaxDrift);
        // No further out than the invariant says.
        const i64 start = std::clamp(rsp, -kMaxDrift, kDomain - 1 + kMaxDrift);
        if (auto found = Walk(insns, random()).run(starts[random() % starts.size()], start); !found.empty())
            return found;
    }
    return "";
}

}  // namespace occlum::sfi::verifier::judge

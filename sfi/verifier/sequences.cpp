// The sequences REBASE, STRING and DISPATCH: each is matched whole, from the load of BASE or TABLE that opens
// it. Those two slots are not loaded in any other way.
#include <array>

#include "sfi/verifier/rules.h"

namespace occlum::sfi::verifier {
namespace {

constexpr u8 kRax = 0, kRcx = 1, kRsi = 6, kRdi = 7;

bool plain(const Insn& insn) { return insn.segment == 0 && !insn.addr32 && !insn.osz; }

/// `mov %from,%to` of 32 bits, either encoding.
bool is_mov32(const Insn& insn, u8 to) {
    if (!plain(insn) || insn.w || insn.has_memory) return false;
    if (insn.is(Map::One, 0x89)) return insn.rm == to;
    return insn.is(Map::One, 0x8b) && insn.reg == to;
}
bool is_truncation(const Insn& insn, u8 reg) { return is_mov32(insn, reg) && insn.reg == insn.rm; }

/// `lea (%reg,%base,1),%reg`
bool is_add(const Insn& insn, u8 reg, u8 base) {
    return insn.is(Map::One, 0x8d) && plain(insn) && insn.w && insn.reg == reg && insn.base == reg &&
           insn.index == base && insn.scale == 0 && insn.disp == 0;
}

bool is_scratch_load(const Insn& insn, u8 reg) {
    if (insn.reg != reg) return false;
    return is_slot_load(insn, Slot::Scratch0) || is_slot_load(insn, Slot::Scratch1) ||
           is_slot_load(insn, Slot::Scratch2) || is_slot_load(insn, Slot::Scratch3);
}

/// Does the string instruction use rsi (movs and cmps do, stos and scas do not)?
bool uses_rsi(const Insn& insn) { return insn.opcode <= 0xa7; }

class Matcher {
public:
    Matcher(std::span<const u8> code, const Insn& first) : code_(code) {
        sequence_.count = 1;
        sequence_.length = first.length;
    }

    std::expected<Sequence, Refusal> run(const Insn& first) {
        if (first.reg == kRsp) return refuse(5, "rsp as a register operand");
        if (is_slot_load(first, Slot::Table)) return dispatch(first);
        const u8 r = first.reg;
        const Insn second = next();
        if (is_truncation(second, kRdi)) return string(r);
        if (!is_mov32(second, kRsp)) return refuse(6, "BASE loaded outside REBASE and STRING");
        return rebase(r);
    }

private:
    static std::unexpected<Refusal> refuse(int rule, const char* reason) {
        return std::unexpected(Refusal{rule, reason});
    }

    /// The next instruction, which becomes part of the sequence; one without a form if it is none.
    Insn next() {
        const auto insn = decode(code_.subspan(sequence_.length));
        if (!insn) return {};
        sequence_.starts[sequence_.count++] = static_cast<u8>(sequence_.length);
        sequence_.length += insn->length;
        return *insn;
    }

    std::expected<Sequence, Refusal> rebase(u8 r) {
        if (!is_add(next(), kRsp, r)) return refuse(6, "REBASE without the addition of BASE");
        if (!is_scratch_load(next(), r)) return refuse(6, "REBASE without the reload of its register");
        sequence_.kind = Sequence::Kind::Rebase;
        return sequence_;
    }

    std::expected<Sequence, Refusal> string(u8 r) {
        if (r == kRax || r == kRcx || r == kRsi || r == kRdi)
            return refuse(7, "STRING with a register it uses");
        if (!is_add(next(), kRdi, r)) return refuse(7, "STRING without the addition of BASE to rdi");
        Insn insn = next();
        const bool source = is_truncation(insn, kRsi);
        if (source) {
            if (!is_add(next(), kRsi, r)) return refuse(7, "STRING without the addition of BASE to rsi");
            insn = next();
        }
        if (insn.form == nullptr || insn.form->act != Act::String)
            return refuse(7, "STRING without its instruction");
        if (insn.segment != 0 || insn.addr32) return refuse(7, "segment or 67 on a string instruction");
        if (uses_rsi(insn) != source) return refuse(7, "STRING treats rsi wrongly");
        if (!is_truncation(next(), kRdi)) return refuse(7, "STRING leaves an address in rdi");
        if (source && !is_truncation(next(), kRsi)) return refuse(7, "STRING leaves an address in rsi");
        if (!is_scratch_load(next(), r)) return refuse(7, "STRING without the reload of its register");
        sequence_.kind = Sequence::Kind::String;
        return sequence_;
    }

    std::expected<Sequence, Refusal> dispatch(const Insn& first) {
        if (first.reg != kTableRegister) return refuse(8, "TABLE loaded into another register than r10");
        if (!is_truncation(next(), kTargetRegister))
            return refuse(8, "DISPATCH without the truncation of r11");
        const Insn jump = next();
        if (jump.form == nullptr || jump.form->act != Act::Indirect)
            return refuse(8, "DISPATCH without its jump");
        if (jump.segment != 0 || jump.addr32) return refuse(8, "segment or 67 on the dispatch jump");
        if (jump.base != kTableRegister || jump.index != kTargetRegister || jump.scale != 3 ||
            jump.disp != 0) {
            return refuse(8, "dispatch jump through another operand");
        }
        sequence_.kind = Sequence::Kind::Dispatch;
        return sequence_;
    }

    std::span<const u8> code_;
    Sequence sequence_;
};

}  // namespace

std::expected<Sequence, Refusal> match_sequence(std::span<const u8> code, const Insn& first) {
    return Matcher(code, first).run(first);
}

}  // namespace occlum::sfi::verifier

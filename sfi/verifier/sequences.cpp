// The sequences REBASE, STRING, DISPATCH and CALL: each is matched whole, from the instruction that opens it.
// BASE, TABLE and CALL_STACK are not loaded, and rsp is not copied, in any other way.
#include <algorithm>
#include <array>

#include "sfi/verifier/rules.h"

namespace occlum::sfi::verifier {
namespace {

constexpr u8 kRax = 0, kRcx = 1, kRsi = 6, kRdi = 7;

// What has one encoding only.
constexpr std::array<u8, 3> kTruncateTarget{0x45, 0x89, 0xdb};   // mov %r11d,%r11d
constexpr std::array<u8, 4> kFindEntry{0x4f, 0x8d, 0x1c, 0xda};  // lea (%r10,%r11,8),%r11
constexpr std::array<u8, 3> kKeepRsp{0x49, 0x89, 0xe2};          // mov %rsp,%r10
constexpr std::array<u8, 9> kEnterCallStack{0x64, 0x48, 0x8b, 0x24, 0x25, static_cast<u8>(Slot::CallStack),
                                            0,    0,    0};        // mov %fs:CALL_STACK,%rsp
constexpr std::array<u8, 3> kJumpEntry{0x41, 0xff, 0x23};          // jmp *(%r11)
constexpr std::array<u8, 3> kCallEntry{0x41, 0xff, 0x13};          // call *(%r11)
constexpr std::array<u8, 4> kReturnEntry{0x41, 0xff, 0x33, 0xc3};  // push (%r11); ret
constexpr std::array<u8, 3> kRestore{0x4c, 0x89, 0xd4};            // mov %r10,%rsp
constexpr u8 kCallNear = 0xe8;

bool starts_with(std::span<const u8> code, std::span<const u8> bytes) {
    return std::ranges::starts_with(code, bytes);
}

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
    Matcher(std::span<const u8> code, const Insn& first, bool paired) : code_(code), paired_(paired) {
        sequence_.count = 1;
        sequence_.length = first.length;
    }

    std::expected<Sequence, Refusal> run(const Insn& first) {
        if (paired_ && starts_with(code_, kKeepRsp)) return call();
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
        if (paired_) return paired_dispatch();
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

    std::expected<Sequence, Refusal> paired_dispatch() {
        if (!take(kTruncateTarget)) return refuse(8, "DISPATCH without the truncation of r11");
        if (!take(kFindEntry)) return refuse(8, "DISPATCH without the address of the entry");
        if (!take(kKeepRsp)) return refuse(8, "DISPATCH without the copy of rsp");
        sequence_.kind = Sequence::Kind::Dispatch;
        if (take(kJumpEntry)) return sequence_;
        if (!take(kEnterCallStack)) return refuse(8, "DISPATCH without its jump");
        if (take(kCallEntry) || take(kReturnEntry)) return sequence_;
        return refuse(8, "DISPATCH without its call or return");
    }

    std::expected<Sequence, Refusal> call() {
        if (!take(kEnterCallStack)) return refuse(5, "rsp copied outside CALL and DISPATCH");
        const size_t size = sequence_.length + kCallSize;
        if (code_.size() < size || code_[sequence_.length] != kCallNear)
            return refuse(8, "CALL without its call");
        sequence_.starts[sequence_.count++] = static_cast<u8>(sequence_.length);
        sequence_.length = static_cast<u32>(size);
        sequence_.kind = Sequence::Kind::Call;
        return sequence_;
    }

    /// Whether exactly these bytes follow, which become part of the sequence then.
    bool take(std::span<const u8> bytes) {
        if (!starts_with(code_.subspan(sequence_.length), bytes)) return false;
        sequence_.starts[sequence_.count++] = static_cast<u8>(sequence_.length);
        sequence_.length += static_cast<u32>(bytes.size());
        return true;
    }

    static constexpr size_t kCallSize = 5;

    std::span<const u8> code_;
    bool paired_;
    Sequence sequence_;
};

}  // namespace

bool is_restore(std::span<const u8> code) { return starts_with(code, kRestore); }

bool opens_sequence(std::span<const u8> code, const Insn& first) {
    return is_slot_load(first, Slot::Base) || is_slot_load(first, Slot::Table) || starts_with(code, kKeepRsp);
}

std::expected<Sequence, Refusal> match_sequence(std::span<const u8> code, const Insn& first, bool paired) {
    return Matcher(code, first, paired).run(first);
}

}  // namespace occlum::sfi::verifier

// Bytes to Insn. Prefixes come in one canonical order, each at most once; whatever has no row in the
// allow-list is refused; a prefix or VEX bit that the row does not define is refused too.
#include <algorithm>
#include <array>

#include "sfi/verifier/insn.h"

namespace occlum::sfi::verifier {
namespace {

constexpr size_t kMaxLength = 15;

/// Place in the canonical order (1..6), 0 for bytes that are no prefix, 7 for prefixes never accepted.
constexpr u8 prefix_rank(u8 byte) {
    switch (byte) {
        case 0x64:
        case 0x65:
            return 1;
        case 0x67:
            return 2;
        case 0xf0:
            return 3;
        case 0x66:
            return 4;
        case 0xf2:
        case 0xf3:
            return 5;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
            return 7;
        default:
            return (byte & 0xf0) == 0x40 ? 6 : 0;
    }
}
constexpr auto kPrefixRank = [] {
    std::array<u8, 256> ranks{};
    for (u32 byte = 0; byte < 256; ++byte) ranks[byte] = prefix_rank(static_cast<u8>(byte));
    return ranks;
}();

class Decoder {
public:
    Decoder(std::span<const u8> code, Insn& insn)
        : code_(code.first(std::min(code.size(), kMaxLength))), insn_(insn) {}

    Refusal run() {
        const Refusal refusal = parse();
        // A read past the end: the unit is cut, or the instruction too long.
        if (at_ > code_.size()) return {1, "instruction goes past the unit's end or 15 bytes"};
        insn_.length = static_cast<u8>(at_);
        return refusal;
    }

private:
    // Behind the end are zeros; run() finds out that they were taken.
    u8 peek() const { return at_ < code_.size() ? code_[at_] : u8{0}; }
    u8 next() {
        const u8 byte = peek();
        ++at_;
        return byte;
    }
    template <u32 kBytes>
    u64 peek_little() const {
        u64 value = 0;
        if (at_ + kBytes <= code_.size()) {
            const auto bytes = code_.subspan(at_).first<kBytes>();
            for (u32 i = 0; i < kBytes; ++i) value |= u64{bytes[i]} << (8 * i);
            return value;
        }
        for (u32 i = 0; at_ + i < code_.size(); ++i) value |= u64{code_[at_ + i]} << (8 * i);
        return value;
    }
    /// Signed, of `size` bytes: 0, 1, 2 or 4. Sizes vary from one instruction to the next, so no branches.
    i32 next_signed(u32 size) {
        const u64 value = peek_little<4>() << 32;
        at_ += size;
        return size == 0 ? 0
                         : static_cast<i32>(static_cast<i64>(value << (32 - 8 * size)) >> (64 - 8 * size));
    }

    Refusal parse() {
        if (Refusal r = prefixes(); r.rule != 0) return r;
        if (Refusal r = opcode(); r.rule != 0) return r;
        if (Refusal r = select_form(); r.rule != 0) return r;
        if (Refusal r = check_prefixes(); r.rule != 0) return r;
        operands();
        if (insn_.form->has(kVsib)) return check_gather();
        return {};
    }

    Refusal prefixes() {
        u8 last = 0;
        while (true) {
            const u8 byte = peek();
            const u8 rank = kPrefixRank[byte];
            if (rank == 0) return {};
            if (rank == 7) return {2, "prefix that is never accepted"};
            if (rank <= last) return {2, "prefix repeated or out of order"};
            last = rank;
            switch (rank) {
                case 1:
                    insn_.segment = byte;
                    break;
                case 2:
                    insn_.addr32 = true;
                    break;
                case 3:
                    insn_.lock = true;
                    break;
                case 4:
                    insn_.osz = true;
                    break;
                case 5:
                    insn_.rep = byte;
                    break;
                default:
                    insn_.has_rex = true;
                    insn_.w = (byte & 8) != 0;
                    r_ = byte << 1 & 8;
                    x_ = byte << 2 & 8;
                    b_ = byte << 3 & 8;
            }
            ++at_;
        }
    }

    Refusal opcode() {
        column_ = insn_.rep == 0xf2 ? kF2 : insn_.rep == 0xf3 ? kF3 : insn_.osz ? k66 : kNp;
        insn_.opcode = next();
        if (insn_.opcode == 0xc4 || insn_.opcode == 0xc5) return vex();
        if (insn_.opcode != 0x0f) return {};
        insn_.map = Map::Two;
        insn_.opcode = next();
        if (insn_.opcode == 0x38 || insn_.opcode == 0x3a) {
            insn_.map = insn_.opcode == 0x38 ? Map::Three8 : Map::ThreeA;
            insn_.opcode = next();
        }
        return {};
    }

    Refusal vex() {
        if (insn_.lock || insn_.osz || insn_.rep != 0 || insn_.has_rex) return {2, "prefix before VEX"};
        vex_ = true;
        u8 map = 1;
        const u8 first = static_cast<u8>(~next());
        u8 last = first;
        r_ = first >> 4 & 8;
        if (insn_.opcode == 0xc4) {
            x_ = first >> 3 & 8;
            b_ = first >> 2 & 8;
            map = ~first & 0x1f;
            last = static_cast<u8>(~next());
            insn_.w = (last & 0x80) == 0;
        }
        if (map < 1 || map > 3) return {3, "VEX map not on the list"};
        constexpr std::array<Map, 4> kMaps{Map::One, Map::Vex1, Map::Vex2, Map::Vex3};
        constexpr std::array<Prefix, 4> kColumns{kNp, k66, kF3, kF2};
        insn_.map = kMaps[map];
        insn_.vvvv = last >> 3 & 15;
        l_ = (last & 4) == 0;
        column_ = kColumns[~u32{last} & 3];
        insn_.opcode = next();
        return {};
    }

    /// Finds the row, by opcode, prefix column and modrm.
    Refusal select_form() {
        const auto rows = lookup(insn_.map, column_, insn_.opcode);
        if (rows.empty()) {
            if (!vex_ && column_ != kNp && !lookup(insn_.map, kNp, insn_.opcode).empty()) {
                return {2, "66, F2 or F3 that the opcode does not define"};
            }
            return {3, "opcode is not on the list"};
        }
        insn_.form = &rows[0];
        if (!rows[0].has(kModrm)) return {};
        modrm_ = next();
        insn_.has_memory = modrm_ < 0xc0;
        insn_.extension = modrm_ >> 3 & 7;
        for (const Form& form : rows) {
            insn_.form = &form;
            if ((form.regs >> insn_.extension & 1) == 0) continue;
            if (form.has(insn_.has_memory ? kReg : kMem)) continue;
            if (form.exact != 0 && form.exact != modrm_) continue;
            if (form.has(kX87) && !x87_allowed(insn_.opcode, modrm_)) continue;
            return {};
        }
        return {3, "form of the opcode is not on the list"};
    }

    Refusal check_prefixes() const {
        const Form& form = *insn_.form;
        const bool mandatory = column_ == k66 && (form.prefixes & k66) != 0;
        if (insn_.osz && !mandatory && !form.has(kOsz)) return {2, "66 that the opcode does not define"};
        if (insn_.osz && insn_.w && form.has(kOsz)) return {2, "66 has no effect beside REX.W"};
        if (insn_.lock && !(form.has(kLock) && insn_.has_memory)) return {2, "lock on an unlockable form"};
        if (insn_.has_rex && form.has(kNoRex)) return {2, "REX on an opcode that takes none"};
        if (!vex_) return {};
        if (!form.has(kVvvv | kVvvvG) && insn_.vvvv != 0) return {2, "VEX.vvvv is not 1111"};
        if (form.has(kL0) && l_) return {2, "VEX.L is not 0"};
        if (form.has(kL1) && !l_) return {2, "VEX.L is not 1"};
        if (form.has(kW0) && insn_.w) return {2, "VEX.W is not 0"};
        if (form.has(kW1) && !insn_.w) return {2, "VEX.W is not 1"};
        return {};
    }

    void operands() {
        const Form& form = *insn_.form;
        if (form.has(kOpG)) insn_.reg = static_cast<u8>((insn_.opcode & 7) | b_);
        if (form.has(kModrm)) {
            insn_.reg = static_cast<u8>(insn_.extension | r_);
            if (insn_.has_memory) {
                memory_operand();
            } else {
                insn_.rm = static_cast<u8>((modrm_ & 7) | b_);
            }
        }
        if (form.has(kImmV) && insn_.w) {
            insn_.imm = static_cast<i64>(peek_little<8>());
            at_ += 8;
            return;
        }
        const bool word = insn_.osz && form.has(kOsz);
        insn_.imm = next_signed(form.has(kImm8) ? 1 : !form.has(kImmZ | kImmV) ? 0 : word ? 2 : 4);
    }

    Refusal check_gather() const {
        const u8 index = insn_.index, to = insn_.reg, mask = insn_.vvvv;
        if (index == kNoRegister) return {3, "gather without an index"};
        if (index == to || index == mask || to == mask) return {3, "gather with a register named twice"};
        return {};
    }

    void memory_operand() {
        const u8 mode = modrm_ >> 6;
        u8 low = modrm_ & 7;
        if (low == 4) {
            const u8 sib = next();
            insn_.scale = sib >> 6;
            const u8 index = static_cast<u8>((sib >> 3 & 7) | x_);
            if (index != kRsp || insn_.form->has(kVsib)) insn_.index = index;
            low = sib & 7;
            insn_.base = static_cast<u8>(low | b_);
            if (low == 5 && mode == 0) insn_.base = kNoRegister;
        } else {
            insn_.base = low == 5 && mode == 0 ? kRip : static_cast<u8>(low | b_);
        }
        insn_.disp = next_signed(mode == 1 ? 1 : mode == 2 || (mode == 0 && low == 5) ? 4 : 0);
    }

    std::span<const u8> code_;
    Insn& insn_;
    size_t at_ = 0;
    bool vex_ = false;
    bool l_ = false;
    u8 r_ = 0, x_ = 0, b_ = 0;  ///< register extension bits, already in place (0 or 8)
    u8 modrm_ = 0;
    Prefix column_ = kNp;
};

}  // namespace

std::expected<Insn, Refusal> decode(std::span<const u8> code) {
    std::expected<Insn, Refusal> insn;
    if (Refusal r = Decoder(code, *insn).run(); r.rule != 0) insn = std::unexpected(r);
    return insn;
}

}  // namespace occlum::sfi::verifier

#include "sfi/translator/decoder.h"

#include "sfi/gate/gate.h"
#include "sfi/translator/groups.h"

namespace occlum::sfi::translator {
namespace {

// Behind the end are zeros; overrun() says that they were taken.
class Reader {
public:
    explicit Reader(std::span<const u8> bytes) : bytes_(bytes) {}

    u8 next() {
        const u8 byte = peek();
        ++at_;
        return byte;
    }
    u8 peek() const { return at_ < bytes_.size() ? bytes_[at_] : u8{0}; }
    u64 little(unsigned size) {
        u64 value = 0;
        if (at_ + 8 <= bytes_.size()) {
            const auto eight = bytes_.subspan(at_).first<8>();
            for (unsigned n = 0; n < 8; ++n) value |= u64{eight[n]} << (8 * n);
            if (size < 8) value &= (u64{1} << (8 * size)) - 1;
        } else {
            for (unsigned n = 0; n < size && at_ + n < bytes_.size(); ++n)
                value |= u64{bytes_[at_ + n]} << (8 * n);
        }
        at_ += size;
        return value;
    }
    size_t at() const { return at_; }
    bool overrun() const { return at_ > bytes_.size(); }

private:
    std::span<const u8> bytes_;
    size_t at_ = 0;
};

constexpr u64 sign_extend(u64 value, unsigned size) {
    if (size >= 8) return value;
    const u64 sign = u64{1} << (8 * size - 1);
    return (value ^ sign) - sign;
}

// Scalar instructions ignore VEX.L.
bool ignores_length(const Form& form) {
    const u8 opcode = form.opcode;
    if (form.map == 2) return opcode >= 0x99 && opcode <= 0xbf && (opcode & 9) == 9;
    if (form.map == 3) return opcode == 0x0a || opcode == 0x0b;
    if (opcode == 0x2e || opcode == 0x2f) return true;
    if (form.pp < 2 || opcode == 0x5b) return false;
    return opcode == 0x10 || opcode == 0x11 || opcode == 0x2a || opcode == 0x2c || opcode == 0x2d ||
           opcode == 0xc2 || (opcode >= 0x51 && opcode <= 0x5f);
}

class Decoder {
public:
    Decoder(std::span<const u8> bytes, u64 address, Insn& insn) : in_(bytes), insn_(insn) {
        insn_.address = address;
    }

    Decoded run() {
        const bool known = prefixes() && opcode();
        if (in_.overrun()) return Decoded::Truncated;
        if (!known) return Decoded::Bad;
        if (insn_.has(kModrm)) modrm();
        if (in_.overrun()) return Decoded::Truncated;
        if (insn_.info.op == Op::Group && !refine_group(insn_, modrm_)) return Decoded::Bad;
        if (!operands_allowed()) return Decoded::Bad;
        operand_size();
        immediate();
        if (in_.overrun()) return Decoded::Truncated;
        if (in_.at() > kMaxLength) return Decoded::Bad;
        insn_.length = static_cast<u8>(in_.at());
        finish();
        return Decoded::Ok;
    }

private:
    bool prefixes() {
        for (;;) {
            const u8 byte = in_.next();
            if (in_.overrun() || in_.at() > kMaxLength) return false;
            switch (byte) {
                case 0x26:
                case 0x2e:
                case 0x36:
                case 0x3e:
                    rex_ = 0;
                    break;
                case 0x64:
                case 0x65:
                    insn_.segment = byte;
                    rex_ = 0;
                    break;
                case 0x66:
                    insn_.opsize = true;
                    rex_ = 0;
                    break;
                case 0x67:
                    insn_.addr32 = true;
                    rex_ = 0;
                    break;
                case 0xf0:
                    lock_ = true;
                    rex_ = 0;
                    break;
                case 0xf2:
                case 0xf3:
                    insn_.rep = byte;
                    rex_ = 0;
                    break;
                default:
                    if ((byte & 0xf0) != 0x40) {
                        first_ = byte;
                        return true;
                    }
                    rex_ = byte;
            }
        }
    }

    bool opcode() {
        if (first_ == 0xc4 || first_ == 0xc5) return vex();
        Form& form = insn_.form;
        u8 byte = first_;
        if (byte == 0x0f) {
            form.map = 1;
            byte = in_.next();
            if (byte == 0x38 || byte == 0x3a) {
                form.map = byte == 0x38 ? 2 : 3;
                byte = in_.next();
            }
        }
        form.opcode = byte;
        const unsigned pp = insn_.rep == 0xf2 ? 3 : insn_.rep == 0xf3 ? 2 : insn_.opsize ? 1 : 0;
        insn_.info = legacy_opcode(form.map, byte, pp);
        if (insn_.has(kMandatory)) form.pp = static_cast<u8>(pp);
        form.w = (rex_ & 8) != 0;
        r_ = (rex_ & 4) ? 8 : 0;
        x_ = (rex_ & 2) ? 8 : 0;
        b_ = (rex_ & 1) ? 8 : 0;
        return insn_.info.op != Op::Bad;
    }

    bool vex() {
        if (rex_ || lock_ || insn_.opsize || insn_.rep) return false;
        Form& form = insn_.form;
        form.vex = true;
        u8 byte = in_.next();
        r_ = (byte & 0x80) ? 0 : 8;
        form.map = 1;
        if (first_ == 0xc4) {
            x_ = (byte & 0x40) ? 0 : 8;
            b_ = (byte & 0x20) ? 0 : 8;
            form.map = byte & 0x1f;
            byte = in_.next();
            form.w = (byte & 0x80) != 0;
        }
        form.vvvv = static_cast<u8>((~byte >> 3) & 15);
        form.length_bit = (byte >> 2) & 1;
        form.pp = byte & 3;
        form.opcode = in_.next();
        if (ignores_length(form)) form.length_bit = 0;
        if (form.map < 1 || form.map > 3) return false;
        insn_.info = vex_opcode(form.map, form.opcode, form.pp);
        if (insn_.has(kVex128) && form.length_bit) return false;
        if (insn_.has(kVex256) && !form.length_bit) return false;
        return insn_.info.op != Op::Bad;
    }

    void modrm() {
        Form& form = insn_.form;
        modrm_ = in_.next();
        form.modrm = true;
        form.reg = static_cast<u8>(((modrm_ >> 3) & 7) | r_);
        form.rm = static_cast<u8>((modrm_ & 7) | b_);
        form.memory = (modrm_ >> 6) != 3;
        if (form.memory) memory_operand();
    }

    void memory_operand() {
        Form& form = insn_.form;
        Mem& mem = form.mem;
        const u8 mod = modrm_ >> 6;
        unsigned disp_size = mod == 1 ? 1 : mod == 2 ? 4 : 0;
        form.vsib = insn_.has(kVsib);
        if ((modrm_ & 7) == 4) {
            const u8 sib = in_.next();
            mem.scale = sib >> 6;
            const u8 index = static_cast<u8>(((sib >> 3) & 7) | x_);
            if (index != 4 || form.vsib) mem.index = index;
            if ((sib & 7) == 5 && mod == 0)
                disp_size = 4;
            else
                mem.base = static_cast<u8>((sib & 7) | b_);
        } else if ((modrm_ & 7) == 5 && mod == 0) {
            insn_.rip = true;
            disp_size = 4;
        } else {
            mem.base = form.rm;
        }
        if (disp_size) mem.disp = static_cast<i32>(sign_extend(in_.little(disp_size), disp_size));
        form.rm = 0;
    }

    // 71, 72: /2 /4 /6; 73: /2 /6 and on whole registers /3 /7.
    bool vector_shift() const {
        const unsigned n = (modrm_ >> 3) & 7;
        if (insn_.form.opcode < 0x73) return n == 2 || n == 4 || n == 6;
        return n == 2 || n == 6 || ((n == 3 || n == 7) && insn_.form.pp == 1);
    }

    bool operands_allowed() const {
        const Form& form = insn_.form;
        if (insn_.info.op == Op::Bad) return false;
        if (insn_.has(kMemOnly) && !form.memory) return false;
        if (insn_.has(kRegOnly) && form.memory) return false;
        if (insn_.has(kVsib) && (modrm_ & 7) != 4) return false;
        if (insn_.has(kNoVvvv) && form.vvvv != 0) return false;
        // Scalar vmovss and vmovsd merge from vvvv, but not with memory.
        const bool scalar_move = form.vex && form.map == 1 && (form.opcode & 0xfe) == 0x10 && form.pp >= 2;
        if (scalar_move && form.memory && form.vvvv != 0) return false;
        if (form.map == 1 && form.opcode >= 0x71 && form.opcode <= 0x73 && !vector_shift()) return false;
        if (form.map == 1 && (form.opcode == 0x12 || form.opcode == 0x16) && form.pp == 1 && !form.memory)
            return false;
        const bool word = insn_.opsize && !form.w;  // movsxd and bswap of 16 bits: undefined
        if (word && form.map == 0 && form.opcode == 0x63) return false;
        if (word && form.map == 1 && (form.opcode & 0xf8) == 0xc8 && !form.vex) return false;
        const bool assist = insn_.info.op == Op::Assist || insn_.info.op == Op::AssistEnd;
        return !lock_ || assist || (insn_.has(kLockable) && form.memory);
    }

    void operand_size() {
        Form& form = insn_.form;
        if (!form.vex) {
            const bool wide = form.w && (insn_.has(kDefault64) || insn_.has(kWide));  // outranks 66
            if (insn_.has(kDefault64) || !insn_.has(kWide)) form.w = false;
            form.opsize = insn_.has(kOpsize) && insn_.opsize && !wide;
        }
        form.lock = lock_ && insn_.has(kLockable) && !(form.map == 0 && (form.opcode & 0xfe) == 0x86);
        if (insn_.has(kOpReg)) {
            form.op_reg = true;
            form.rm = static_cast<u8>((form.opcode & 7) | b_);
            form.opcode &= 0xf8;
        }
        form.reg_byte = insn_.has(kRegByte);
        form.rm_byte = insn_.has(kRmByte) && !form.memory;
        if (rex_ == 0 && !form.vex) {
            if (form.reg_byte && form.reg >= 4) form.reg = static_cast<u8>(form.reg + kHighByte - 4);
            if (form.rm_byte && form.rm >= 4) form.rm = static_cast<u8>(form.rm + kHighByte - 4);
        }
    }

    void immediate() {
        Form& form = insn_.form;
        const unsigned z = form.opsize ? 2 : 4;
        if (insn_.has(kImm16) && insn_.has(kImm8))
            form.imm_size = 3;
        else if (insn_.has(kImm8))
            form.imm_size = 1;
        else if (insn_.has(kImm16))
            form.imm_size = 2;
        else if (insn_.has(kImmZ))
            form.imm_size = static_cast<u8>(z);
        else if (insn_.has(kImmV))
            form.imm_size = static_cast<u8>(form.w ? 8 : z);
        else if (insn_.info.op == Op::Moffs)
            form.imm_size = insn_.addr32 ? 4 : 8;
        if (form.imm_size) form.imm = in_.little(form.imm_size);
    }

    void finish() {
        const Form& form = insn_.form;
        const Op op = insn_.info.op;
        if (form.map == 1 && (form.opcode & 0xf0) == 0x90 && !form.vex)
            insn_.form.reg = 0;  // setcc ignores it
        if (insn_.rip) {
            insn_.target = insn_.next() + static_cast<u64>(i64{form.mem.disp});
            if (insn_.addr32) insn_.target &= 0xffffffff;
            insn_.form.mem.disp = static_cast<i32>(static_cast<u32>(insn_.target));
        }
        const bool direct = op == Op::Jcc || op == Op::Jmp || op == Op::Call || op == Op::Loop;
        if (direct) insn_.target = insn_.next() + sign_extend(form.imm, form.imm_size);
        if (form.map == 0 && form.opcode == 0x90 && form.op_reg && form.rm == 0) insn_.info.op = Op::Nop;
        // Operand-size prefixes on near branches mean different things to different makers: the kernel
        // refuses. REX.W outranks them (the general-dynamic TLS sequence is data16 data16 rex.W call).
        const bool indirect = op == Op::JmpRm || op == Op::CallRm || op == Op::Ret;
        const bool narrow = insn_.opsize && (rex_ & 8) == 0;
        if (narrow && ((direct && op != Op::Loop) || indirect)) insn_.info.op = Op::AssistEnd;
        insn_.registers = named_registers(insn_);
    }

    Reader in_;
    Insn& insn_;
    u8 rex_ = 0, first_ = 0, modrm_ = 0;
    u8 r_ = 0, x_ = 0, b_ = 0;
    bool lock_ = false;
};

}  // namespace

u32 named_registers(const Insn& insn) {
    const Form& form = insn.form;
    u32 named = register_bit(RSP);
    if (insn.has(kRegGpr)) named |= register_bit(form.reg);
    if (insn.has(kRmGpr) && !form.memory) named |= register_bit(form.rm);
    if (insn.has(kVvvvGpr)) named |= register_bit(form.vvvv);
    if (form.memory) named |= register_bit(form.mem.base) | (form.vsib ? 0 : register_bit(form.mem.index));
    return named;
}

Decoded decode(std::span<const u8> bytes, u64 address, Insn& insn) {
    return Decoder(bytes, address, insn).run();
}

}  // namespace occlum::sfi::translator

#include "sfi/translator/groups.h"

#include <array>

namespace occlum::sfi::translator {
namespace {

void set(Insn& insn, Op op, u32 add = 0, u32 remove = 0) {
    insn.info.op = op;
    insn.info.flags = (insn.info.flags | add) & ~remove;
}

bool group_f6(Insn& insn, unsigned n) {
    const u32 imm = insn.form.opcode == 0xf6 ? kImm8 : kImmZ;
    switch (n) {
        case 0:
        case 1:
            insn.form.reg = 0;  // /1 is an alias of test
            set(insn, Op::Plain, imm | kSetsFlags);
            return true;
        case 2:
            set(insn, Op::Plain, kRmWritten | kLockable);
            return true;
        case 3:
            set(insn, Op::Plain, kRmWritten | kLockable | kSetsFlags);
            return true;
        default:
            set(insn, Op::Plain, n < 6 ? kSetsFlags : kUsesFlags);
            return true;
    }
}

bool group_ff(Insn& insn, unsigned n) {
    if (n < 2) {
        set(insn, Op::Plain, kRmWritten | kLockable | kUsesFlags);
        return true;
    }
    if (insn.form.opcode == 0xfe) return false;
    switch (n) {
        case 2:
            set(insn, Op::CallRm, kDefault64);
            return true;
        case 4:
            set(insn, Op::JmpRm, kDefault64);
            return true;
        case 3:
        case 5:
            if (!insn.form.memory) return false;
            set(insn, Op::AssistEnd);
            return true;
        case 6:
            set(insn, Op::PushRm, kDefault64);
            return true;
        default:
            return false;
    }
}

bool group_one_byte(Insn& insn, unsigned n) {
    Form& form = insn.form;
    switch (form.opcode) {
        case 0x80:
        case 0x81:
        case 0x83:
            set(insn, Op::Plain, kSetsFlags | (n == 7 ? 0 : kRmWritten | kLockable));
            if (n == 2 || n == 3) insn.info.flags |= kUsesFlags;
            return true;
        case 0xc0:
        case 0xc1:
        case 0xd0:
        case 0xd1:
        case 0xd2:
        case 0xd3:
            if (n == 6) form.reg = 4;  // /6 is an alias of shl
            set(insn, Op::Plain);
            return true;
        case 0xc6:
        case 0xc7:
            if (n != 0) return false;
            set(insn, Op::Plain);
            return true;
        case 0x8f:
            if (n != 0 || form.reg != 0) return false;
            set(insn, Op::PopRm, kRmGpr | kRmWritten | kOpsize | kDefault64);
            return true;
        case 0xf6:
        case 0xf7:
            return group_f6(insn, n);
        case 0xfe:
        case 0xff:
            return group_ff(insn, n);
        default:
            return false;
    }
}

// Which memory forms (bit n for /n) of D8..DF are instructions, and which the kernel must emulate.
bool x87_memory(Insn& insn, unsigned n) {
    static constexpr std::array<u8, 8> kValid{0xff, 0xfd, 0xff, 0xaf, 0xff, 0xdf, 0xff, 0xff};
    const unsigned row = insn.form.opcode & 7;
    if (!(kValid[row] & (1u << n))) return false;
    const bool reveals = (row == 1 && n == 6) || (row == 5 && n == 6);  // fnstenv, fnsave
    set(insn, reveals ? Op::Assist : Op::Plain);
    return true;
}

bool x87_register(Insn& insn, u8 modrm) {
    const unsigned row = insn.form.opcode & 7;
    const unsigned n = (modrm >> 3) & 7;
    const u32 flags =
        (row == 2 && n < 4) || (row == 3 && n < 7) || (row == 7 && (n == 5 || n == 6)) ? kUsesFlags : 0;
    set(insn, Op::Plain, flags | kRegOnly);
    switch (row) {
        case 0:
            return true;
        case 1:
            if (n == 2) return modrm == 0xd0;
            if (n == 3) return false;
            return modrm != 0xe2 && modrm != 0xe3 && modrm != 0xe6 && modrm != 0xe7 && modrm != 0xef;
        case 2:
            return n < 4 || modrm == 0xe9;
        case 3:
            return n < 4 || modrm == 0xe2 || modrm == 0xe3 || n == 5 || n == 6;
        case 4:
            return n < 2 || n > 3;
        case 5:
            return n == 0 || (n >= 2 && n < 6);
        case 6:
            return n < 2 || modrm == 0xd9 || n >= 4;
        default:
            return modrm == 0xe0 || n == 5 || n == 6;
    }
}

bool group_0f01(Insn& insn, u8 modrm) {
    if (modrm == 0xf9) {  // rdtscp
        set(insn, Op::Plain, kRegOnly);
        return true;
    }
    set(insn, Op::Assist);
    return true;
}

bool group_0fae(Insn& insn, unsigned n) {
    const bool plain = !insn.rep && !insn.opsize;
    if (!insn.form.memory) {
        if (plain && n >= 5) {  // lfence, mfence, sfence; rm says nothing
            insn.form.rm = 0;
            set(insn, Op::Plain);
            return true;
        }
        set(insn, Op::Assist);
        return true;
    }
    if (insn.rep) return false;
    switch (n) {
        case 1:
            set(insn, Op::Plain, kWide);
            return plain;
        case 2:
        case 3:
            set(insn, Op::Plain);
            return plain;
        case 7:
            set(insn, Op::Plain, insn.opsize ? kMandatory | kNoTouch : kNoTouch);
            insn.form.pp = insn.opsize ? 1 : 0;
            return true;
        case 6:
            if (insn.opsize) {  // clwb is not offered; clflushopt does more and is always right
                set(insn, Op::Plain, kMandatory | kNoTouch);
                insn.form.pp = 1;
                insn.form.reg = 7;
                return true;
            }
            set(insn, Op::Assist);
            return true;
        default:
            set(insn, Op::Assist);
            return true;
    }
}

bool group_0fc7(Insn& insn, unsigned n) {
    if (insn.form.memory) {
        if (n == 1) {
            set(insn, Op::Plain, kWide | kLockable | kUsesFlags);
            return true;
        }
        set(insn, Op::Assist);
        return true;
    }
    if (n == 6 || (n == 7 && !insn.rep)) {
        if (insn.rep) return false;
        set(insn, Op::Plain, kRmGpr | kRmWritten | kOpsize | kWide | kSetsFlags);
        return true;
    }
    set(insn, Op::Assist);
    return true;
}

bool group_prefetch(Insn& insn, unsigned n) {
    const bool hint = insn.form.memory && (insn.form.opcode == 0x0d ? n == 1 : n < 4);
    set(insn, hint ? Op::Plain : Op::Nop);
    return true;
}

}  // namespace

bool refine_group(Insn& insn, u8 modrm) {
    const unsigned n = (modrm >> 3) & 7;
    Form& form = insn.form;
    form.reg = static_cast<u8>(n);
    if (form.vex) {
        if (form.map == 2) {  // blsr, blsmsk, blsi
            set(insn, Op::Plain);
            return n >= 1 && n <= 3;
        }
        set(insn, Op::Plain, kMemOnly);  // vldmxcsr, vstmxcsr
        return n == 2 || n == 3;
    }
    if (form.map == 0 && form.opcode == 0x90) {
        if (insn.rep == 0xf3) {
            form.rep = 0xf3;  // pause
            set(insn, Op::Plain, 0, kOpReg);
        } else {
            set(insn, Op::Plain, kRmGpr | kRmWritten | kOpsize | kWide);
        }
        return true;
    }
    if (form.map == 0 && form.opcode >= 0xd8 && form.opcode <= 0xdf) {
        return form.memory ? x87_memory(insn, n) : x87_register(insn, modrm);
    }
    if (form.map == 0) return group_one_byte(insn, n);
    switch (form.opcode) {
        case 0x01:
            return group_0f01(insn, modrm);
        case 0x0d:
        case 0x18:
            return group_prefetch(insn, n);
        case 0xae:
            return group_0fae(insn, n);
        case 0xba:
            if (n < 4) return false;
            set(insn, Op::Plain, n == 4 ? 0 : kRmWritten | kLockable);
            return true;
        case 0xc7:
            return group_0fc7(insn, n);
        default:
            return false;
    }
}

}  // namespace occlum::sfi::translator

// The order of things in a unit: instructions in guest order with landing pads in front of entries, then the
// pads that could not be in line, then the LINK exits.
#include "sfi/translator/lowering.h"

#include <algorithm>

namespace occlum::sfi::translator {

void Lowering::run() {
    const auto& insns = region_.instructions();
    for (size_t n = 0; n < insns.size(); ++n) {
        const Insn& insn = insns[n];
        const bool falls_in = n > 0 && !ends_flow(insns[n - 1]) && insns[n - 1].next() == insn.address;
        if (insn.label) label(insn, falls_in);
        begin(insn);
        lower(insn);
        if (ends_flow(insn)) continue;
        const bool adjacent = n + 1 < insns.size() && insns[n + 1].address == insn.next();
        if (adjacent) continue;
        settle(insn.next());
        out_.state = RecoveryPoint{};
        out_.state.guest = static_cast<u32>(insn.next());
        jump_to(insn.next(), Emitter::kAlways);
    }
    finish();
}

void Lowering::label(const Insn& insn, bool falls_in) {
    if (falls_in) settle(insn.address);
    EntryPoint entry;
    entry.guest = {insn.address};
    if (insn.label & kLabelEntry) {
        if (falls_in) {
            deferred_pads_.push_back(insn.address);
        } else {
            entry.landing = out_.here();
            landing_pad(insn.address);
        }
    }
    entry.body = out_.here();
    unit_.entries.push_back(entry);
    drift_.start_block();
}

void Lowering::landing_pad(u64 guest) {
    out_.state = RecoveryPoint{};
    out_.state.guest = static_cast<u32>(guest);
    out_.state.spilled = {RAX + 1, RCX + 1, 0, 0};
    out_.load_slot(RAX, Slot::Scratch0);
    out_.state.spilled[0] = 0;
    out_.load_slot(RCX, Slot::Scratch1);
    out_.state.spilled[1] = 0;
}

void Lowering::lower(const Insn& insn) {
    switch (insn.info.op) {
        case Op::Bad:
        case Op::Fetch:
        case Op::Assist:
        case Op::AssistEnd:
        case Op::Group:
            leave_region(insn);
            return;
        case Op::Plain:
            plain(insn);
            return;
        case Op::Nop:
            return;
        case Op::Lea:
            lea(insn);
            return;
        case Op::PushReg:
        case Op::PushImm:
        case Op::PushFlags:
            push(insn);
            return;
        case Op::PushRm:
            push_memory(insn);
            return;
        case Op::PopReg:
            pop(insn);
            return;
        case Op::PopRm:
            pop_memory(insn);
            return;
        case Op::Call:
            call(insn);
            return;
        case Op::CallRm:
        case Op::JmpRm:
            indirect(insn);
            return;
        case Op::Jmp:
            settle(insn.address);
            begin(insn);
            out_.state.guest = static_cast<u32>(insn.target);
            jump_to(insn.target, Emitter::kAlways);
            return;
        case Op::Jcc:
            settle(insn.address);
            begin(insn);
            jump_to(insn.target, insn.form.opcode & 15);
            return;
        case Op::Ret:
            ret(insn);
            return;
        case Op::Syscall:
            settle(insn.address);
            begin(insn);
            exit_to(Stub::Syscall, insn.next());
            return;
        case Op::Enter:
            enter(insn);
            return;
        case Op::Leave:
            leave(insn);
            return;
        case Op::Movs:
        case Op::Cmps:
        case Op::Stos:
        case Op::Scas:
            string(insn);
            return;
        case Op::Lods:
        case Op::Xlat:
            lods_xlat(insn);
            return;
        case Op::Loop:
            loop(insn);
            return;
        case Op::Moffs:
            moffs(insn);
            return;
        case Op::BitReg:
            if (insn.form.memory)
                bit_memory(insn);
            else
                plain(insn);
            return;
        case Op::MaskMov:
            mask_move(insn);
            return;
    }
}

void Lowering::finish() {
    const auto find = [&](u64 guest) {
        return std::ranges::lower_bound(unit_.entries, guest, {},
                                        [](const EntryPoint& e) { return e.guest.value; });
    };
    for (u64 guest : deferred_pads_) {
        find(guest)->landing = out_.here();
        landing_pad(guest);
        fixups_.push_back({out_.jump(Emitter::kAlways), guest});
    }
    for (LinkSite& link : unit_.links) {
        out_.set_field(link.field, out_.cache_offset() + out_.here());
        out_.state = RecoveryPoint{};
        out_.state.guest = static_cast<u32>(link.target.value);
        out_.store_slot_imm(Slot::GuestRip, static_cast<u32>(link.target.value));
        out_.store_slot_imm(Slot::ExitArg, 0);
        link.argument = out_.here() - 4;
        out_.jump_to_stub(Stub::Link);
    }
    for (const Fixup& fixup : fixups_) {
        out_.set_field(fixup.field, out_.cache_offset() + find(fixup.guest)->body);
    }
}

}  // namespace occlum::sfi::translator

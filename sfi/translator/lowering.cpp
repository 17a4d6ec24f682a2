// The order of things in a unit: instructions in guest order with landing pads in front of entries, then the
// pads that could not be in line, then the LINK exits.
#include "sfi/translator/lowering.h"

#include <algorithm>

namespace occlum::sfi::translator {

bool Lowering::run() {
    const auto& insns = region_.instructions();
    estimate_sizes();
    loose_.resize(insns.size());
    for (size_t n = 0; n < insns.size(); ++n) {
        const Insn& insn = insns[n];
        position_ = n;
        const bool falls_in = n > 0 && !ends_flow(insns[n - 1]) && insns[n - 1].next() == insn.address;
        if (insn.label) label(insn, falls_in);
        begin(insn);
        lower(insn);
        if (ends_flow(insn)) continue;
        const bool adjacent = n + 1 < insns.size() && insns[n + 1].address == insn.next();
        if (adjacent) continue;
        settle_branch(insn.next(), insn.next());
        out_.state = RecoveryPoint{};
        out_.state.guest = static_cast<u32>(insn.next());
        jump_to(insn.next(), Emitter::kAlways);
    }
    return finish();
}

void Lowering::label(const Insn& insn, bool falls_in) {
    if (falls_in) settle(insn.address, Drift::kAhead);
    const bool loose = loose_[position_] || (falls_in && !drift_.settled(Drift::kOutside));
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
    if ((insn.label & kLabelLoop) && !(insn.label & kLabelEntry)) {
        begin(insn);
        out_.align_loop();
    }
    entry.body = out_.here();
    unit_.entries.push_back(entry);
    drift_.start_block(loose ? Drift::kAhead : Drift::kOutside);
}

void Lowering::landing_pad(u64 guest) {
    out_.state = RecoveryPoint{};
    out_.state.guest = static_cast<u32>(guest);
    out_.state.spilled = {kTargetRegister + 1, kTableRegister + 1, 0, 0};
    out_.load_slot(kTargetRegister, Slot::Scratch0);
    out_.state.spilled[0] = 0;
    out_.load_slot(kTableRegister, Slot::Scratch1);
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
            settle_branch(insn.address, insn.target);
            begin(insn);
            out_.state.guest = static_cast<u32>(insn.target);
            jump_to(insn.target, Emitter::kAlways);
            return;
        case Op::Jcc:
            settle_branch(insn.address, insn.target);
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

bool Lowering::finish() {
    const auto find = [&](u64 guest) {
        return std::ranges::lower_bound(unit_.entries, guest, {},
                                        [](const EntryPoint& e) { return e.guest.value; });
    };
    for (u64 guest : deferred_pads_) {
        find(guest)->landing = out_.here();
        landing_pad(guest);
        fixups_.push_back({out_.jump(Emitter::kAlways), guest, false});
    }
    for (LinkSite& link : unit_.links) out_.link_exit(link);
    for (const Fixup& fixup : fixups_) {
        const u32 body = find(fixup.guest)->body;
        if (!fixup.is_short)
            out_.set_field(fixup.field, out_.cache_offset() + body);
        else if (!out_.set_short_field(fixup.field, body))
            return false;
    }
    return true;
}

namespace {

// About how many bytes an instruction becomes, rather more than less.
u32 estimate(const Insn& insn) {
    constexpr u32 kSpilled = 60, kPad = 18, kExit = 17, kDispatch = 33;
    const u32 pad = (insn.label & kLabelEntry ? kPad : 0) + (insn.label & kLabelLoop ? 15 : 0);
    switch (insn.info.op) {
        case Op::Nop:
            return pad;
        case Op::Jcc:
            return pad + 6;
        case Op::Jmp:
            return pad + 5;
        case Op::Call:
            return pad + 10;
        case Op::Ret:
            return pad + kDispatch;
        case Op::JmpRm:
        case Op::CallRm:
            return pad + kDispatch + 15;
        case Op::Syscall:
        case Op::Assist:
        case Op::AssistEnd:
        case Op::Bad:
        case Op::Fetch:
            return pad + kExit;
        case Op::Plain:
        case Op::Lea:
        case Op::PushReg:
        case Op::PushImm:
        case Op::PushRm:
        case Op::PopReg: {
            const bool special = insn.segment ||
                                 (insn.has(kRmGpr) && !insn.form.memory && insn.form.rm == RSP) ||
                                 (insn.has(kRegGpr) && insn.form.reg == RSP);
            return pad + insn.length + (special ? kSpilled : insn.form.memory ? 3 : 1);
        }
        default:
            return pad + kSpilled;
    }
}

}  // namespace

void Lowering::estimate_sizes() {
    u32 total = 0;
    estimate_.reserve(region_.instructions().size() + 1);
    for (const Insn& insn : region_.instructions()) {
        estimate_.push_back(total);
        total += estimate(insn);
    }
}

}  // namespace occlum::sfi::translator

// The order of things in a unit: instructions in guest order with pads in front of labels, then the pads that
// could not be in line, then the LINK exits.
#include "sfi/translator/lowering.h"

#include <algorithm>

namespace occlum::sfi::translator {

bool Lowering::run() {
    const auto& insns = region_.instructions();
    estimate_sizes();
    loose_.resize(insns.size());
    labels_.resize(insns.size());
    for (size_t n = 0; n < insns.size(); ++n) {
        const Insn& insn = insns[n];
        position_ = n;
        in_registers_ = homes_.loaded(n);
        const bool falls_in = n > 0 && !ends_flow(insns[n - 1]) && insns[n - 1].next() == insn.address;
        if (insn.label) label(insn, falls_in);
        begin(insn);
        lower(insn);
        if (ends_flow(insn)) continue;
        if (homes_.stores(n) != kNoHome) store_homes(insn);
        const bool adjacent = n + 1 < insns.size() && insns[n + 1].address == insn.next();
        if (!adjacent) fall_out(insn);
    }
    return finish();
}

// The unit has no more use for what it has written to r11 or r10.
void Lowering::store_homes(const Insn& insn) {
    const HomeSet stores = homes_.stores(position_);
    const HomeSet later =
        region_.contains(insn.next()) ? homes_.loaded(region_.position(insn.next())) : kNoHome;
    in_registers_ = stores | later;
    reset_state(insn.next());
    for (unsigned n = 0; n < kHomeRegisters.size(); ++n) {
        if (stores & (1u << n)) out_.store_slot(scratch_slot(n), kHomeRegisters[n]);
    }
}

// What follows the instruction lies elsewhere.
void Lowering::fall_out(const Insn& insn) {
    const bool inside = region_.contains(insn.next());
    const HomeSet dirty = homes_.dirty_behind(position_);
    in_registers_ = inside ? homes_.loaded(region_.position(insn.next())) : dirty;
    settle_branch(insn.next(), insn.next());
    reset_state(insn.next());
    if (!inside) flush_homes(dirty);
    jump_to(insn.next(), Emitter::kAlways);
}

// A pad in front of the label lands and loads what is wanted in registers here; branches within the unit come
// with it.
void Lowering::label(const Insn& insn, bool falls_in) {
    if (falls_in) settle(insn.address, Drift::kAhead);
    const bool loose = loose_[position_] || (falls_in && !drift_.settled(Drift::kOutside));
    EntryPoint entry;
    entry.guest = {insn.address};
    const bool aligned = (insn.label & kLabelLoop) && !(insn.label & kLabelEntry);
    const HomeSet loads = homes_.loaded(position_);
    const bool pad_ahead = loads != kNoHome && !falls_in && !aligned;
    const bool lands = (insn.label & kLabelEntry) != 0;
    if (lands && !falls_in) entry.landing = out_.land(insn.address, known_.paired());
    entry.body = out_.here();
    if (pad_ahead) {
        out_.outside(insn.address);
        load_homes(loads);
    } else if (aligned) {
        begin(insn);
        out_.align_loop();
        entry.body = out_.here();
    }
    labels_[position_] = out_.here();
    if ((loads != kNoHome && !pad_ahead) || (lands && falls_in))
        pads_.push_back({static_cast<u32>(unit_.entries.size()), loads, lands});
    unit_.entries.push_back(entry);
    drift_.start_block(loose ? Drift::kAhead : Drift::kOutside);
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
            if (!region_.contains(insn.target)) flush_homes(homes_.dirty(position_));
            out_.state.guest = static_cast<u32>(insn.target);
            jump_to(insn.target, Emitter::kAlways);
            return;
        case Op::Jcc:
            settle_branch(insn.address, insn.target);
            begin(insn);
            if (!region_.contains(insn.target)) flush_homes(homes_.dirty(position_));
            jump_to(insn.target, insn.form.opcode & 15);
            return;
        case Op::Ret:
            ret(insn);
            return;
        case Op::Syscall:
            settle(insn.address);
            begin(insn);
            flush_homes(homes_.dirty(position_));
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

void Lowering::finish_pads() {
    for (const Pad& pad : pads_) {
        EntryPoint& entry = unit_.entries[pad.entry];
        if (pad.lands) entry.landing = out_.land(entry.guest.value, known_.paired());
        if (pad.loads != kNoHome) entry.body = out_.here();
        out_.outside(entry.guest.value);
        load_homes(pad.loads);
        fixups_.push_back({out_.jump(Emitter::kAlways), entry.guest.value, Fixup::Near});
    }
}

bool Lowering::finish() {
    finish_pads();
    for (LinkSite& link : unit_.links) out_.link_exit(link);
    const bool fits = std::ranges::all_of(fixups_, [this](const Fixup& fixup) { return resolve(fixup); });
    out_.finish();
    return fits;
}

// False: a short branch does not reach.
bool Lowering::resolve(const Fixup& fixup) {
    if (fixup.kind == Fixup::Body || fixup.kind == Fixup::Landing) {
        const auto entry = std::ranges::lower_bound(unit_.entries, fixup.guest, {},
                                                    [](const EntryPoint& e) { return e.guest.value; });
        const u32 target = fixup.kind == Fixup::Body ? entry->body : entry->landing;
        out_.set_field(fixup.field, out_.cache_offset() + target);
        return true;
    }
    const u32 label = labels_[region_.position(fixup.guest)];
    if (fixup.kind == Fixup::Short) return out_.set_short_field(fixup.field, label);
    out_.set_field(fixup.field, out_.cache_offset() + label);
    return true;
}

namespace {

// About how many bytes an instruction becomes, rather more than less.
u32 estimate(const Insn& insn, bool pairs) {
    constexpr u32 kSpilled = 60, kPad = 12, kExit = 17, kDispatch = 27, kCallStack = 17;
    const u32 pad = (insn.label & kLabelEntry ? kPad : 0) + (insn.label & kLabelLoop ? 15 : 0);
    const u32 paired = pairs ? kCallStack : 0;
    switch (insn.info.op) {
        case Op::Nop:
            return pad;
        case Op::Jcc:
            return pad + 6;
        case Op::Jmp:
            return pad + 5;
        case Op::Call:
            return pad + 10 + paired;
        case Op::Ret:
            return pad + kDispatch + paired;
        case Op::JmpRm:
        case Op::CallRm:
            return pad + kDispatch + 15 + paired;
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
        total += estimate(insn, known_.paired());
    }
}

}  // namespace occlum::sfi::translator

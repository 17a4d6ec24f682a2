#include "sfi/translator/emitter.h"

#include <array>
#include <span>

namespace occlum::sfi::translator {
namespace {

constexpr u8 kFsPrefix = 0x64;

Form register_form(u8 opcode, u8 reg, u8 rm, bool wide) {
    Form form;
    form.opcode = opcode;
    form.modrm = true;
    form.w = wide;
    form.reg = reg;
    form.rm = rm;
    return form;
}

Form memory_form(u8 opcode, u8 reg, const Mem& mem, bool wide) {
    Form form = register_form(opcode, reg, 0, wide);
    form.memory = true;
    form.mem = mem;
    return form;
}

Mem slot_mem(Slot slot) {
    Mem mem;
    mem.segment = kFsPrefix;
    mem.disp = static_cast<i32>(slot);
    return mem;
}

}  // namespace

void Emitter::mark() {
    state.offset = here();
    unit_.recovery.add(state);
}

void Emitter::put(u64 bytes, size_t count) {
    CodeBuffer::Writer code = code_.open();
    code.little(bytes, count);
    code_.close(code);
}

void Emitter::outside(u64 guest) {
    state = RecoveryPoint{};
    state.guest = static_cast<u32>(guest);
    state.spilled = {kTargetRegister + 1, kTableRegister + 1, 0, 0};
}

u32 Emitter::land(u64 guest, bool paired) {
    outside(guest);
    if (!paired) return here();
    state.rsp_from = kTableRegister + 1;
    const u32 start = here();
    move64(RSP, kTableRegister);
    state.rsp_from = 0;
    return start;
}

void Emitter::enter_call_stack() {
    load_slot(RSP, Slot::CallStack);
    state.rsp_from = kTableRegister + 1;
}

void Emitter::through(u8 extension, const Mem& entry) { emit(memory_form(0xff, extension, entry, false)); }

u32 Emitter::call() {
    move64(kTableRegister, RSP);
    enter_call_stack();
    mark();
    put(0xe8, 5);
    return here() - 4;
}

void Emitter::move32(u8 to, u8 from) { emit(register_form(0x89, from, to, false)); }
void Emitter::move64(u8 to, u8 from) { emit(register_form(0x89, from, to, true)); }
void Emitter::lea(u8 to, const Mem& mem, bool wide) { emit(memory_form(0x8d, to, mem, wide)); }
void Emitter::load(u8 to, const Mem& mem) { emit(memory_form(0x8b, to, mem, true)); }
void Emitter::load_slot(u8 to, Slot slot) { emit(memory_form(0x8b, to, slot_mem(slot), true)); }
void Emitter::store_slot(Slot slot, u8 from) { emit(memory_form(0x89, from, slot_mem(slot), true)); }

void Emitter::store_slot_imm(Slot slot, u32 value) {
    Form form = memory_form(0xc7, 0, slot_mem(slot), false);
    form.imm_size = 4;
    form.imm = value;
    emit(form);
}

void Emitter::pop(u8 reg) {
    Form form;
    form.opcode = 0x58;
    form.op_reg = true;
    form.rm = reg;
    emit(form);
}

void Emitter::byte(u8 opcode) {
    mark();
    put(opcode, 1);
}

void Emitter::byte(u8 opcode, u8 operand) {
    mark();
    put(opcode | u64{operand} << 8, 2);
}

u32 Emitter::jump(u8 condition) {
    mark();
    if (condition == kAlways)
        put(0xe9, 5);
    else
        put(0x0f | u64{condition | 0x80u} << 8, 6);
    return here() - 4;
}

u32 Emitter::jump_short(u8 condition) {
    byte(condition == kAlways ? 0xeb : static_cast<u8>(0x70 | condition), 0);
    return here() - 1;
}

bool Emitter::set_short_field(u32 field, u32 target) {
    const i64 distance = i64{target} - (i64{field} + 1);
    if (distance < -128 || distance > 127) return false;
    code_.set(field, static_cast<u8>(distance));
    return true;
}

// Long nops are 0F 1F /0 with a displacement; a short rest is made of 90.
void Emitter::align_loop() {
    static constexpr std::array<u8, 7> kNop7{0x0f, 0x1f, 0x80, 0, 0, 0, 0};
    static constexpr std::array<u8, 4> kNop4{0x0f, 0x1f, 0x40, 0};
    static constexpr std::array<u8, 3> kNop3{0x0f, 0x1f, 0x00};
    const auto pad = [&](std::span<const u8> nop) {
        mark();
        for (const u8 one : nop) put(one, 1);
    };
    for (u32 left = (16 - here() % 16) % 16; left > 0; left = (16 - here() % 16) % 16) {
        if (left >= 7)
            pad(kNop7);
        else if (left >= 4)
            pad(kNop4);
        else if (left == 3)
            pad(kNop3);
        else
            byte(0x90);
    }
}

void Emitter::align_field(u32 bytes_ahead) {
    while ((cache_offset_ + here() + bytes_ahead) % 64 > 60) byte(0x90);
}

void Emitter::align_jump(u8 condition) { align_field(condition == kAlways ? 1 : 2); }
void Emitter::align_call() { align_field(13); }

void Emitter::set_field(u32 field, u32 target_cache_offset) {
    code_.set_word(field, target_cache_offset - (cache_offset_ + field + 4));
}

void Emitter::link_exit(LinkSite& link) {
    set_field(link.field, cache_offset_ + here());
    land(link.target.value, link.is_call);
    store_slot_imm(Slot::GuestRip, static_cast<u32>(link.target.value));
    store_slot_imm(Slot::ExitArg, 0);
    link.argument = here() - 4;
    jump_to_stub(Stub::Link);
}

void Emitter::jump_to_stub(Stub stub) {
    const u32 field = jump(kAlways);
    unit_.stub_fields.push_back(field);
    set_field(field, static_cast<u32>(stub) * kStubStride);
}

}  // namespace occlum::sfi::translator

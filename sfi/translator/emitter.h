// Collects a unit's bytes and its recovery points: before each host instruction the current state is
// recorded.
#pragma once

#include "sfi/dialect.h"
#include "sfi/translator/encoder.h"
#include "sfi/translator/translator.h"

namespace occlum::sfi::translator {

class Emitter {
public:
    /// `expected`: about how many bytes there will be. The unit has its code after finish().
    Emitter(Unit& unit, u32 cache_offset, size_t expected)
        : unit_(unit), code_(unit.code, expected), cache_offset_(cache_offset) {}
    void finish() { code_.finish(); }

    /// How to recover at the next host instruction; `offset` is filled in by emit().
    RecoveryPoint state;

    /// The state where control enters and leaves units: r11 and r10 are in S0 and S1, all else in its place.
    void outside(u64 guest);
    /// Where dispatches and calls land, RESTORE if paired; returns its offset. Ends in the state outside().
    u32 land(u64 guest, bool paired);

    u32 here() const { return code_.size(); }
    u32 cache_offset() const { return cache_offset_; }

    void emit(const Form& form) {
        mark();
        encode(form, code_);
    }

    void move32(u8 to, u8 from);
    void move64(u8 to, u8 from);
    /// lea of `mem` into `to`; `wide`: 64-bit result.
    void lea(u8 to, const Mem& mem, bool wide);
    void load(u8 to, const Mem& mem);
    void load_slot(u8 to, Slot slot);
    void store_slot(Slot slot, u8 from);
    void store_slot_imm(Slot slot, u32 value);
    void pop(u8 reg);
    /// FF /extension: a call, jump or push of what is at `entry`.
    void through(u8 extension, const Mem& entry);
    static constexpr u8 kCallThrough = 2, kJumpThrough = 4, kPushThrough = 6;
    /// One of the short opcodes, without operands or with an 8-bit one.
    void byte(u8 opcode);
    void byte(u8 opcode, u8 operand);
    /// `jmp rel32`, or `jcc rel32` with a condition 0..15; returns the offset of the field.
    u32 jump(u8 condition);
    /// `jmp rel8` or `jcc rel8`; returns the offset of the field.
    u32 jump_short(u8 condition);
    /// One of the short jumps, forward to here, whose field ends at `from`.
    void land_short_jump(u32 from) { code_.set(from - 1, static_cast<u8>(here() - from)); }
    /// Writes the rel8 field; false when the target is too far.
    bool set_short_field(u32 field, u32 target);
    /// nops until a loop's head starts a 16-byte line.
    void align_loop();
    /// rsp, which is in r10, becomes the vCPU's own stack.
    void enter_call_stack();
    /// CALL; returns the offset of its field.
    u32 call();
    /// nops until a jump's rel32 field lies in one 64-byte line; likewise for CALL.
    void align_jump(u8 condition);
    void align_call();
    void jump_to_stub(Stub stub);
    /// The LINK exit of a branch or call, which leads there at first.
    void link_exit(LinkSite& link);
    void set_field(u32 field, u32 target_cache_offset);

    static constexpr u8 kAlways = 0xff;

private:
    void mark();
    void align_field(u32 bytes_ahead);
    void put(u64 bytes, size_t count);

    Unit& unit_;
    CodeBuffer code_;
    u32 cache_offset_;
};

/// The slot S0..S3.
constexpr Slot scratch_slot(unsigned n) {
    return static_cast<Slot>(static_cast<u32>(Slot::Scratch0) + 8 * n);
}

}  // namespace occlum::sfi::translator

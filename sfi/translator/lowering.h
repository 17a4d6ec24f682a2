// Guest instructions to confined ones. One object lowers one region into one unit.
#pragma once

#include "sfi/translator/drift.h"
#include "sfi/translator/emitter.h"
#include "sfi/translator/homes.h"
#include "sfi/translator/region.h"

namespace occlum::sfi::translator {

class Lowering {
public:
    Lowering(Unit& unit, u32 cache_offset, const Region& region, const KnownCode& known)
        : unit_(unit),
          out_(unit, cache_offset, region.instructions().size() * kUsualBytes),
          region_(region),
          known_(known),
          homes_(region) {}

    /// False: a short branch did not reach its target. A second object with `short_branches` off will do.
    bool run();
    bool short_branches = true;

private:
    // region level (lowering.cpp)
    void label(const Insn& insn, bool falls_in);
    void store_homes(const Insn& insn);
    void fall_out(const Insn& insn);
    void finish_pads();
    void lower(const Insn& insn);
    bool finish();
    void estimate_sizes();

    // operands and scratch registers (lower_operands.cpp)
    void begin(const Insn& insn);
    void reset_state(u64 guest);
    void in_slots(HomeSet set);
    void flush_homes(HomeSet dirty);
    void load_homes(HomeSet set);
    unsigned slot_for(u8 reg) const;
    u8 take(bool legacy_only);
    void save(u8 reg);
    void release();
    void release_last(bool anyway);
    void done(u64 next);
    Mem confine(const Insn& insn);
    Mem confine_segment(const Insn& insn);
    void note_access(const Mem& mem, const Insn& insn);
    void settle(u64 guest, i64 limit = Drift::kOutside);
    void settle_branch(u64 guest, u64 target);

    // plain instructions (lower_plain.cpp)
    void plain(const Insn& insn);
    bool stack_pointer_form(const Insn& insn);
    void with_stack_pointer(const Insn& insn, Form form);
    void rebase(u8 from, u64 next);
    void lea(const Insn& insn);
    void lea_stack_pointer(const Insn& insn);
    void moffs(const Insn& insn);
    void immediate(u8 reg, u64 value, const Insn& insn);

    // stack (lower_stack.cpp)
    void push(const Insn& insn);
    void push_memory(const Insn& insn);
    void pop(const Insn& insn);
    void pop_memory(const Insn& insn);
    void pushed();
    void push_word(const Insn& insn);
    void pop_word(const Insn& insn);
    void move_word(u8 reg, const Mem& mem, bool store);
    void enter(const Insn& insn);
    void leave(const Insn& insn);

    // control (lower_control.cpp)
    void jump_to(u64 guest, u8 condition);
    void jump_inside(u64 guest, u8 condition);
    void push_return(u64 guest);
    void call(const Insn& insn);
    void indirect(const Insn& insn);
    void ret(const Insn& insn);
    void paired_call(u64 guest);
    enum class Way : u8 { Jump, Call, Return };
    void dispatch(Way way);
    void loop(const Insn& insn);
    void loop_ecx(const Insn& insn);
    void jecxz(const Insn& insn);
    u32 short_jump(u8 opcode);
    void exit_to(Stub stub, u64 guest);
    void leave_region(const Insn& insn);

    // strings and others with fixed registers (lower_string.cpp, lower_bits.cpp)
    void string(const Insn& insn);
    void lods_xlat(const Insn& insn);
    void mask_move(const Insn& insn);
    void bit_memory(const Insn& insn);
    void bit_locked(const Insn& insn);
    void save_flags(u8 into, u8 scratch);
    void restore_flags(u8 from);
    void bit_address(const Insn& insn, u8 address, u8 value);

    static constexpr size_t kUsualBytes = 12;  ///< of code for an instruction, rather more than less

    struct Fixup {
        enum Kind : u8 { Short, Near, Body, Landing };  ///< the last two: where others would enter
        u32 field;
        u64 guest;
        Kind kind;
    };
    struct Taken {
        u8 slot;
        bool stays;  ///< its value was in the slot before, and is looked for there
    };
    struct Pad {
        u32 entry;  ///< index in unit_.entries
        HomeSet loads;
        bool lands;
    };
    bool resolve(const Fixup& fixup);

    Unit& unit_;
    Emitter out_;
    const Region& region_;
    const KnownCode& known_;
    const Homes homes_;
    Drift drift_;
    std::vector<Fixup> fixups_;
    std::vector<u32> estimate_;       ///< bytes that the instructions before this position will take, about
    std::vector<bool> loose_;         ///< by position: a branch comes here with Drift::kAhead
    size_t position_ = 0;             ///< of the current instruction in the region
    std::vector<u32> labels_;         ///< by position: where branches within the unit go
    std::vector<Pad> pads_;           ///< entries that are not in line
    HomeSet in_registers_ = kNoHome;  ///< of r11 and r10, here
    u32 busy_ = 0;                    ///< registers that the current instruction names or that are taken
    std::array<Taken, 4> taken_{};
    unsigned taken_count_ = 0;
    u32 slots_in_use_ = 0;  ///< bit n: Sn, by the current instruction
};

}  // namespace occlum::sfi::translator

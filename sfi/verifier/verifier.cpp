// The two passes over a unit. The first decodes each byte once, checks every instruction and sequence, marks
// starts and targets, and notes what moves or uses rsp. The second, with all targets known, checks that each
// is a boundary (R9, R10) and the drift of rsp (R6).
#include "sfi/verifier/verifier.h"

#include <algorithm>
#include <optional>

#include "sfi/verifier/rules.h"
#include "sfi/verifier/stack.h"

namespace occlum::sfi::verifier {
namespace {

constexpr u32 kLine = 64;  ///< bytes that a store changes at once, as seen by instruction fetch

class Verifier {
public:
    Verifier(const UnitView& unit, const KnownEntries& known)
        : unit_(unit), known_(known), marks_(unit.code.size()) {}

    std::expected<Verified, Rejection> run() {
        events_.reserve(marks_.size() / 8);
        if (auto rejection = check_entries()) return std::unexpected(*rejection);
        u32 offset = 0;
        while (offset < marks_.size()) {
            const Refusal refusal = step(offset);
            if (refusal.rule != 0) return std::unexpected(Rejection{offset, refusal.rule, refusal.reason});
            offset = next_;
        }
        if (auto rejection = check_targets()) return std::unexpected(*rejection);
        if (auto rejection = check_stack(marks_, events_)) return std::unexpected(*rejection);
        // Where a branch goes may change later, so it must be fit to leave the unit.
        for (const Near& branch : near_) {
            if ((marks_[branch.offset] & kFar) == 0) verified_.link_fields.push_back(branch.field);
        }
        return std::move(verified_);
    }

private:
    std::optional<Rejection> check_entries() {
        const u64 size = marks_.size();
        if (unit_.cache_offset < kFirstUnit || unit_.cache_offset + size > kMaxCacheSize) {
            return Rejection{0, 9, "unit lies outside the cache"};
        }
        for (size_t i = 0; i < unit_.entries.size(); ++i) {
            const u32 entry = unit_.entries[i];
            if (entry >= size) return Rejection{entry, 9, "entry outside the unit"};
            if (i > 0 && entry <= unit_.entries[i - 1]) return Rejection{entry, 9, "entries do not ascend"};
            marks_[entry] |= kTarget;
        }
        return std::nullopt;
    }

    /// One instruction or sequence at `offset`; sets next_.
    Refusal step(u32 offset) {
        const auto code = unit_.code.subspan(offset);
        const auto insn = decode(code);
        if (!insn) return insn.error();
        marks_[offset] |= kStart;
        next_ = offset + insn->length;
        if (is_slot_load(*insn, Slot::Base) || is_slot_load(*insn, Slot::Table))
            return sequence(offset, *insn);
        if (Refusal r = check_instruction(*insn); r.rule != 0) return r;
        note_stack(offset, *insn);
        switch (insn->form->act) {
            case Act::Jump:
            case Act::Branch:
            case Act::Loop:
                return branch(offset, *insn);
            default:
                return {};
        }
    }

    Refusal sequence(u32 offset, const Insn& first) {
        const auto found = match_sequence(unit_.code.subspan(offset), first);
        if (!found) return found.error();
        for (u32 i = 1; i < found->count; ++i) marks_[offset + found->starts[i]] |= kStart | kInside;
        next_ = offset + found->length;
        if (found->kind == Sequence::Kind::Rebase) note(offset, StackEvent::Rebase, 0);
        if (found->kind == Sequence::Kind::Dispatch) {
            note(offset, StackEvent::Leave, kOutside);
            note(offset, StackEvent::Stop, 0);
        }
        return {};
    }

    void note(u32 offset, StackEvent kind, i32 value) { events_.push_back({offset, kind, value}); }

    /// What the instruction does to rsp and through it, in the order in which the processor does it.
    void note_stack(u32 offset, const Insn& insn) {
        const Act act = insn.form->act;
        if (act == Act::Lea) {
            if (insn.reg == kRsp) note(offset, StackEvent::Move, insn.disp);
            return;
        }
        if (act == Act::Nop) return;
        if (act == Act::Pop) {
            note(offset, StackEvent::Touch, 0);
            note(offset, StackEvent::Move, 8);
        }
        if (is_rsp_form(insn) && insn.segment == 0) {
            note(offset, insn.form->has(kLazy) ? StackEvent::Access : StackEvent::Touch, insn.disp);
        }
        if (act == Act::Push) {
            note(offset, StackEvent::Move, -8);
            note(offset, StackEvent::Touch, 0);
        }
        if (act == Act::AluImm && names_rsp(insn)) {
            const i32 imm = static_cast<i32>(insn.imm);
            if (insn.extension == 0) note(offset, StackEvent::Move, imm);
            if (insn.extension == 5) note(offset, StackEvent::Move, -imm);
            if (insn.extension == 4) note(offset, StackEvent::Lower, ~imm);
        }
    }

    /// R9 for a direct branch at `offset`. Targets in the unit are checked when all starts are known.
    Refusal branch(u32 offset, const Insn& insn) {
        const i64 target = i64{next_} + insn.imm;
        const bool internal = target >= 0 && target < static_cast<i64>(marks_.size());
        const bool near = insn.form->has(kImmZ);
        const u32 field = unit_.cache_offset + next_ - 4;
        const bool linkable = near && field / kLine == (field + 3) / kLine;
        if (internal) {
            marks_[static_cast<size_t>(target)] |= kTarget;
        } else {
            if (!near) return {9, "short branch out of the unit"};
            if (Refusal r = leave(unit_.cache_offset + target, linkable); r.rule != 0) return r;
        }
        note(offset, StackEvent::Leave, internal ? static_cast<i32>(target) : kOutside);
        if (insn.form->act == Act::Jump) note(offset, StackEvent::Stop, 0);
        if (linkable) near_.push_back({offset, next_ - 4});
        return {};
    }

    /// R9 for a branch to `target`, an offset in the cache outside the unit.
    Refusal leave(i64 target, bool linkable) const {
        if (target >= 0 && target < i64{kStubCount} * kStubStride && target % kStubStride == 0) return {};
        if (target < kFirstUnit || target >= static_cast<i64>(kMaxCacheSize))
            return {9, "branch out of the cache"};
        if (!known_.is_entry(static_cast<u32>(target))) return {9, "branch to no known entry"};
        if (!linkable) return {9, "linked branch straddles a line"};
        return {};
    }

    /// R9 and R10: entries and targets in the unit are boundaries.
    std::optional<Rejection> check_targets() const {
        for (const u32 entry : unit_.entries) {
            if (auto rejection = check_boundary(entry, entry)) return rejection;
        }
        for (const Event& event : events_) {
            if (event.kind != StackEvent::Leave || event.value == kOutside) continue;
            if (auto rejection = check_boundary(event.offset, static_cast<u32>(event.value)))
                return rejection;
        }
        return std::nullopt;
    }

    std::optional<Rejection> check_boundary(u32 offset, u32 target) const {
        if ((marks_[target] & kStart) == 0)
            return Rejection{offset, 9, "target in the middle of an instruction"};
        if ((marks_[target] & kInside) != 0)
            return Rejection{offset, 10, "target in the middle of a sequence"};
        return std::nullopt;
    }

    const UnitView& unit_;
    const KnownEntries& known_;
    std::vector<u8> marks_;
    std::vector<Event> events_;
    struct Near {
        u32 offset, field;
    };
    std::vector<Near> near_;  ///< branches that may be re-targeted, rsp allowing
    Verified verified_;
    u32 next_ = 0;  ///< offset behind the instruction or sequence just checked
};

}  // namespace

std::expected<Verified, Rejection> verify(const UnitView& unit, const KnownEntries& known) {
    return Verifier(unit, known).run();
}

}  // namespace occlum::sfi::verifier

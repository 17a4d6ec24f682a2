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
            if (!marks_.has(Mark::Far, branch.offset)) verified_.link_fields.push_back(branch.field);
        }
        return std::move(verified_);
    }

private:
    std::optional<Rejection> check_entries() {
        const u64 size = marks_.size();
        if (unit_.cache_offset < kFirstUnit || unit_.cache_offset + size > kMaxCacheSize) {
            return Rejection{0, 9, "unit lies outside the cache"};
        }
        if (auto rejection = mark_entries(unit_.bodies)) return rejection;
        return mark_entries(unit_.landings);
    }

    std::optional<Rejection> mark_entries(std::span<const u32> entries) {
        for (size_t i = 0; i < entries.size(); ++i) {
            const u32 entry = entries[i];
            if (entry >= marks_.size()) return Rejection{entry, 9, "entry outside the unit"};
            if (i > 0 && entry <= entries[i - 1]) return Rejection{entry, 9, "entries do not ascend"};
            marks_.set(Mark::Target, entry);
        }
        return std::nullopt;
    }

    /// One instruction or sequence at `offset`; sets next_.
    Refusal step(u32 offset) {
        const auto code = unit_.code.subspan(offset);
        const auto insn = decode(code);
        if (!insn) return insn.error();
        marks_.set(Mark::Start, offset);
        next_ = offset + insn->length;
        if (opens_sequence(code, *insn)) return sequence(offset, *insn);
        if (unit_.paired && is_restore(code)) {
            marks_.set(Mark::Restore, offset);
            return {};
        }
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
        const auto found = match_sequence(unit_.code.subspan(offset), first, unit_.paired);
        if (!found) return found.error();
        for (u32 i = 1; i < found->count; ++i) marks_.set(Mark::Inside, offset + found->starts[i]);
        next_ = offset + found->length;
        if (found->kind == Sequence::Kind::Rebase) note(offset, StackEvent::Rebase, 0);
        if (found->kind == Sequence::Kind::Dispatch || found->kind == Sequence::Kind::Call) {
            note(offset, StackEvent::Leave, kOutside);
            note(offset, StackEvent::Stop, 0);
        }
        return found->kind == Sequence::Kind::Call ? call() : Refusal{};
    }

    /// R9 for the call whose rel32 ends at next_: to a landing, here or of another unit.
    Refusal call() {
        const u32 field = next_ - 4;
        u32 distance = 0;
        for (u32 n = 0; n < 4; ++n) distance |= u32{unit_.code[field + n]} << (8 * n);
        const i64 target = i64{next_} + static_cast<i32>(distance);
        const bool linkable = is_linkable(field);
        if (linkable) verified_.call_fields.push_back(field);
        if (target >= 0 && target < static_cast<i64>(marks_.size())) {
            marks_.set(Mark::Target, static_cast<u32>(target));
            calls_.push_back(static_cast<u32>(target));
            return {};
        }
        const i64 there = unit_.cache_offset + target;
        if (there < kFirstUnit || there >= static_cast<i64>(kMaxCacheSize))
            return {9, "call out of the cache"};
        if (!known_.is_landing(static_cast<u32>(there))) return {9, "call to no known landing"};
        if (!linkable) return {9, "linked call straddles a line"};
        return {};
    }

    bool is_linkable(u32 field) const {
        const u32 place = unit_.cache_offset + field;
        return place / kLine == (place + 3) / kLine;
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
        const bool linkable = near && is_linkable(next_ - 4);
        if (internal) {
            marks_.set(Mark::Target, static_cast<u32>(target));
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
        if (!known_.is_body(static_cast<u32>(target))) return {9, "branch to no known body"};
        if (!linkable) return {9, "linked branch straddles a line"};
        return {};
    }

    /// R8, R9 and R10: entries and targets in the unit are boundaries, and RESTORE is where calls and
    /// dispatches come, and only there.
    std::optional<Rejection> check_targets() const {
        for (const auto& landings : {unit_.landings, std::span<const u32>(calls_)}) {
            for (const u32 landing : landings) {
                if (!marks_.has(Mark::Restore, landing))
                    return Rejection{landing, 8, "landing without RESTORE"};
            }
        }
        for (const u32 body : unit_.bodies) {
            if (auto rejection = check_boundary(body, body)) return rejection;
        }
        for (const Event& event : events_) {
            if (event.kind != StackEvent::Leave || event.value == kOutside) continue;
            if (auto rejection = check_boundary(event.offset, static_cast<u32>(event.value)))
                return rejection;
        }
        return std::nullopt;
    }

    std::optional<Rejection> check_boundary(u32 offset, u32 target) const {
        if (marks_.has(Mark::Inside, target))
            return Rejection{offset, 10, "target in the middle of a sequence"};
        if (!marks_.has(Mark::Start, target))
            return Rejection{offset, 9, "target in the middle of an instruction"};
        if (marks_.has(Mark::Restore, target))
            return Rejection{offset, 8, "RESTORE without call or dispatch"};
        return std::nullopt;
    }

    const UnitView& unit_;
    const KnownEntries& known_;
    Marks marks_;
    std::vector<Event> events_;
    struct Near {
        u32 offset, field;
    };
    std::vector<u32> calls_;  ///< targets in the unit
    std::vector<Near> near_;  ///< branches that may be re-targeted, rsp allowing
    Verified verified_;
    u32 next_ = 0;  ///< offset behind the instruction or sequence just checked
};

}  // namespace

std::expected<Verified, Rejection> verify(const UnitView& unit, const KnownEntries& known) {
    return Verifier(unit, known).run();
}

}  // namespace occlum::sfi::verifier

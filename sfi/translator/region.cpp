#include "sfi/translator/region.h"

#include <algorithm>

#include "sfi/translator/decoder.h"

namespace occlum::sfi::translator {
namespace {

constexpr size_t kUsualInstructions = 128;
constexpr u64 kShortLoop = 128;  ///< bytes

}  // namespace

bool ends_flow(const Insn& insn) {
    switch (insn.info.op) {
        case Op::Bad:
        case Op::Fetch:
        case Op::Assist:
        case Op::AssistEnd:
        case Op::Call:
        case Op::CallRm:
        case Op::Jmp:
        case Op::JmpRm:
        case Op::Ret:
        case Op::Syscall:
            return true;
        default:
            return false;
    }
}

bool returns_to_next(const Insn& insn) {
    const Op op = insn.info.op;
    return op == Op::Assist || op == Op::Call || op == Op::CallRm || op == Op::Syscall;
}

Region::Region(const Window& window, GuestAddr entry, const KnownCode& known, size_t max_instructions)
    : window_(window), known_(known), max_instructions_(max_instructions) {
    first_ = entry.value;
    limit_ = std::min(window.start.value + window.bytes.size(), first_ + kMaxGuestBytes);
    insns_.reserve(std::min(max_instructions_, kUsualInstructions));
    highest_ = first_;
    trace(first_);
    for (size_t n = 0; n < pending_.size() && insns_.size() < max_instructions_; ++n) {
        if (!contains(pending_[n]) && !known_.body_of({pending_[n]})) trace(pending_[n]);
    }
    put_in_order();
    mark_labels(entry.value);
}

// By address, which is the order of the index; one trace is in order already.
void Region::put_in_order() {
    if (std::ranges::is_sorted(insns_, {}, &Insn::address)) return;
    std::vector<Insn> sorted;
    sorted.reserve(insns_.size());
    for (size_t at = 0; sorted.size() < insns_.size(); ++at) {
        if (index_[at] == 0) continue;
        sorted.push_back(insns_[index_[at] - 1u]);
        index_[at] = static_cast<u16>(sorted.size());
    }
    insns_ = std::move(sorted);
}

bool Region::contains(u64 guest) const {
    return guest >= first_ && guest - first_ < index_.size() && index_[guest - first_] != 0;
}

Insn* Region::find(u64 guest) { return contains(guest) ? &insns_[index_[guest - first_] - 1u] : nullptr; }

void Region::decode_at(u64 guest, Insn& insn) const {
    const size_t at = guest - window_.start.value;
    const Decoded result = decode(window_.bytes.subspan(at), guest, insn);
    if (result == Decoded::Ok) return;
    insn = Insn{};
    insn.address = guest;
    insn.info.op = result == Decoded::Truncated ? Op::Fetch : Op::Bad;
}

// Follows the fallthrough path from `guest` until it leaves the region or meets itself. The entry is always
// taken, even if only to say that it cannot be fetched.
void Region::trace(u64 guest) {
    bool returned = false;  // a call's landing must follow it, whatever the limits
    while (!contains(guest)) {
        const bool room = insns_.size() < max_instructions_ && guest < limit_;
        const bool fits =
            guest < window_.start.value + window_.bytes.size() && guest - first_ < index_.size();
        if (!room && !insns_.empty() && !(returned && fits && max_instructions_ > 1)) return;
        Insn& insn = insns_.emplace_back();
        decode_at(guest, insn);
        index_[guest - first_] = static_cast<u16>(insns_.size());
        const Op op = insn.info.op;
        const bool unknown = op == Op::Bad || op == Op::Fetch;
        highest_ = std::max(highest_, unknown ? guest + kMaxLength : insn.next());
        if (op == Op::Jcc || op == Op::Jmp || op == Op::Loop) want(insn.target);
        if (ends_flow(insn) && !returns_to_next(insn)) return;
        returned = known_.paired() && (op == Op::Call || op == Op::CallRm);
        guest = insn.next();
        if (known_.body_of({guest})) return;
    }
}

void Region::want(u64 guest) {
    if (guest >= first_ && guest < limit_) pending_.push_back(guest);
}

void Region::mark_labels(u64 entry) {
    find(entry)->label |= kLabelEntry;
    for (const Insn& insn : insns_) {
        const Op op = insn.info.op;
        if (op == Op::Jcc || op == Op::Jmp || op == Op::Loop || op == Op::Call) {
            if (Insn* target = find(insn.target)) {
                target->label |=
                    op == Op::Call && known_.paired() ? kLabelTarget | kLabelEntry : kLabelTarget;
                if (insn.target <= insn.address && insn.address - insn.target < kShortLoop)
                    target->label |= kLabelLoop;
            }
        }
        if (returns_to_next(insn)) {
            if (Insn* next = find(insn.next())) next->label |= kLabelEntry;
        }
    }
    // Where layout order is not flow order, a jump is needed: its target is a label.
    for (size_t n = 0; n < insns_.size(); ++n) {
        if (ends_flow(insns_[n])) continue;
        const bool adjacent = n + 1 < insns_.size() && insns_[n + 1].address == insns_[n].next();
        Insn* next = find(insns_[n].next());
        if (!adjacent && next) next->label |= kLabelTarget;
    }
}

}  // namespace occlum::sfi::translator

#include "fuzz/verifier/pairs.h"

#include <algorithm>
#include <map>
#include <set>

#include "fuzz/verifier/judge.h"

namespace occlum::sfi::verifier::judge {
namespace {

using Bytes = std::vector<u8>;

Bytes joined(std::initializer_list<Bytes> pieces) {
    Bytes all;
    for (const Bytes& piece : pieces) all.insert(all.end(), piece.begin(), piece.end());
    return all;
}

const Bytes kTable{0x64, 0x4c, 0x8b, 0x14, 0x25, 0x10, 0, 0, 0, 0x45, 0x89, 0xdb};
const Bytes kFind{0x4f, 0x8d, 0x1c, 0xda}, kKeep{0x49, 0x89, 0xe2};
const Bytes kEnter{0x64, 0x48, 0x8b, 0x24, 0x25, 0x58, 0, 0, 0};
const Bytes kJump{0x43, 0xff, 0x24, 0xda}, kRestore{0x4c, 0x89, 0xd4};

class Unpairing {
public:
    Unpairing(Bytes& code, u32 at, i64 known) : code_(code), at_(at), known_(known) {}

    std::string run(std::span<const u32> bodies, std::span<const u32> landings) {
        decode_all();
        for (const auto& [offset, insn] : insns_) {
            if (starts(offset, kRestore)) restores_.insert(offset);
        }
        if (auto found = check_places(bodies, landings); !found.empty()) return found;
        for (u32 offset = 0; offset < code_.size();) {
            std::string found;
            const u32 length = rewrite(offset, found);
            if (!found.empty()) return found;
            offset += length;
        }
        return "";
    }

private:
    void decode_all() {
        for (u32 offset = 0; offset < code_.size();) {
            const auto decoded = zydis_decode(code_, offset);
            if (!decoded) return;  // the judge will say so
            insns_.emplace(offset, *decoded);
            offset += decoded->insn.length;
        }
    }

    bool starts(u32 offset, const Bytes& bytes) const {
        return offset + bytes.size() <= code_.size() &&
               std::equal(bytes.begin(), bytes.end(), code_.begin() + static_cast<std::ptrdiff_t>(offset));
    }

    /// Nobody comes to RESTORE but by calls and dispatches, and they nowhere else.
    std::string check_places(std::span<const u32> bodies, std::span<const u32> landings) const {
        for (const u32 landing : landings) {
            if (!restores_.contains(landing)) return "landing without RESTORE";
        }
        std::set<u32> joins(bodies.begin(), bodies.end());
        for (const auto& [offset, d] : insns_) {
            const auto& operand = d.operands[0];
            if (operand.type != ZYDIS_OPERAND_TYPE_IMMEDIATE || !operand.imm.is_relative) continue;
            const i64 target = i64{offset} + d.insn.length + operand.imm.value.s;
            if (d.insn.mnemonic == ZYDIS_MNEMONIC_CALL) {
                const bool inside = target >= 0 && target < static_cast<i64>(code_.size());
                if (inside ? !restores_.contains(static_cast<u32>(target)) : at_ + target != known_)
                    return "call to no landing";
            } else {
                joins.insert(static_cast<u32>(target));
            }
        }
        bool falls = false;
        std::set<u32> entered(landings.begin(), landings.end());
        entered.insert(joins.begin(), joins.end());
        for (const auto& [offset, d] : insns_) {
            if (restores_.contains(offset)) {
                if (joins.contains(offset)) return "a way to RESTORE";
                if (falls) return "falls into RESTORE";
                falls = true;
            }
            if (entered.contains(offset) || offset == 0) falls = true;
            const auto category = d.insn.meta.category;
            if (category == ZYDIS_CATEGORY_UNCOND_BR || category == ZYDIS_CATEGORY_CALL ||
                category == ZYDIS_CATEGORY_RET)
                falls = false;
        }
        for (const auto& [offset, d] : insns_) {
            const u32 length = sequence(offset);
            for (u32 inside = offset + 1; inside < offset + length; ++inside) {
                if (joins.contains(inside)) return "a way into a sequence";
            }
        }
        return "";
    }

    /// Bytes of the CALL or DISPATCH there, or 0.
    u32 sequence(u32 offset) const {
        const Bytes call = joined({kKeep, kEnter, {0xe8}}), dispatch = joined({kTable, kFind, kKeep});
        if (starts(offset, call)) return static_cast<u32>(call.size()) + 4;
        for (const Bytes& end : {Bytes{0x41, 0xff, 0x23}, joined({kEnter, {0x41, 0xff, 0x13}}),
                                 joined({kEnter, {0x41, 0xff, 0x33, 0xc3}})}) {
            const Bytes whole = joined({dispatch, end});
            if (starts(offset, whole)) return static_cast<u32>(whole.size());
        }
        return 0;
    }

    /// In the unpaired form, as long as it was; returns its length.
    u32 rewrite(u32 offset, std::string& found) {
        if (restores_.contains(offset)) {
            put(offset, {0x0f, 0x1f, 0x00});
            return static_cast<u32>(kRestore.size());
        }
        const u32 length = sequence(offset);
        if (length == 0) {
            const auto insn = insns_.find(offset);
            if (insn == insns_.end()) return static_cast<u32>(code_.size()) - offset;
            const auto category = insn->second.insn.meta.category;
            if (category == ZYDIS_CATEGORY_CALL || category == ZYDIS_CATEGORY_RET)
                found = "alone: " + text(insn->second);
            return insn->second.insn.length;
        }
        const bool call = code_[offset] == kKeep[0];
        const Bytes end = call ? Bytes{0xe9} : joined({kTable, kJump});
        const u32 rest = call ? 5 : static_cast<u32>(end.size());
        for (u32 n = offset; n < offset + length - rest; ++n) code_[n] = 0x90;
        const u32 last = offset + length - rest;
        const bool away = call && !insns_.contains(static_cast<u32>(target_of_call(last)));
        put(last, away ? Bytes{0x90, 0x90, 0x90, 0xeb, 0xfe} : end);  // to itself instead: it leaves as well
        return length;
    }

    i64 target_of_call(u32 offset) const {
        const auto& d = insns_.at(offset);
        return i64{offset} + d.insn.length + d.operands[0].imm.value.s;
    }

    void put(u32 offset, const Bytes& bytes) {
        std::ranges::copy(bytes, code_.begin() + static_cast<std::ptrdiff_t>(offset));
    }

    Bytes& code_;
    u32 at_;
    i64 known_;
    std::map<u32, Decoded> insns_;
    std::set<u32> restores_;
};

}  // namespace

std::string unpair(std::vector<u8>& code, u32 at, std::span<const u32> bodies, std::span<const u32> landings,
                   i64 known) {
    return Unpairing(code, at, known).run(bodies, landings);
}

}  // namespace occlum::sfi::verifier::judge

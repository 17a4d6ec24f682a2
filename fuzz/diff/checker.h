// Runs a sequence on both sides and compares everything that a guest could see.
#pragma once

#include <map>
#include <string>

#include "fuzz/diff/runner.h"

namespace occlum::fuzz {

enum class Verdict : u8 {
    Same,
    Skipped,   ///< not comparable: went above 4 GiB natively, or did not end
    ByDesign,  ///< differs, but after rsp or a string pointer was above 4 GiB
    Different
};

struct Comparison {
    Verdict verdict = Verdict::Same;
    std::string difference;  ///< one line each
    Outcome native, confined;
    bool assisted = false;
};

class Checker {
public:
    Checker();
    /// Twice: the second time with code that is translated and linked already.
    Comparison check(const Sequence& sequence);
    /// Single-steps both: at each host instruction the recovered state must be one that the guest really goes
    /// through.
    Comparison check_steps(const Sequence& sequence);
    /// Smallest sequence found by dropping items that still differs.
    Sequence shrink(Sequence sequence, bool steps);
    /// Everything about a difference, for people.
    std::string report(const Sequence& sequence, bool steps);

private:
    void stop_native_at(u32 address, const Layout& layout, const Sequence& sequence, MachineState start,
                        Comparison& result);

    void compare(const Sequence& sequence, const Layout& layout, Comparison& result);
    bool differs_by_design(const Sequence& sequence, const Layout& layout, const Comparison& result);

    sfi::HostedVcpu vcpu_;
    Memory memory_;
    Native native_;
    Confined confined_;
};

/// Text of one instruction, or of all in `code`, one a line.
std::string disassemble_one(std::span<const u8> code, u64 address);
bool is_string_instruction(std::span<const u8> code);
bool is_leave(std::span<const u8> code);
/// bt, bts, btr or btc.
bool is_bit_string(std::span<const u8> code);
/// fs or gs.
bool has_segment(std::span<const u8> code);
std::string disassemble(std::span<const u8> code, u64 address);

}  // namespace occlum::fuzz

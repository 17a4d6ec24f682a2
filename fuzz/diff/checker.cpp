#include "fuzz/diff/checker.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace occlum::fuzz {
namespace {

constexpr u64 kGuestFlags = 0xcd5;
constexpr u64 kErrorBits = 0x17;  // present, write, user, fetch
constexpr u64 kPresentBit = 1, kWriteBit = 2, kFetchBit = 0x10;
constexpr u64 kStackFault = 12;
constexpr u64 kTop = u64{1} << 32;
constexpr size_t kRcx = 1, kRsp = 4, kRsi = 6, kRdi = 7;

template <typename... Values>
std::string text(const char* format, Values... values) {
    std::array<char, 200> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, values...);
    return buffer.data();
}

u64 get64(const Vectors& vectors, size_t at) {
    u64 value = 0;
    for (size_t i = 8; i-- > 0;) value = value << 8 | vectors.bytes[at + i];
    return value;
}

void compare_value(std::string& out, const char* name, u64 native, u64 confined) {
    if (native != confined)
        out += text("%s: native %016" PRIx64 " confined %016" PRIx64 "\n", name, native, confined);
}

void compare_vectors(std::string& out, const Vectors& native, const Vectors& confined) {
    // The last x87 instruction's code, address and operand are not compared: confined code does not reveal
    // its own.
    constexpr u64 kControlStatusTag = 0xff'ffff'ffff;
    compare_value(out, "x87 control, status, tags", get64(native, 0) & kControlStatusTag,
                  get64(confined, 0) & kControlStatusTag);
    compare_value(out, "mxcsr", get64(native, 24) & 0xffff'ffff, get64(confined, 24) & 0xffff'ffff);
    for (size_t i = 0; i < 16; ++i)
        compare_value(out, text("st%zu.%zu", i / 2, i % 2).c_str(),
                      get64(native, 32 + 8 * i) & (i % 2 ? 0xffff : ~u64{0}),
                      get64(confined, 32 + 8 * i) & (i % 2 ? 0xffff : ~u64{0}));
    for (size_t i = 0; i < 32; ++i) {
        compare_value(out, text("xmm%zu.%zu", i / 2, i % 2).c_str(), get64(native, 160 + 8 * i),
                      get64(confined, 160 + 8 * i));
        compare_value(out, text("ymm%zu.%zu high", i / 2, i % 2).c_str(), get64(native, 576 + 8 * i),
                      get64(confined, 576 + 8 * i));
    }
}

constexpr std::array kNames{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                            "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

void compare_states(std::string& out, const MachineState& native, const MachineState& confined) {
    compare_value(out, "rip", native.rip, confined.rip);
    for (size_t i = 0; i < 16; ++i) compare_value(out, kNames[i], native.gpr[i], confined.gpr[i]);
    compare_value(out, "rflags", native.rflags & kGuestFlags, confined.rflags & kGuestFlags);
    compare_vectors(out, native.vectors, confined.vectors);
}

/// Where the two worlds differ by design: addresses of 4 GiB and more.
bool is_wild(const Outcome& native, const Outcome& confined) {
    if (native.ending == Ending::TimeOut) return true;
    if (native.state.rip >= kTop || native.state.gpr[kRsp] >= kTop) return true;
    if (native.vector == kPageFault && native.address >= kTop) return true;
    const bool same = confined.ending == Ending::Trap && confined.vector == native.vector &&
                      confined.state.rip == native.state.rip;
    return (native.vector == kProtection || native.vector == kStackFault) && !same;
}

void compare_endings(std::string& out, const Outcome& native, const Outcome& confined) {
    if (confined.ending == Ending::Broken) out += "confined side broken: " + confined.note + "\n";
    if (confined.ending == Ending::TimeOut) out += "confined side does not end\n";
    if (confined.ending == Ending::Assist && native.vector != kInt3 && native.vector != kUndefined)
        out += "assist where the native side faults\n";
    if (confined.ending != Ending::Trap) return;
    compare_value(out, "vector", native.vector, confined.vector);
    if (native.vector != kPageFault) return;
    compare_value(out, "fault address", native.address, confined.address);
    if (confined.error & kFetchBit) return;  // natively the page may be there, but not executable
    // The translator reads first what bts, btr and btc write.
    const u64 bits = native.error & kPresentBit ? kErrorBits : kErrorBits & ~kWriteBit;
    compare_value(out, "error code", native.error & bits, confined.error & bits);
}

/// The stack pointer is where nothing is mapped.
bool is_astray(u64 rsp) {
    return std::ranges::none_of(kAreas, [&](const Area& area) { return rsp - area.start < area.size; });
}

/// In the middle of these, recovery may leave something that running them again does not look at.
bool is_inexact(std::span<const u8> code) {
    return has_segment(code) || is_string_instruction(code) || is_bit_string(code) || is_leave(code);
}

bool same_step(const Step& native, const Step& confined) {
    return native.rip == confined.rip && native.gpr == confined.gpr &&
           (native.rflags & kGuestFlags) == (confined.rflags & kGuestFlags);
}

void describe_step(std::string& out, const std::vector<Step>& native, size_t at, const Step& confined) {
    out += text("recovered state at %" PRIx64 " was never there\n", confined.rip);
    for (size_t next = at; next < std::min(at + 2, native.size()); ++next) {
        out += text("against the native one at %" PRIx64 ":\n", native[next].rip);
        for (size_t i = 0; i < 16; ++i) compare_value(out, kNames[i], native[next].gpr[i], confined.gpr[i]);
        compare_value(out, "rflags", native[next].rflags & kGuestFlags, confined.rflags & kGuestFlags);
    }
}

}  // namespace

Checker::Checker() : native_(vcpu_), confined_(vcpu_, memory_.domain()) {}

void Checker::stop_native_at(u32 address, const Layout& layout, const Sequence& sequence, MachineState start,
                             Comparison& result) {
    memory_.reset(sequence.memory_seed, sequence.code, layout.bytes);
    memory_.patch(address, 0xcc);
    result.native = native_.run(start);
    result.confined = confined_.run(start, sequence.code, layout.bytes);
    result.assisted = true;
}

void Checker::compare(const Sequence& sequence, const Layout& layout, Comparison& result) {
    if (is_wild(result.native, result.confined)) {
        result.verdict = Verdict::Skipped;
        return;
    }
    compare_endings(result.difference, result.native, result.confined);
    compare_states(result.difference, result.native.state, result.confined.state);
    if (const auto at = memory_.first_difference())
        result.difference += text("memory at %x: native %02x confined %02x\n", *at, memory_.native_byte(*at),
                                  memory_.confined_byte(*at));
    if (!result.difference.empty())
        result.verdict = differs_by_design(sequence, layout, result) ? Verdict::ByDesign : Verdict::Different;
}

Comparison Checker::check(const Sequence& sequence) {
    Comparison result;
    Layout layout;
    if (!lay_out(sequence, layout)) {
        result.verdict = Verdict::Skipped;
        return result;
    }
    MachineState start = sequence.start;
    start.rip = sequence.code;
    memory_.reset(sequence.memory_seed, sequence.code, layout.bytes);
    result.native = native_.run(start);
    result.confined = confined_.run(start, sequence.code, layout.bytes);
    const bool stopped_alike = result.native.vector == kInt3 || result.native.vector == kUndefined;
    if (result.confined.ending == Ending::Assist &&
        !(stopped_alike && result.confined.state.rip == result.native.state.rip) &&
        code_area(static_cast<u32>(result.confined.state.rip)) == code_area(sequence.code))
        stop_native_at(static_cast<u32>(result.confined.state.rip), layout, sequence, start, result);
    compare(sequence, layout, result);
    if (result.verdict != Verdict::Same || result.assisted) return result;
    memory_.reset(sequence.memory_seed, sequence.code, layout.bytes);
    result.native = native_.run(start);
    result.confined = confined_.run_again(start);
    compare(sequence, layout, result);
    return result;
}

// What confined code cannot keep: the upper half of rsp, and of the pointers and counts of string
// instructions; the destination of a load through fs or gs that faults, and flags when a bit instruction's
// access does. And it may touch the stack where the guest only moves rsp.
bool Checker::differs_by_design(const Sequence& sequence, const Layout& layout, const Comparison& result) {
    const auto code_at = [&](u64 rip) {
        const u64 offset = std::min<u64>(rip - sequence.code, layout.bytes.size());
        return std::span(layout.bytes).subspan(offset);
    };
    const auto last = code_at(result.native.state.rip);
    if (result.native.vector == kPageFault && (has_segment(last) || is_bit_string(last))) return true;
    const bool confined_fault =
        result.confined.ending == Ending::Trap && result.confined.vector == kPageFault;
    MachineState start = sequence.start;
    start.rip = sequence.code;
    memory_.reset(sequence.memory_seed, sequence.code, layout.bytes);
    std::vector<Step> steps;
    native_.trace(start, steps);
    return std::ranges::any_of(steps, [&](const Step& step) {
        if (step.gpr[kRsp] >= kTop || (confined_fault && is_astray(step.gpr[kRsp]))) return true;
        if (step.gpr[kRcx] < kTop && step.gpr[kRsi] < kTop && step.gpr[kRdi] < kTop) return false;
        return is_string_instruction(code_at(step.rip));
    });
}

Comparison Checker::check_steps(const Sequence& sequence) {
    Comparison result = check(sequence);
    Layout layout;
    if (result.verdict != Verdict::Same || result.assisted || !lay_out(sequence, layout)) return result;
    MachineState start = sequence.start;
    start.rip = sequence.code;
    std::vector<Step> native, confined;
    memory_.reset(sequence.memory_seed, sequence.code, layout.bytes);
    result.native = native_.trace(start, native);
    result.confined = confined_.trace(start, sequence.code, layout.bytes, confined);
    size_t at = 0;
    for (const Step& step : confined) {
        if (is_inexact(std::span(layout.bytes)
                           .subspan(std::min<u64>(step.rip - sequence.code, layout.bytes.size()))))
            continue;
        size_t next = at;
        while (next < native.size() && !same_step(native[next], step)) ++next;
        if (next == native.size()) {
            result.verdict = Verdict::Different;
            describe_step(result.difference, native, at, step);
            break;
        }
        at = next;
    }
    return result;
}

Sequence Checker::shrink(Sequence sequence, bool steps) {
    for (size_t chunk = std::max<size_t>(sequence.items.size() / 2, 1);; chunk /= 2) {
        bool dropped = true;
        while (dropped) {
            dropped = false;
            for (size_t from = 0; from < sequence.items.size(); from += chunk) {
                Sequence smaller = sequence;
                bool any = false;
                for (size_t i = from; i < std::min(from + chunk, sequence.items.size()); ++i) {
                    Item& item = smaller.items[i];
                    if (i == sequence.stop || item.dropped) continue;
                    item.dropped = any = true;
                }
                if (!any) continue;
                const Comparison smaller_result = steps ? check_steps(smaller) : check(smaller);
                if (smaller_result.verdict != Verdict::Different) continue;
                sequence = smaller;
                dropped = true;
            }
        }
        if (chunk <= 1) return sequence;
    }
}

std::string Checker::report(const Sequence& sequence, bool steps) {
    confined_.start_afresh();
    const Comparison result = steps ? check_steps(sequence) : check(sequence);
    Layout layout;
    lay_out(sequence, layout);
    std::string out =
        text("seed %" PRIu64 ", code at %x, %zu bytes\n", sequence.seed, sequence.code, layout.bytes.size());
    out += disassemble(layout.bytes, sequence.code);
    out += "difference:\n" + result.difference;
    out += text("ending: native vector %" PRIu64 " confined %d vector %" PRIu64 "\n", result.native.vector,
                static_cast<int>(result.confined.ending), result.confined.vector);
    for (size_t i = 0; i < 16; ++i)
        out += text("%-4s start %016" PRIx64 " native %016" PRIx64 " confined %016" PRIx64 "\n", kNames[i],
                    sequence.start.gpr[i], result.native.state.gpr[i], result.confined.state.gpr[i]);
    out += text("flags start %" PRIx64 " native %" PRIx64 " confined %" PRIx64 "\n", sequence.start.rflags,
                result.native.state.rflags, result.confined.state.rflags);
    out += "translated:\n" + disassemble(confined_.units(), confined_.units_start());
    return out;
}

}  // namespace occlum::fuzz

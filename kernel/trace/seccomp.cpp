#include "kernel/trace/seccomp.h"

#include <algorithm>
#include <optional>

#include "kernel/task/lifecycle.h"

namespace occlum::kernel {
namespace {

// Classic BPF: classes, then sizes and modes, operators, sources.
enum Code : u16 {
    kLoadWord = 0x20,
    kLoadLength = 0x80,
    kLoadImmediate = 0x00,
    kLoadMemory = 0x60,
    kLoadIndexImmediate = 0x01,
    kLoadIndexMemory = 0x61,
    kLoadIndexLength = 0x81,
    kStore = 0x02,
    kStoreIndex = 0x03,
    kArithmetic = 0x04,
    kJump = 0x05,
    kReturn = 0x06,
    kReturnAccumulator = 0x16,
    kToIndex = 0x07,
    kFromIndex = 0x87,
    kClassMask = 0x07,
    kOperatorMask = 0xf0,
    kFromX = 0x08,
};
enum Operator : u16 {
    kAdd = 0x00,
    kSubtract = 0x10,
    kMultiply = 0x20,
    kDivide = 0x30,
    kOr = 0x40,
    kAnd = 0x50,
    kShiftLeft = 0x60,
    kShiftRight = 0x70,
    kNegate = 0x80,
    kXor = 0xa0
};
enum Condition : u16 { kAlways = 0x00, kEqual = 0x10, kGreater = 0x20, kGreaterEqual = 0x30, kSet = 0x40 };

constexpr size_t kLongestProgram = 4096, kMostInstructions = 32768;
constexpr u32 kCallBytes = 64, kMemoryWords = 16;

bool is_arithmetic(const FilterInstruction& at) {
    const u16 kind = at.code & kOperatorMask;
    const bool from_x = (at.code & kFromX) != 0;
    if (kind == kDivide && !from_x && at.operand == 0) return false;
    if ((kind == kShiftLeft || kind == kShiftRight) && !from_x && at.operand >= 32) return false;
    return kind <= kNegate || kind == kXor;
}

bool is_jump(const FilterInstruction& at, size_t left) {
    const u16 kind = at.code & kOperatorMask;
    if (kind == kAlways) return at.code == kJump && at.operand < left;
    return kind <= kSet && at.if_true < left && at.if_false < left;
}

// `left`: instructions that follow.
bool is_valid(const FilterInstruction& at, size_t left) {
    switch (at.code) {
        case kLoadWord:
            return at.operand < kCallBytes && at.operand % 4 == 0;
        case kLoadMemory:
        case kLoadIndexMemory:
        case kStore:
        case kStoreIndex:
            return at.operand < kMemoryWords;
        case kLoadLength:
        case kLoadImmediate:
        case kLoadIndexImmediate:
        case kLoadIndexLength:
        case kReturn:
        case kReturnAccumulator:
        case kToIndex:
        case kFromIndex:
            return true;
        default:
            break;
    }
    if (at.code > 0xff) return false;
    if ((at.code & kClassMask) == kArithmetic) return is_arithmetic(at);
    return (at.code & kClassMask) == kJump && is_jump(at, left);
}

u32 compute(u16 code, u32 a, u32 b) {
    switch (code & kOperatorMask) {
        case kAdd:
            return a + b;
        case kSubtract:
            return a - b;
        case kMultiply:
            return static_cast<u32>(u64{a} * b);
        case kDivide:
            return b == 0 ? 0 : a / b;
        case kOr:
            return a | b;
        case kAnd:
            return a & b;
        case kShiftLeft:
            return b < 32 ? a << b : 0;
        case kShiftRight:
            return b < 32 ? a >> b : 0;
        case kNegate:
            return 0u - a;
        default:
            return a ^ b;
    }
}

bool holds(u16 code, u32 a, u32 b) {
    switch (code & kOperatorMask) {
        case kEqual:
            return a == b;
        case kGreater:
            return a > b;
        case kGreaterEqual:
            return a >= b;
        default:
            return (a & b) != 0;
    }
}

struct Machine {
    u32 a = 0, x = 0;
    std::array<u32, kMemoryWords> memory{};

    /// One instruction but jumps; a result ends the program.
    std::optional<u32> step(const FilterInstruction& at, const std::array<u32, 16>& call);
};

std::optional<u32> Machine::step(const FilterInstruction& at, const std::array<u32, 16>& call) {
    switch (at.code) {
        case kLoadWord:
            a = call.at(at.operand / 4);
            break;
        case kLoadLength:
            a = kCallBytes;
            break;
        case kLoadImmediate:
            a = at.operand;
            break;
        case kLoadMemory:
            a = memory.at(at.operand);
            break;
        case kLoadIndexImmediate:
            x = at.operand;
            break;
        case kLoadIndexMemory:
            x = memory.at(at.operand);
            break;
        case kLoadIndexLength:
            x = kCallBytes;
            break;
        case kStore:
            memory.at(at.operand) = a;
            break;
        case kStoreIndex:
            memory.at(at.operand) = x;
            break;
        case kToIndex:
            x = a;
            break;
        case kFromIndex:
            a = x;
            break;
        case kReturn:
            return at.operand;
        case kReturnAccumulator:
            return a;
        default:
            if ((at.code & kFromX) != 0 && x == 0 && (at.code & kOperatorMask) == kDivide)
                return kSeccompKillThread;
            a = compute(at.code, a, (at.code & kFromX) != 0 ? x : at.operand);
            break;
    }
    return std::nullopt;
}

u32 run(const std::vector<FilterInstruction>& program, const std::array<u32, 16>& call) {
    Machine machine;
    // Every jump is forward, so this ends.
    for (size_t next = 0; next < program.size();) {
        const FilterInstruction& at = program[next++];
        if ((at.code & kClassMask) == kJump) {
            if ((at.code & kOperatorMask) == kAlways)
                next += at.operand;
            else
                next += holds(at.code, machine.a, (at.code & kFromX) != 0 ? machine.x : at.operand)
                            ? at.if_true
                            : at.if_false;
            continue;
        }
        if (const auto result = machine.step(at, call)) return *result;
    }
    return kSeccompKillThread;
}

// The strictest first.
bool is_stricter(u32 one, u32 other) {
    return static_cast<i32>(one & kSeccompActionMask) < static_cast<i32>(other & kSeccompActionMask);
}

void kill(Task& task, u32 action) {
    if (action == kSeccompKillThread && task.process().tasks.size() > 1)
        begin_task_exit(task, kSigSys);
    else
        begin_exit(task.process(), {kCldKilled, kSigSys});
}

bool allow_strictly(Task& task) {
    constexpr u64 kRead = 0, kWrite = 1, kSigReturn = 15, kExit = 60;
    const u64 call = task.call_number;
    if (call == kRead || call == kWrite || call == kSigReturn || call == kExit) return true;
    if (task.process().tasks.size() > 1)
        begin_task_exit(task, kSigKill);
    else
        begin_exit(task.process(), {kCldKilled, kSigKill});
    return false;
}

void trap(Task& task, u32 data) {
    constexpr i32 kSysSeccomp = 1;
    constexpr u64 kArchitecture = 0xc000'003e;
    SigInfo info{
        .signal = kSigSys, .error = static_cast<i32>(data), .code = kSysSeccomp, .padding = 0, .words = {}};
    info.words[0] = task.context.rip;
    info.words[1] = static_cast<u32>(task.call_number) | kArchitecture << 32;
    task.context.gpr[sfi::RAX] = task.call_number;
    force_signal(task, info);
}

bool ask_tracer(Task& task, u32 data) {
    auto& result = task.context.gpr[sfi::RAX];
    const u64 refused = static_cast<u64>(-static_cast<i64>(Errno::Enosys));
    if (!task.trace || (task.trace->options & kTraceSeccomp) == 0) {
        result = refused;
        return false;
    }
    result = refused;
    trace_event(task, kEventSeccomp, data);
    return static_cast<u32>(task.call_number) != ~u32{0} && !task.must_exit;
}

std::array<u32, 16> describe(const Task& task) {
    const auto& gpr = task.context.gpr;
    constexpr u32 kArchitecture = 0xc000'003e;
    const std::array<u64, 7> wide{task.context.rip, gpr[sfi::RDI], gpr[sfi::RSI], gpr[sfi::RDX],
                                  gpr[sfi::R10],    gpr[sfi::R8],  gpr[sfi::R9]};
    std::array<u32, 16> call{static_cast<u32>(task.call_number), kArchitecture};
    for (size_t i = 0; i < wide.size(); ++i) {
        call.at(2 + 2 * i) = static_cast<u32>(wide.at(i));
        call.at(3 + 2 * i) = static_cast<u32>(wide.at(i) >> 32);
    }
    return call;
}

}  // namespace

SeccompFilter::SeccompFilter(std::vector<FilterInstruction> program, RefPtr<SeccompFilter> before)
    : program_(std::move(program)), before_(std::move(before)), total_(program_.size()) {
    if (before_) total_ += before_->total_ + 4;  // as Linux counts them
}

// Long chains go one by one: kernel stacks are small.
SeccompFilter::~SeccompFilter() {
    RefPtr<SeccompFilter> next = std::exchange(before_, nullptr);
    while (next && next->ref_count() == 1) {
        RefPtr<SeccompFilter> above = std::exchange(next->before_, nullptr);
        next = std::move(above);
    }
}

Result<Ref<SeccompFilter>> SeccompFilter::create(std::vector<FilterInstruction> program,
                                                 RefPtr<SeccompFilter> before) {
    if (program.empty() || program.size() > kLongestProgram) return err(Errno::Einval);
    for (size_t i = 0; i < program.size(); ++i)
        if (!is_valid(program[i], program.size() - i - 1)) return err(Errno::Einval);
    const u16 last = program.back().code;
    if (last != kReturn && last != kReturnAccumulator) return err(Errno::Einval);
    if (before && before->total_ + program.size() > kMostInstructions) return err(Errno::Enomem);
    return make_ref<SeccompFilter>(std::move(program), std::move(before));
}

u32 SeccompFilter::decide(const std::array<u32, 16>& call) const {
    u32 strictest = kSeccompAllow;
    for (const SeccompFilter* filter = this; filter; filter = filter->before_.get())
        if (const u32 result = run(filter->program_, call); is_stricter(result, strictest))
            strictest = result;
    return strictest;
}

bool SeccompFilter::descends_from(const SeccompFilter* other) const {
    for (const SeccompFilter* filter = this; filter; filter = filter->before_.get())
        if (filter == other) return true;
    return other == nullptr;
}

bool seccomp_allows(Task& task) {
    if (task.seccomp_mode == SeccompMode::Strict) return allow_strictly(task);
    const u32 decision = task.seccomp_filter->decide(describe(task));
    const u32 data = decision & ~u32{kSeccompActionMask};
    switch (decision & kSeccompActionMask) {
        case kSeccompAllow:
        case kSeccompLog:
            return true;
        case kSeccompError:
            task.context.gpr[sfi::RAX] = static_cast<u64>(-static_cast<i64>(std::min<u32>(data, 4095)));
            return false;
        case kSeccompTrap:
            trap(task, data);
            return false;
        case kSeccompTrace:
            return ask_tracer(task, data);
        case kSeccompKillThread:
            kill(task, kSeccompKillThread);
            return false;
        default:
            kill(task, kSeccompKillProcess);
            return false;
    }
}

}  // namespace occlum::kernel

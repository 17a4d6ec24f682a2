// The confined side: a code cache over plain memory, and the kernel's part of running translated code.
//
// SAFETY: switch.S is handed the addresses of live objects of this file; the code it enters has passed the
// verifier.
#include <signal.h>

#include <algorithm>
#include <cstddef>

#include "fuzz/diff/runner.h"
#include "fuzz/diff/unsafe/stepping.h"
#include "fuzz/diff/unsafe/switch.h"
#include "sfi/cache/code_cache.h"

extern "C" {
occlum::u64 fuzz_confined_run(occlum::u64 frame, occlum::u64);
occlum::sfi::ExitKind fuzz_enter_stepping(occlum::sfi::GuestContext& context, occlum::u64 landing);
}

namespace occlum::fuzz {
namespace {

using namespace sfi;

struct Frame {
    GuestContext* context;
    u64 landing;
    Vectors* vectors;
    ExitKind (*enter)(GuestContext&, u64);
};
static_assert(offsetof(Frame, context) == CONFINED_CONTEXT && offsetof(Frame, landing) == CONFINED_LANDING &&
              offsetof(Frame, vectors) == CONFINED_VECTORS && offsetof(Frame, enter) == CONFINED_ENTER);

constexpr u64 kCacheSize = 64 << 20;
constexpr u32 kTables = 4;
constexpr u32 kRunsOfACache = 1000;
constexpr u32 kExitsAllowed = 20'000;
constexpr u32 kTicksAllowed = 3, kSteppingTicks = 60;
constexpr u64 kFetchError = 0x14;

class RangeMemory final : public CacheMemory {
public:
    RangeMemory(HostedRange& code, HostedRange& tables) : code_(code), tables_(tables) {}
    Result<void> commit(u64 address, u64 size) override {
        if (address - code_.start() < code_.size()) {
            code_.protect(address - code_.start(), size, Access::All);
        } else {
            tables_.protect(address - tables_.start(), size, Access::ReadWrite);
        }
        return {};
    }
    void decommit(u64 address, u64 size) override {
        HostedRange& range = address - code_.start() < code_.size() ? code_ : tables_;
        range.drop(address - range.start(), size);
    }

private:
    HostedRange& code_;
    HostedRange& tables_;
};

class SequenceBytes final : public CodeBytes {
public:
    explicit SequenceBytes(std::vector<u8> bytes) : bytes_(std::move(bytes)) {}
    size_t read(u64 offset, std::span<u8> out) const override {
        if (offset >= bytes_.size()) return 0;
        const size_t size = std::min<size_t>(out.size(), bytes_.size() - offset);
        std::copy_n(bytes_.begin() + static_cast<i64>(offset), size, out.begin());
        return size;
    }

private:
    std::vector<u8> bytes_;
};

}  // namespace

namespace {

/// While confined code is single-stepped.
struct Stepper {
    HostedVcpu* vcpu = nullptr;
    HostedRange* code = nullptr;
    std::vector<GuestContext> raw;  ///< at each host instruction
};
Stepper stepper;

}  // namespace

bool record_confined_step(const mcontext_t& machine) {
    const u64 pc = static_cast<u64>(machine.gregs[REG_RIP]);
    if (!stepper.vcpu) return false;
    if (pc - stepper.code->start() >= kCacheSize) return true;  // on the way through the gate
    if (stepper.raw.size() == kMaxSteps) return false;
    GuestContext& context = stepper.raw.emplace_back();
    copy_registers(machine, context.gpr);
    context.host_pc = pc;
    context.rflags = static_cast<u64>(machine.gregs[REG_EFL]);
    context.scratch = stepper.vcpu->block().scratch;
    context.guest_rip = stepper.vcpu->block().guest_rip;
    context.exit_arg = stepper.vcpu->block().exit_arg;
    return true;
}

struct Confined::Parts {
    HostedVcpu& vcpu;
    u64 domain;
    HostedRange code{kCacheSize, kPageSize};
    HostedRange tables{kTables * kTableSize, kPageSize};
    RangeMemory memory{code, tables};
    std::unique_ptr<CodeCache> cache;
    RefPtr<CodeSpace> space;
    u64 runs = 0;
    bool paired = false;  ///< every other cache

    void renew_cache();
    bool open_space(u32 code_address, std::span<const u8> bytes);
    /// True while the guest goes on; false when `outcome` is complete.
    bool handle(ExitKind kind, GuestContext& context, u64& landing, Outcome& outcome);
    bool interrupted(GuestContext& context, u64& landing, Outcome& outcome);
    bool go_to(const GuestContext& context, u64& landing, Outcome& outcome);
    void fault(const GuestContext& context, Outcome& outcome);
    u32 ticks = 0;
    bool stepping = false;
};

void Confined::Parts::renew_cache() {
    space = nullptr;
    cache = nullptr;
    code.drop(0, kCacheSize);
    tables.drop(0, kTables * kTableSize);
    paired = !paired;
    auto made = CodeCache::create({.code = code.start(),
                                   .code_size = kCacheSize,
                                   .tables = tables.start(),
                                   .table_count = kTables,
                                   .paired_from = paired ? 0 : ~u64{0}},
                                  memory);
    if (made) cache = std::move(*made);
}

bool Confined::Parts::open_space(u32 code_address, std::span<const u8> bytes) {
    if (runs++ % kRunsOfACache == 0) renew_cache();
    if (!cache) return false;
    std::vector<u8> area(kCodeSize, 0xcc);
    std::ranges::copy(bytes, area.begin() + (code_address - code_area(code_address)));
    space = nullptr;
    const ExecMapping mapping{.start = {code_area(code_address)},
                              .size = kCodeSize,
                              .bytes = make_ref<SequenceBytes>(std::move(area)),
                              .offset = 0,
                              .identity = runs};
    auto opened = cache->space(std::span(&mapping, 1));
    if (!opened) return false;
    space = *opened;
    return true;
}

bool Confined::Parts::go_to(const GuestContext& context, u64& landing, Outcome& outcome) {
    const auto resolved = cache->resolve(*space, GuestAddr{context.rip});
    if (resolved) {
        landing = *resolved;
        return true;
    }
    outcome.ending = Ending::Trap;
    outcome.vector = kPageFault;
    outcome.error = kFetchError;
    outcome.address = context.rip;
    if (resolved.error() != Errno::Efault) {
        outcome.ending = Ending::Broken;
        outcome.note = "resolve failed with error " + std::to_string(static_cast<int>(resolved.error()));
    }
    return false;
}

void Confined::Parts::fault(const GuestContext& context, Outcome& outcome) {
    const HostedFault& info = vcpu.fault();
    outcome.ending = Ending::Trap;
    outcome.vector = info.trap;
    outcome.error = info.error;
    outcome.address = info.trap == kPageFault ? info.address - domain : info.address;
    (void)context;
}

bool Confined::Parts::interrupted(GuestContext& context, u64& landing, Outcome& outcome) {
    const HostedFault& info = vcpu.fault();
    if (info.signal == SIGALRM) {
        if (++ticks < (stepping ? kSteppingTicks : kTicksAllowed)) return true;
        outcome.ending = Ending::TimeOut;
        return false;
    }
    if (info.signal == SIGSEGV && info.address - tables.start() < tables.size() &&
        cache->take_miss(context)) {
        return go_to(context, landing, outcome);
    }
    const u64 host_pc = context.host_pc;
    if (!cache->recover(context)) {
        outcome.ending = Ending::Broken;
        outcome.note = "cannot recover at cache offset " + std::to_string(host_pc - code.start());
        return false;
    }
    fault(context, outcome);
    return false;
}

bool Confined::Parts::handle(ExitKind kind, GuestContext& context, u64& landing, Outcome& outcome) {
    switch (kind) {
        case ExitKind::Link:
            cache->link(*space, static_cast<u32>(vcpu.block().exit_arg));
            return go_to(context, landing, outcome);
        case ExitKind::Miss:
        case ExitKind::Preempted:
            return go_to(context, landing, outcome);
        case ExitKind::Assist:
            outcome.ending = Ending::Assist;
            return false;
        case ExitKind::Fetch:
            outcome.ending = Ending::Trap;
            outcome.vector = kPageFault;
            outcome.error = kFetchError;
            outcome.address = context.rip;
            return false;
        case ExitKind::Interrupt:
            return interrupted(context, landing, outcome);
        case ExitKind::Syscall:
            outcome.note = "unexpected system call";
            return false;
    }
    return false;
}

Confined::Confined(HostedVcpu& vcpu, u64 domain) : parts_(std::make_unique<Parts>(vcpu, domain)) {
    set_domain(vcpu.block(), domain);
    vcpu.block().guest_fs = kFsBase;
    vcpu.block().guest_gs = kGsBase;
    vcpu.watch_code(parts_->code.start(), kCacheSize);
}

Confined::~Confined() = default;

Outcome Confined::run(const MachineState& start, u32 code_address, std::span<const u8> code) {
    if (parts_->open_space(code_address, code)) return run_again(start);
    Outcome outcome;
    outcome.note = "no code space";
    return outcome;
}

Outcome Confined::run_again(const MachineState& start) {
    Outcome outcome;
    outcome.state.vectors = start.vectors;
    GuestContext context{.gpr = start.gpr, .rip = start.rip, .rflags = start.rflags};
    u64 landing = 0;
    parts_->ticks = 0;
    parts_->vcpu.block().table = parts_->space->table();
    bool runs = parts_->go_to(context, landing, outcome);
    for (u32 exits = 0; runs; ++exits) {
        if (exits == kExitsAllowed) {
            outcome.ending = Ending::TimeOut;
            break;
        }
        const Frame frame{&context, landing, &outcome.state.vectors,
                          parts_->stepping ? fuzz_enter_stepping : enter_guest};
        const u64 kind = parts_->vcpu.call(fuzz_confined_run, reinterpret_cast<u64>(&frame), 0);
        runs = parts_->handle(static_cast<ExitKind>(kind), context, landing, outcome);
    }
    outcome.state.gpr = context.gpr;
    outcome.state.rip = context.rip;
    outcome.state.rflags = context.rflags;
    return outcome;
}

Outcome Confined::trace(const MachineState& start, u32 code_address, std::span<const u8> code,
                        std::vector<Step>& steps) {
    stepper = {&parts_->vcpu, &parts_->code, {}};
    stepper.raw.reserve(kMaxSteps);
    parts_->stepping = true;
    Outcome outcome = run(start, code_address, code);
    parts_->stepping = false;
    stepper.vcpu = nullptr;
    steps.clear();
    for (GuestContext& context : stepper.raw)
        if (parts_->cache->recover(context)) steps.push_back({context.gpr, context.rip, context.rflags});
    return outcome;
}

void Confined::start_afresh() { parts_->runs = parts_->runs / kRunsOfACache * kRunsOfACache + kRunsOfACache; }

u64 Confined::units_start() const { return parts_->code.start() + kFirstUnit; }

std::span<const u8> Confined::units() const {
    const u64 used = parts_->cache ? parts_->cache->stats().code_bytes : 0;
    return parts_->code.bytes(kFirstUnit, std::min(used, kCacheSize - kFirstUnit));
}

}  // namespace occlum::fuzz

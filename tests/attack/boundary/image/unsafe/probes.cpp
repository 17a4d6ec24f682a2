#include "tests/attack/boundary/image/unsafe/probes.h"

#include <array>

#include "abi/enclave_map.h"
#include "enclave/host.h"
#include "enclave/pages.h"

// Each probe is one instruction between two labels; the handler continues at the second.
extern "C" {
extern const occlum::u8 probe_store[], probe_store_end[];
extern const occlum::u8 probe_divide[], probe_divide_end[];
extern const occlum::u8 probe_undefined[], probe_undefined_end[];
extern const occlum::u8 probe_breakpoint[], probe_breakpoint_end[];
extern const occlum::u8 probe_non_canonical[], probe_non_canonical_end[];
extern const occlum::u8 probe_null[], probe_null_end[];
void probe_store_call(occlum::u64 address, occlum::u64 value);
void probe_divide_call();
void probe_undefined_call();
void probe_breakpoint_call();
void probe_non_canonical_call();
void probe_null_call();
occlum::u64 probe_registers(bool (*done)());
occlum::u64 probe_vectors(void (*call)());
occlum::u64 probe_call(void (*call)());
}

namespace occlum::boundary {

Seen seen;

namespace {

bool handler_faults = false;

u64 at(const u8* label) { return reinterpret_cast<u64>(label); }

struct Range {
    const u8 *start, *end;
};

}  // namespace

bool handle(enclave::ExceptionFrame& frame) {
    if (handler_faults) *reinterpret_cast<volatile u64*>(8) = 1;
    if (frame.is_tick) {
        ++seen.ticks;
        return true;
    }
    for (const Range& probe : {Range{probe_store, probe_store_end},
                               {probe_divide, probe_divide_end},
                               {probe_undefined, probe_undefined_end},
                               {probe_breakpoint, probe_breakpoint_end},
                               {probe_non_canonical, probe_non_canonical_end},
                               {probe_null, probe_null_end}}) {
        // The breakpoint is a trap: its rip is already behind.
        if (frame.rip < at(probe.start) || frame.rip > at(probe.end)) continue;
        seen.vector = frame.vector;
        seen.error_code = frame.error_code;
        seen.address = frame.fault_address;
        ++seen.count;
        frame.rip = at(probe.end);
        return true;
    }
    return false;
}

u64 load(u64 address) { return *reinterpret_cast<volatile u64*>(address); }
void store(u64 address, u64 value) { *reinterpret_cast<volatile u64*>(address) = value; }
void try_store(u64 address, u64 value) { probe_store_call(address, value); }

u64 tsc() {
    u64 low, high;
    asm volatile("rdtsc" : "=a"(low), "=d"(high));
    return high << 32 | low;
}

u64 run_constant(u64 address) {
    store(address, 0xc3'0000'002a'b8);  // mov $42, %eax; ret
    return reinterpret_cast<u64 (*)()>(address)();
}

void run_probe(Probe probe) {
    switch (probe) {
        case Probe::Divide:
            return probe_divide_call();
        case Probe::Undefined:
            return probe_undefined_call();
        case Probe::Breakpoint:
            return probe_breakpoint_call();
        case Probe::NonCanonical:
            return probe_non_canonical_call();
        case Probe::Null:
            return probe_null_call();
    }
}

bool registers_survive(bool (*done)()) { return probe_registers(done) == 0; }
bool vectors_survive(void (*call)()) { return probe_vectors(call) == 0; }

bool registers_survive_call(void (*call)()) { return probe_call(call) == 0; }

ControlWords control_words() {
    ControlWords words;
    u16 environment[14] = {};
    asm volatile("stmxcsr %0; fnstcw %1; fnstenv %2; fldenv %2"
                 : "=m"(words.mxcsr), "=m"(words.fcw), "=m"(environment));
    words.empty_x87 = environment[4] == 0xffff;
    return words;
}

bool flags_clean() {
    u64 flags = 0;
    asm volatile("pushfq; pop %0" : "=r"(flags));
    return (flags & 0x40400) == 0;
}

void fault_unhandled() {
    *reinterpret_cast<volatile u64*>(0x1230) = 1;
    enclave::host_exit(1);
}

void fault_in_handler() {
    handler_faults = true;
    fault_unhandled();
}

void spin() {
    enclave::host_set_tick(1'000'000);
    for (volatile u64 i = 0;; i = i + 1) {
    }
}

void touch_removed() {
    const u64 page = enclave::elrange_base() + abi::kDomainsOffset + (1 << 20);
    if (!enclave::commit_pages(page, kPageSize, enclave::kProtReadWrite)) enclave::host_exit(1);
    store(page, 0x1122334455667788);
    // The host now removes the page and puts a fresh one in its place.
    enclave::host_log("replace");
    const u64 value = load(page);
    enclave::host_exit(value == 0x1122334455667788 ? 0 : 9);
}

}  // namespace occlum::boundary

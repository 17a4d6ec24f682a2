// What the test LibOS does that ordinary code must not: raw accesses, faulting instructions, register checks.
#pragma once

#include "enclave/upcalls.h"

namespace occlum::boundary {

/// What the exception handler saw last.
struct Seen {
    u32 vector = ~0u;
    u32 error_code = 0;
    u64 address = 0;
    u64 count = 0;
    u64 ticks = 0;
};
extern Seen seen;

u64 load(u64 address);
void store(u64 address, u64 value);
/// Stores unless that faults.
void try_store(u64 address, u64 value);
u64 tsc();
/// Writes a function that returns 42 to `address` and runs it.
u64 run_constant(u64 address);

enum class Probe { Divide, Undefined, Breakpoint, NonCanonical, Null };
void run_probe(Probe probe);

/// Spins with known values in all registers until `done`; false when one has changed.
bool registers_survive(bool (*done)());
/// Fills vector and x87 registers, calls, and compares.
bool vectors_survive(void (*call)());

/// False when a register that a call must keep has changed over it.
bool registers_survive_call(void (*call)());

struct ControlWords {
    u32 mxcsr = 0;
    u16 fcw = 0;
    bool empty_x87 = false;
};
ControlWords control_words();
/// DF and AC are clear.
bool flags_clean();

[[noreturn]] void fault_unhandled();
[[noreturn]] void fault_in_handler();
[[noreturn]] void spin();
/// Touches a page over and over that the host takes away; ends only by a fault.
[[noreturn]] void touch_removed();

bool handle(enclave::ExceptionFrame& frame);

}  // namespace occlum::boundary

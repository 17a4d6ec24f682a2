// Offsets from fs.base, for entry.S. thread.h checks them against the structures.
#pragma once

#define STATE 0x100
#define CALL_AREA 0x108
#define SAVED_SP 0x110
#define EXIT_TARGET 0x118
#define DEPTH 0x120
#define VECTORS 0x140

// Stacks and SSA frames lie below.
#define BOOT_STACK_TOP (0x11000 - 0x20000)
#define EXCEPTION_STACK_TOP (0x16000 - 0x20000)
#define FATAL_STACK_TOP (0x1f000 - 0x20000)
// URSP and URBP in SSA frame 0.
#define SSA_URSP (0x18000 + 0x1000 - 184 + 144 - 0x20000)
#define SSA_URBP (SSA_URSP + 8)

// Offset of the first thread's page in ELRANGE.
#define FIRST_THREAD_PAGE (0x20000000 + 0x20000)

// Thread states.
#define THREAD_NEW 0
#define THREAD_RUNNING 1
#define THREAD_IN_CALL 2

// abi::Enter and abi::Leave.
#define ENTER_START 0
#define ENTER_REPLY 1
#define ENTER_EXCEPTION 2
#define ENTER_TICK 3
#define LEAVE_CALL 1
#define LEAVE_REFUSED 3

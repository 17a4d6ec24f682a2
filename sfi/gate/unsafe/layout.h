// Offsets that gate.S and C++ share; gate.cpp asserts that they are those of gate.h and dialect.h.
#pragma once

// GuestContext
#define GATE_CTX_GPR(n) (8 * (n))
#define GATE_CTX_RIP 128
#define GATE_CTX_RFLAGS 136
#define GATE_CTX_HOST_PC 144
#define GATE_CTX_SCRATCH(n) (152 + 8 * (n))
#define GATE_CTX_GUEST_RIP 184
#define GATE_CTX_EXIT_ARG 192

// Registers of DISPATCH
#define GATE_TARGET 11
#define GATE_TABLE 10

// VcpuBlock, from fs.base
#define GATE_BLK_BASE 0x08
#define GATE_BLK_TABLE 0x10
#define GATE_BLK_SCRATCH(n) (0x18 + 8 * (n))
#define GATE_BLK_GUEST_RIP 0x48
#define GATE_BLK_EXIT_ARG 0x50
#define GATE_BLK_CONTEXT 0x90
#define GATE_BLK_KERNEL_SP 0x98
#define GATE_BLK_SCRATCH_PC 0xa0
#define GATE_BLK_PREEMPTED 0xb8

// rflags: what a guest may have (CF PF AF ZF SF DF OF ID), what it always has (IF and bit 1), and what the
// kernel must not inherit (TF DF NT AC), or not hand on to the next guest, whose flags it may load without
// popf (ID).
#define GATE_FLAGS_GUEST 0x200cd5
#define GATE_FLAGS_FIXED 0x202
#define GATE_FLAGS_HARMFUL 0x244500
#define GATE_FLAGS_SLOW 0x200400

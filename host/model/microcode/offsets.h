// Offsets in ModelThread, for the assembly. thread.h checks them.
#pragma once

#define T_HOST_FS 0x00
#define T_HOST_GS 0x08
#define T_ENCLAVE_FS 0x10
#define T_ENCLAVE_GS 0x18
#define T_HOST_SP 0x20
#define T_SSA 0x28
#define T_XSAVE 0x30
#define T_MICRO_SP 0x38
#define T_MODE 0x40
#define T_ENTRY 0x48
#define T_CSSA 0x50
#define T_TCS 0x58
#define T_LEFT_BY_AEX 0x60
#define T_RFLAGS 0x68
#define T_RIP 0x70
#define T_GPR 0x78
#define T_HOST_GPR 0xf8
#define T_HOST_RFLAGS 0x178
#define T_HOST_MXCSR 0x180
#define T_HOST_FCW 0x184
#define T_HOST_XMM0 0x188
#define T_HOST_XMM15 0x198

// Values of T_MODE.
#define MODE_HOST 0
#define MODE_ENCLAVE 1
#define MODE_LEAF 2

// Alternate signal stacks: aligned to their size; their first words are this mark and the thread.
#define SIGNAL_STACK_SIZE 0x10000
#define SIGNAL_STACK_MARK 0x4f43434c554d5347

// Units that the verifier refuses: the rule that must say so, what is tried, the bytes.
#pragma once

#include "tests/unit/sfi_verifier/unit_case.h"

namespace occlum::sfi::verifier {

// clang-format off
inline constexpr UnitCase kRefusedUnits[] = {
    // R1
    {1, "unit cut inside an instruction", "b8010203", {.tail = false}},  // .byte 0xb8,1,2,3
    {1, "unit cut after a prefix", "9065", {.tail = false}},  // nop; .byte 0x65
    {1, "unit cut after prefixes 65 67", "906567", {.tail = false}},  // nop; .byte 0x65,0x67
    {1, "unit cut after REX", "9048", {.tail = false}},  // nop; .byte 0x48
    {1, "unit cut after 0f", "900f", {.tail = false}},  // nop; .byte 0x0f
    {1, "unit cut after 0f 38", "90660f38", {.tail = false}},  // nop; .byte 0x66,0x0f,0x38
    {1, "unit cut after VEX", "90c5f8", {.tail = false}},  // nop; .byte 0xc5,0xf8
    {1, "unit cut after modrm", "9065678b80010203", {.tail = false}},  // nop; .byte 0x65,0x67,0x8b,0x80,1,2,3
    {1, "unit cut before the SIB byte", "9065678b44", {.tail = false}},  // nop; .byte 0x65,0x67,0x8b,0x44
    {1, "unit cut inside jmp rel32", "e9000000", {.tail = false}},  // .byte 0xe9,0,0,0
    {1, "unit falls off its end", "90", {.tail = false}},  // nop
    {1, "unit ends in a conditional branch", "74fe", {.tail = false}},  // 1: jz 1b
    {1, "unit ends in int3 that may be resumed", "cc", {.tail = false}},  // int3
    {1, "code after a jump falls off the end", "eb0090", {.tail = false}},  // jmp 1f; 1: nop
    {1, "unit ends in loop", "e2fe", {.tail = false}},  // 1: loop 1b
    {1, "cut dispatch is no terminator of what follows", "eb019031c0", {.tail = false}},  // jmp 1f; nop; 1: xor %eax,%eax
    // R2
    {2, "prefixes swapped: 67 before gs", "67658b00"},  // .byte 0x67,0x65,0x8b,0x00
    {2, "prefixes swapped: 66 before gs", "6665678b00"},  // .byte 0x66,0x65,0x67,0x8b,0x00
    {2, "prefixes swapped: 66 before 67", "6566678b00"},  // .byte 0x65,0x66,0x67,0x8b,0x00
    {2, "prefixes swapped: 66 before lock", "656766f00100"},  // .byte 0x65,0x67,0x66,0xf0,0x01,0x00
    {2, "prefixes swapped: rep before 66", "f3660fb8c0"},  // .byte 0xf3,0x66,0x0f,0xb8,0xc0
    {2, "prefixes swapped: f2 before 66 in crc32", "f2660f38f1c0"},  // .byte 0xf2,0x66,0x0f,0x38,0xf1,0xc0
    {2, "REX before a mandatory prefix", "48660f6ec0"},  // .byte 0x48,0x66,0x0f,0x6e,0xc0
    {2, "REX before gs hides in the middle", "4865678b00"},  // .byte 0x48,0x65,0x67,0x8b,0x00
    {2, "two REX prefixes", "484889c3"},  // .byte 0x48,0x48,0x89,0xc3
    {2, "REX before VEX", "48c5f877"},  // .byte 0x48,0xc5,0xf8,0x77
    {2, "66 before VEX", "66c5f877"},  // .byte 0x66,0xc5,0xf8,0x77
    {2, "f3 before VEX", "f3c5f877"},  // .byte 0xf3,0xc5,0xf8,0x77
    {2, "lock before VEX", "f0c5f877"},  // .byte 0xf0,0xc5,0xf8,0x77
    {2, "gs twice", "6565678b00"},  // .byte 0x65,0x65,0x67,0x8b,0x00
    {2, "gs and fs", "6564678b00"},  // .byte 0x65,0x64,0x67,0x8b,0x00
    {2, "fs and gs: the last would win", "6465678b00"},  // .byte 0x64,0x65,0x67,0x8b,0x00
    {2, "67 twice", "6567678b00"},  // .byte 0x65,0x67,0x67,0x8b,0x00
    {2, "66 twice", "666690"},  // .byte 0x66,0x66,0x90
    {2, "f2 and f3", "f2f30f10c0"},  // .byte 0xf2,0xf3,0x0f,0x10,0xc0
    {2, "f3 and f2", "f3f20f10c0"},  // .byte 0xf3,0xf2,0x0f,0x10,0xc0
    {2, "lock twice", "6567f0f00100"},  // .byte 0x65,0x67,0xf0,0xf0,0x01,0x00
    {2, "cs prefix", "2e90"},  // .byte 0x2e,0x90
    {2, "ds prefix, notrack", "3e89c0"},  // .byte 0x3e,0x89,0xc0
    {2, "es prefix", "2689c0"},  // .byte 0x26,0x89,0xc0
    {2, "ss prefix overrides the segment", "368b0424"},  // .byte 0x36,0x8b,0x04,0x24
    {2, "ds after gs: the last would win", "653e678b00"},  // .byte 0x65,0x3e,0x67,0x8b,0x00
    {2, "branch hint", "2e7400"},  // .byte 0x2e,0x74,0x00
    {2, "fourteen prefixes", "666666666666666666666666666690"},  // .byte 0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x90
    {2, "gs without a memory operand", "6589c0"},  // .byte 0x65,0x89,0xc0
    {2, "fs without a memory operand", "6490"},  // .byte 0x64,0x90
    {2, "67 without a memory operand", "6789c0"},  // .byte 0x67,0x89,0xc0
    {2, "gs 67 on a register form", "656701c8"},  // .byte 0x65,0x67,0x01,0xc8
    {2, "gs on push of a register", "6550"},  // .byte 0x65,0x50
    {2, "67 on push of a register", "6750"},  // .byte 0x67,0x50
    {2, "fs on lea", "64488d00"},  // .byte 0x64,0x48,0x8d,0x00
    {2, "gs on lea", "65678d00"},  // .byte 0x65,0x67,0x8d,0x00
    {2, "gs on nop with operand", "65670f1f00"},  // .byte 0x65,0x67,0x0f,0x1f,0x00
    {2, "gs alone on nop with operand", "650f1f00"},  // .byte 0x65,0x0f,0x1f,0x00
    {2, "67 alone on nop with operand", "670f1f00"},  // .byte 0x67,0x0f,0x1f,0x00
    {2, "nop with a rip operand", "0f1f0504000000"},  // nopl 4(%rip)
    {2, "rep on mov", "f389c0"},  // .byte 0xf3,0x89,0xc0
    {2, "f2 on mov (xacquire)", "6567f28900"},  // .byte 0x65,0x67,0xf2,0x89,0x00
    {2, "xacquire lock add", "6567f0f20100"},  // .byte 0x65,0x67,0xf0,0xf2,0x01,0x00
    {2, "rep on xchg other than pause", "f391"},  // .byte 0xf3,0x91
    {2, "REX on pause", "f34190"},  // .byte 0xf3,0x41,0x90
    {2, "f3 on ALU", "f301c8"},  // .byte 0xf3,0x01,0xc8
    {2, "bnd jmp", "f2eb00"},  // .byte 0xf2,0xeb,0x00
    {2, "bnd jcc", "f27400"},  // .byte 0xf2,0x74,0x00
    {7, "repne movs", "64488b14250800000089ff488d3c17f2a464488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; .byte 0xf2,0xa4; mov %fs:0x18,%rdx
    {2, "66 on jmp rel8", "66eb00"},  // .byte 0x66,0xeb,0x00
    {2, "66 on jmp rel32 (length differs between makers)", "66e900000000"},  // .byte 0x66,0xe9,0,0,0,0
    {2, "66 on jcc rel32", "660f8400000000"},  // .byte 0x66,0x0f,0x84,0,0,0,0
    {2, "66 on jcc rel8", "667400"},  // .byte 0x66,0x74,0
    {2, "66 on loop", "66e200"},  // .byte 0x66,0xe2,0
    {2, "66 on push", "6650"},  // .byte 0x66,0x50
    {2, "66 on push imm", "66680000"},  // .byte 0x66,0x68,0,0
    {2, "66 on push by ff", "66fff0"},  // .byte 0x66,0xff,0xf0
    {2, "66 on push from memory", "656766ff30"},  // .byte 0x65,0x67,0x66,0xff,0x30
    {2, "66 on pop by 8f", "668fc0"},  // .byte 0x66,0x8f,0xc0
    {8, "66 on the dispatch jump", "644c8b1425100000004589db6643ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; .byte 0x66,0x43,0xff,0x24,0xda
    {2, "66 on int3", "66cc"},  // .byte 0x66,0xcc
    {2, "66 on movnti", "6567660fc300"},  // .byte 0x65,0x67,0x66,0x0f,0xc3,0x00
    {3, "66 on cmpxchg8b", "6567660fc708"},  // .byte 0x65,0x67,0x66,0x0f,0xc7,0x08
    {2, "66 on not of a byte", "66f6d0"},  // .byte 0x66,0xf6,0xd0
    {2, "66 on pop", "6658"},  // .byte 0x66,0x58
    {2, "66 on pushf", "669c"},  // .byte 0x66,0x9c
    {2, "66 on a byte operation", "6600c8"},  // .byte 0x66,0x00,0xc8
    {2, "66 on setcc", "660f90c0"},  // .byte 0x66,0x0f,0x90,0xc0
    {2, "66 beside REX.W", "664801c8"},  // .byte 0x66,0x48,0x01,0xc8
    {2, "66 beside REX.W with an immediate", "664881c000000000"},  // .byte 0x66,0x48,0x81,0xc0,0,0,0,0
    {2, "66 on bswap", "660fc8"},  // .byte 0x66,0x0f,0xc8
    {2, "66 on x87", "656766d920"},  // .byte 0x65,0x67,0x66,0xd9,0x20
    {2, "66 on frstor", "656766dd20"},  // .byte 0x65,0x67,0x66,0xdd,0x20
    {2, "66 on movsxd", "6663c0"},  // .byte 0x66,0x63,0xc0
    {2, "66 with f3 on sse", "66f30f10c0"},  // .byte 0x66,0xf3,0x0f,0x10,0xc0
    {2, "66 with f2 on cvtsi2sd", "66f20f2ac0"},  // .byte 0x66,0xf2,0x0f,0x2a,0xc0
    {2, "66 on rdtsc", "660f31"},  // .byte 0x66,0x0f,0x31
    {2, "f3 on lfence bytes", "f30faee8"},  // .byte 0xf3,0x0f,0xae,0xe8
    {2, "lock on a register form", "f001c8"},  // .byte 0xf0,0x01,0xc8
    {2, "lock on mov", "6567f08900"},  // .byte 0x65,0x67,0xf0,0x89,0x00
    {2, "lock on a load form of add", "6567f00300"},  // .byte 0x65,0x67,0xf0,0x03,0x00
    {2, "lock on cmp", "6567f03900"},  // .byte 0x65,0x67,0xf0,0x39,0x00
    {2, "lock on cmp imm", "6567f0833800"},  // .byte 0x65,0x67,0xf0,0x83,0x38,0
    {2, "lock on cmp imm of a byte", "6567f0803800"},  // .byte 0x65,0x67,0xf0,0x80,0x38,0
    {2, "lock on cmp imm32", "6567f0813800000000"},  // .byte 0x65,0x67,0xf0,0x81,0x38,0,0,0,0
    {2, "lock on test", "6567f08500"},  // .byte 0x65,0x67,0xf0,0x85,0x00
    {2, "lock on bt imm", "6567f00fba2001"},  // .byte 0x65,0x67,0xf0,0x0f,0xba,0x20,1
    {2, "lock on nop", "f090"},  // .byte 0xf0,0x90
    {2, "lock on push", "f050"},  // .byte 0xf0,0x50
    {2, "lock on jmp", "f0eb00"},  // .byte 0xf0,0xeb,0
    {2, "lock on sse store", "6567f00f1100"},  // .byte 0x65,0x67,0xf0,0x0f,0x11,0x00
    {2, "lock on mul", "6567f0f720"},  // .byte 0x65,0x67,0xf0,0xf7,0x20
    {2, "lock on shift", "6567f0d120"},  // .byte 0x65,0x67,0xf0,0xd1,0x20
    {2, "lock xchg of registers", "f087c8"},  // .byte 0xf0,0x87,0xc8
    {2, "vex.vvvv used where there is no operand (vmovups)", "c5f010c0"},  // .byte 0xc5,0xf0,0x10,0xc0
    {2, "vex.vvvv in vzeroupper", "c5f077"},  // .byte 0xc5,0xf0,0x77
    {2, "vex.vvvv in gpr move", "c5f16ec0"},  // .byte 0xc5,0xf1,0x6e,0xc0
    {2, "vex.vvvv in rorx", "c4e373f0c001"},  // .byte 0xc4,0xe3,0x73,0xf0,0xc0,1
    {2, "vex.L set on a scalar", "c5fe58c0"},  // .byte 0xc5,0xfe,0x58,0xc0
    {2, "vex.L set on bmi andn", "c4e274f2c0"},  // .byte 0xc4,0xe2,0x74,0xf2,0xc0
    {2, "vex.L set on vmovd", "c5fd6ec0"},  // .byte 0xc5,0xfd,0x6e,0xc0
    {2, "vex.L clear on vperm2f128", "c4e37106c001"},  // .byte 0xc4,0xe3,0x71,0x06,0xc0,1
    {2, "vex.W set on vbroadcastss", "c4e2f918c0"},  // .byte 0xc4,0xe2,0xf9,0x18,0xc0
    {2, "vex.W clear on vpermq", "c4e37d00c001"},  // .byte 0xc4,0xe3,0x7d,0x00,0xc0,1
    {2, "vex.W set on vpblendd", "c4e3f102c001"},  // .byte 0xc4,0xe3,0xf1,0x02,0xc0,1
    // R3
    {3, "syscall", "0f05"},  // syscall
    {3, "sysenter", "0f34"},  // .byte 0x0f,0x34
    {3, "sysexit", "0f35"},  // .byte 0x0f,0x35
    {3, "sysret", "0f07"},  // .byte 0x0f,0x07
    {3, "int 80", "cd80"},  // int $0x80
    {3, "int1", "f1"},  // .byte 0xf1
    {3, "ud2", "0f0b"},  // ud2
    {3, "ud1", "0fb9c0"},  // .byte 0x0f,0xb9,0xc0
    {3, "hlt", "f4"},  // hlt
    {3, "cpuid", "0fa2"},  // cpuid
    {3, "enclu", "0f01d7"},  // .byte 0x0f,0x01,0xd7
    {3, "encls", "0f01cf"},  // .byte 0x0f,0x01,0xcf
    {3, "xgetbv", "0f01d0"},  // xgetbv
    {3, "xsetbv", "0f01d1"},  // .byte 0x0f,0x01,0xd1
    {3, "wrpkru", "0f01ef"},  // .byte 0x0f,0x01,0xef
    {3, "rdpkru", "0f01ee"},  // .byte 0x0f,0x01,0xee
    {3, "swapgs", "0f01f8"},  // swapgs
    {3, "monitor", "0f01c8"},  // .byte 0x0f,0x01,0xc8
    {3, "mwaitx", "0f01fb"},  // .byte 0x0f,0x01,0xfb
    {3, "clzero writes a line at rax", "0f01fc"},  // .byte 0x0f,0x01,0xfc
    {3, "xend", "0f01d5"},  // .byte 0x0f,0x01,0xd5
    {3, "xtest", "0f01d6"},  // .byte 0x0f,0x01,0xd6
    {3, "vmcall", "0f01c1"},  // .byte 0x0f,0x01,0xc1
    {3, "sgdt", "65670f0100"},  // .byte 0x65,0x67,0x0f,0x01,0x00
    {3, "smsw", "0f01e0"},  // .byte 0x0f,0x01,0xe0
    {3, "sldt", "0f00c0"},  // .byte 0x0f,0x00,0xc0
    {3, "str", "0f00c8"},  // .byte 0x0f,0x00,0xc8
    {3, "verr", "0f00e0"},  // .byte 0x0f,0x00,0xe0
    {3, "lar", "0f02c0"},  // .byte 0x0f,0x02,0xc0
    {3, "lsl reveals the cpu", "0f03c0"},  // .byte 0x0f,0x03,0xc0
    {3, "clts", "0f06"},  // .byte 0x0f,0x06
    {3, "rdmsr", "0f32"},  // .byte 0x0f,0x32
    {3, "wrmsr", "0f30"},  // .byte 0x0f,0x30
    {3, "rdpmc", "0f33"},  // .byte 0x0f,0x33
    {3, "mov from cr0", "0f20c0"},  // .byte 0x0f,0x20,0xc0
    {3, "mov to dr7", "0f23f8"},  // .byte 0x0f,0x23,0xf8
    {2, "wrfsbase", "f3480faed0"},  // wrfsbase %rax
    {2, "rdfsbase reveals the vcpu block", "f3480faec0"},  // rdfsbase %rax
    {2, "wrgsbase", "f3480faed8"},  // wrgsbase %rax
    {2, "rdgsbase reveals B", "f3480faec8"},  // rdgsbase %rax
    {2, "rdpid", "f30fc7f8"},  // .byte 0xf3,0x0f,0xc7,0xf8
    {3, "rdsspq", "f3480f1ec8"},  // .byte 0xf3,0x48,0x0f,0x1e,0xc8
    {2, "incsspq", "f3480faee8"},  // .byte 0xf3,0x48,0x0f,0xae,0xe8
    {3, "in", "ec"},  // in %dx,%al
    {3, "out imm", "e601"},  // out %al,$1
    {3, "ins", "6c"},  // .byte 0x6c
    {3, "rep outs", "f36e"},  // .byte 0xf3,0x6e
    {3, "cli", "fa"},  // cli
    {3, "sti", "fb"},  // sti
    {3, "call rel32", "e800000000"},  // .byte 0xe8,0,0,0,0
    {3, "call register", "ffd0"},  // call *%rax
    {3, "call memory", "6567ff10"},  // .byte 0x65,0x67,0xff,0x10
    {3, "call far", "6567ff18"},  // .byte 0x65,0x67,0xff,0x18
    {3, "jmp far", "6567ff28"},  // .byte 0x65,0x67,0xff,0x28
    {3, "jmp register", "ffe0"},  // jmp *%rax
    {3, "jmp r11", "41ffe3"},  // jmp *%r11
    {3, "ret", "c3"},  // ret
    {3, "ret imm", "c20800"},  // ret $8
    {3, "lret", "cb"},  // lret
    {3, "iret", "48cf"},  // iretq
    {3, "enter", "c8100000"},  // enter $16,$0
    {3, "leave", "c9"},  // leave
    {3, "popf could set TF and AC", "9d"},  // popfq
    {3, "push fs", "0fa0"},  // .byte 0x0f,0xa0
    {3, "pop fs", "0fa1"},  // .byte 0x0f,0xa1
    {3, "pop gs", "0fa9"},  // .byte 0x0f,0xa9
    {3, "mov to gs", "8ee8"},  // mov %eax,%gs
    {3, "mov to ss", "8ed0"},  // mov %eax,%ss
    {3, "mov from fs", "8ce0"},  // mov %fs,%eax
    {3, "lss", "65670fb200"},  // .byte 0x65,0x67,0x0f,0xb2,0x00
    {3, "lfs", "65670fb400"},  // .byte 0x65,0x67,0x0f,0xb4,0x00
    {3, "lgs", "65670fb500"},  // .byte 0x65,0x67,0x0f,0xb5,0x00
    {3, "fnstenv reveals fip", "6567d930"},  // .byte 0x65,0x67,0xd9,0x30
    {3, "fnsave reveals fip", "6567dd30"},  // .byte 0x65,0x67,0xdd,0x30
    {3, "fxsave reveals fip", "65670fae00"},  // .byte 0x65,0x67,0x0f,0xae,0x00
    {3, "fxsave64", "6567480fae00"},  // .byte 0x65,0x67,0x48,0x0f,0xae,0x00
    {3, "xsave", "65670fae20"},  // .byte 0x65,0x67,0x0f,0xae,0x20
    {3, "xrstor writes pkru", "65670fae28"},  // .byte 0x65,0x67,0x0f,0xae,0x28
    {3, "xsaveopt", "65670fae30"},  // .byte 0x65,0x67,0x0f,0xae,0x30
    {3, "xsavec", "65670fc720"},  // .byte 0x65,0x67,0x0f,0xc7,0x20
    {3, "xrstors", "65670fc718"},  // .byte 0x65,0x67,0x0f,0xc7,0x18
    {3, "vmptrld", "65670fc730"},  // .byte 0x65,0x67,0x0f,0xc7,0x30
    {3, "vmread", "0f78c0"},  // .byte 0x0f,0x78,0xc0
    {3, "invlpg", "65670f0138"},  // .byte 0x65,0x67,0x0f,0x01,0x38
    {3, "invpcid", "6567660f388200"},  // .byte 0x65,0x67,0x66,0x0f,0x38,0x82,0x00
    {3, "movdir64b through es:rax", "6567660f38f800"},  // .byte 0x65,0x67,0x66,0x0f,0x38,0xf8,0x00
    {3, "movdiri", "65670f38f900"},  // .byte 0x65,0x67,0x0f,0x38,0xf9,0x00
    {3, "enqcmd", "6567f20f38f800"},  // .byte 0x65,0x67,0xf2,0x0f,0x38,0xf8,0x00
    {2, "umonitor", "f30faef0"},  // .byte 0xf3,0x0f,0xae,0xf0
    {3, "tpause", "660faef0"},  // .byte 0x66,0x0f,0xae,0xf0
    {3, "xbegin", "c7f800000000"},  // .byte 0xc7,0xf8,0,0,0,0
    {3, "xabort", "c6f800"},  // .byte 0xc6,0xf8,0
    {3, "bound or EVEX 62", "62f17c4810c0"},  // .byte 0x62,0xf1,0x7c,0x48,0x10,0xc0
    {3, "XOP map 8", "8fe878c0c001"},  // .byte 0x8f,0xe8,0x78,0xc0,0xc0,1
    {3, "XOP lwp", "8fe97812c0"},  // .byte 0x8f,0xe9,0x78,0x12,0xc0
    {3, "3dnow", "0f0fc0b4"},  // .byte 0x0f,0x0f,0xc0,0xb4
    {3, "femms", "0f0e"},  // .byte 0x0f,0x0e
    {3, "sse4a extrq", "660f79c1"},  // .byte 0x66,0x0f,0x79,0xc1
    {2, "sse4a movntss", "6567f30f2b00"},  // .byte 0x65,0x67,0xf3,0x0f,0x2b,0x00
    {3, "fma4", "c4e3f969c000"},  // .byte 0xc4,0xe3,0xf9,0x69,0xc0,0
    {3, "opmask kmovw", "c5f892c0"},  // .byte 0xc5,0xf8,0x92,0xc0
    {3, "vex map 0", "c4e07810c0"},  // .byte 0xc4,0xe0,0x78,0x10,0xc0
    {3, "vex map 4", "c4e47810c0"},  // .byte 0xc4,0xe4,0x78,0x10,0xc0
    {3, "vex map 31", "c4ff7810c0"},  // .byte 0xc4,0xff,0x78,0x10,0xc0
    {3, "moffs load of a 64-bit address", "a10000000000000000"},  // .byte 0xa1,0,0,0,0,0,0,0,0
    {3, "moffs store", "a20000000000000000"},  // .byte 0xa2,0,0,0,0,0,0,0,0
    {3, "gs moffs with 67", "6567a100000000"},  // .byte 0x65,0x67,0xa1,0,0,0,0
    {3, "bt reg,mem", "65670fa308"},  // .byte 0x65,0x67,0x0f,0xa3,0x08
    {3, "bts reg,mem", "65670fab08"},  // .byte 0x65,0x67,0x0f,0xab,0x08
    {3, "btr reg,mem", "65670fb308"},  // .byte 0x65,0x67,0x0f,0xb3,0x08
    {3, "btc reg,mem", "65670fbb08"},  // .byte 0x65,0x67,0x0f,0xbb,0x08
    {3, "lock bts reg,mem", "6567f00fab08"},  // .byte 0x65,0x67,0xf0,0x0f,0xab,0x08
    {3, "bt reg,mem by rsp", "480fa30424"},  // .byte 0x48,0x0f,0xa3,0x04,0x24
    {3, "group 8 /0", "0fbac001"},  // .byte 0x0f,0xba,0xc0,1
    {3, "prefetch group hole", "0f18e0"},  // .byte 0x0f,0x18,0xe0
    {3, "prefetch with a register", "0f18c0"},  // .byte 0x0f,0x18,0xc0
    {3, "reserved nop 0f19", "0f19c0"},  // .byte 0x0f,0x19,0xc0
    {3, "bndmk", "6567f30f1b00"},  // .byte 0x65,0x67,0xf3,0x0f,0x1b,0x00
    {3, "push es", "06"},  // .byte 0x06
    {3, "pop ds", "1f"},  // .byte 0x1f
    {3, "pusha", "60"},  // .byte 0x60
    {3, "bound 82", "82c001"},  // .byte 0x82,0xc0,1
    {3, "aam", "d40a"},  // .byte 0xd4,0x0a
    {3, "salc", "d6"},  // .byte 0xd6
    {3, "into", "ce"},  // .byte 0xce
    {3, "pop /1 is XOP space", "8fc8"},  // .byte 0x8f,0xc8
    {3, "lea of a register", "8dc0"},  // .byte 0x8d,0xc0
    {3, "cmpxchg8b of a register", "0fc7c8"},  // .byte 0x0f,0xc7,0xc8
    {3, "movnti of a register", "0fc3c0"},  // .byte 0x0f,0xc3,0xc0
    {3, "movlpd register", "660f12c0"},  // .byte 0x66,0x0f,0x12,0xc0
    {3, "movntps register", "0f2bc0"},  // .byte 0x0f,0x2b,0xc0
    {3, "lddqu register", "f20ff0c0"},  // .byte 0xf2,0x0f,0xf0,0xc0
    {3, "maskmovq with a memory operand", "65670ff700"},  // .byte 0x65,0x67,0x0f,0xf7,0x00
    {3, "movmskps from memory", "65670f5000"},  // .byte 0x65,0x67,0x0f,0x50,0x00
    {3, "pmovmskb from memory", "6567660fd700"},  // .byte 0x65,0x67,0x66,0x0f,0xd7,0x00
    {3, "pextrw c5 from memory", "6567660fc50001"},  // .byte 0x65,0x67,0x66,0x0f,0xc5,0x00,1
    {3, "gather of a register", "c4e27190c0"},  // .byte 0xc4,0xe2,0x71,0x90,0xc0
    {3, "gather without SIB", "6567c4e2719000"},  // .byte 0x65,0x67,0xc4,0xe2,0x71,0x90,0x00
    {3, "gather whose index is its destination", "6567c4e279900c08"},  // .byte 0x65,0x67,0xc4,0xe2,0x79,0x90,0x0c,0x08
    {3, "gather whose mask is its destination", "6567c4e279900408"},  // .byte 0x65,0x67,0xc4,0xe2,0x79,0x90,0x04,0x08
    {3, "gather whose mask is its index", "6567c4e271901408"},  // .byte 0x65,0x67,0xc4,0xe2,0x71,0x90,0x14,0x08
    {3, "vmaskmov of a register", "c4e2712cc0"},  // .byte 0xc4,0xe2,0x71,0x2c,0xc0
    {3, "shift group /6 alias", "d1f0"},  // .byte 0xd1,0xf0
    {3, "test group /1 alias", "f7c800000000"},  // .byte 0xf7,0xc8,0,0,0,0
    {3, "inc group /7", "fff8"},  // .byte 0xff,0xf8
    {3, "fe /2", "fed0"},  // .byte 0xfe,0xd0
    {3, "fe /6", "fef0"},  // .byte 0xfe,0xf0
    {3, "setcc with /1", "0f90c8"},  // .byte 0x0f,0x90,0xc8
    {3, "nop 0f1f /1", "0f1f08"},  // .byte 0x0f,0x1f,0x08
    {3, "lfence with rm 1", "0faee9"},  // .byte 0x0f,0xae,0xe9
    {3, "sfence with rm 7", "0faeff"},  // .byte 0x0f,0xae,0xff
    {3, "fp reserved d9 /1", "6567d908"},  // .byte 0x65,0x67,0xd9,0x08
    {3, "fp reserved d9 d1", "d9d1"},  // .byte 0xd9,0xd1
    {3, "fp reserved db /4", "6567db20"},  // .byte 0x65,0x67,0xdb,0x20
    {3, "fp reserved dd /5", "6567dd28"},  // .byte 0x65,0x67,0xdd,0x28
    {3, "feni", "dbe0"},  // .byte 0xdb,0xe0
    {3, "0f ff (ud0)", "0fffc0"},  // .byte 0x0f,0xff,0xc0
    {3, "getsec", "0f37"},  // .byte 0x0f,0x37
    {3, "rsm", "0faa"},  // .byte 0x0f,0xaa
    {3, "jmpe", "0fb8c0"},  // .byte 0x0f,0xb8,0xc0
    {3, "wbinvd", "0f09"},  // wbinvd
    {3, "invd", "0f08"},  // invd
    {3, "skinit", "0f01de"},  // .byte 0x0f,0x01,0xde
    {3, "0f 38 hole", "660f380cc0"},  // .byte 0x66,0x0f,0x38,0x0c,0xc0
    {3, "0f 3a hole", "660f3a00c001"},  // .byte 0x66,0x0f,0x3a,0x00,0xc0,1
    {3, "mmx form of an sse4 opcode", "0f3820c0"},  // .byte 0x0f,0x38,0x20,0xc0
    // R4
    {4, "load through a 64-bit base", "488b18"},  // mov (%rax),%rbx
    {4, "store through a 64-bit base", "488918"},  // mov %rbx,(%rax)
    {4, "load through rbp", "488b4508"},  // mov 8(%rbp),%rax
    {4, "load through r12 whose SIB looks like rsp", "498b0424"},  // mov (%r12),%rax
    {4, "load through rip", "488b0504000000"},  // mov 4(%rip),%rax
    {4, "load through eip in gs", "65678b0500000000"},  // .byte 0x65,0x67,0x8b,0x05,0,0,0,0
    {4, "load of an absolute 32-bit address", "8b042500100000"},  // mov 0x1000,%eax
    {4, "load of a negative absolute address", "8b0425000060ff"},  // mov 0xffffffffff600000,%eax
    {4, "gs with a 64-bit address", "65488b18"},  // mov %gs:(%rax),%rbx
    {4, "gs with an absolute 64-bit operand", "65488b042510000000"},  // mov %gs:0x10,%rax
    {4, "gs with rsp", "65488b0424"},  // mov %gs:(%rsp),%rax
    {4, "gs with rip", "65488b0504000000"},  // mov %gs:4(%rip),%rax
    {4, "67 without gs", "678b00"},  // .byte 0x67,0x8b,0x00
    {4, "67 on an rsp form", "678b0424"},  // .byte 0x67,0x8b,0x04,0x24
    {4, "67 absolute without gs", "678b042500000000"},  // .byte 0x67,0x8b,0x04,0x25,0,0,0,0
    {4, "fs with a register", "64488b18"},  // mov %fs:(%rax),%rbx
    {4, "fs with rsp", "64488b1c24"},  // mov %fs:(%rsp),%rbx
    {4, "fs with rip", "64488b0518000000"},  // mov %fs:0x18(%rip),%rax
    {4, "fs through 67", "6467488b042518000000"},  // .byte 0x64,0x67,0x48,0x8b,0x04,0x25,0x18,0,0,0
    {4, "fs with 67 and a register", "6467488b00"},  // .byte 0x64,0x67,0x48,0x8b,0x00
    {4, "slot with an index", "64488b1c0518000000"},  // mov %fs:0x18(,%rax,1),%rbx
    {4, "fs with a base and a slot's displacement", "64488b5818"},  // mov %fs:0x18(%rax),%rbx
    {4, "fs with a base in SIB and a slot's displacement", "64488b9c2018000000"},  // .byte 0x64,0x48,0x8b,0x9c,0x20,0x18,0,0,0
    {4, "fs with rsp and a slot's displacement", "64488b5c2418"},  // mov %fs:0x18(%rsp),%rbx
    {4, "fs with r12 and a slot's displacement", "64498b5c2418"},  // mov %fs:0x18(%r12),%rbx
    {4, "slot with a scale and no index", "64488b046518000000"},  // .byte 0x64,0x48,0x8b,0x04,0x65,0x18,0,0,0
    {4, "slot with an r12 index", "644a8b1c2518000000"},  // mov %fs:0x18(,%r12,1),%rbx
    {4, "rsp with an index", "488b1c04"},  // mov (%rsp,%rax,1),%rbx
    {4, "rsp with an r12 index", "4a8b1c24"},  // mov (%rsp,%r12,1),%rbx
    {4, "rsp with a scale and no index", "488b0464"},  // .byte 0x48,0x8b,0x04,0x64
    {4, "SELF reveals the block", "64488b042500000000"},  // mov %fs:0,%rax
    {4, "slot past the end", "64488b042558000000"},  // mov %fs:0x58,%rax
    {4, "stub target", "64488b042560000000"},  // mov %fs:0x60,%rax
    {4, "stub target overwritten", "644889042560000000"},  // mov %rax,%fs:0x60
    {4, "slot below zero", "64488b0425f8ffffff"},  // mov %fs:-8,%rax
    {4, "unaligned slot", "64488b04251c000000"},  // mov %fs:0x1c,%rax
    {4, "slot far up", "64488b042518000100"},  // mov %fs:0x10018,%rax
    {4, "BASE overwritten", "644889042508000000"},  // mov %rax,%fs:8
    {4, "TABLE overwritten", "644889042510000000"},  // mov %rax,%fs:0x10
    {4, "SELF overwritten", "644889042500000000"},  // mov %rax,%fs:0
    {4, "GUEST_FS overwritten", "644889042538000000"},  // mov %rax,%fs:0x38
    {4, "GUEST_GS overwritten", "644889042540000000"},  // mov %rax,%fs:0x40
    {4, "GUEST_RIP from a register", "644889042548000000"},  // mov %rax,%fs:0x48
    {4, "GUEST_RIP loaded", "64488b042548000000"},  // mov %fs:0x48,%rax
    {4, "EXIT_ARG loaded", "64488b042550000000"},  // mov %fs:0x50,%rax
    {4, "EXIT_ARG from a register", "644889042550000000"},  // mov %rax,%fs:0x50
    {4, "scratch slot takes no immediate", "64c704251800000001000000"},  // movl $1,%fs:0x18
    {4, "BASE takes no immediate", "64c704250800000001000000"},  // movl $1,%fs:8
    {4, "TABLE takes no immediate", "64c704251000000001000000"},  // movl $1,%fs:0x10
    {4, "GUEST_RIP plus 4", "64c704254c00000001000000"},  // movl $1,%fs:0x4c
    {4, "GUEST_RIP with 64 bits", "6448c704254800000001000000"},  // movq $1,%fs:0x48
    {4, "GUEST_RIP with 16 bits", "6466c70425480000000100"},  // movw $1,%fs:0x48
    {4, "GUEST_RIP with a byte", "64c604254800000001"},  // movb $1,%fs:0x48
    {4, "half of BASE", "648b042508000000"},  // mov %fs:8,%eax
    {4, "16 bits of BASE", "64668b042508000000"},  // mov %fs:8,%ax
    {4, "a byte of BASE", "648a042508000000"},  // mov %fs:8,%al
    {4, "half of a scratch slot", "648b042518000000"},  // mov %fs:0x18,%eax
    {4, "half stored to a scratch slot", "6489042518000000"},  // mov %eax,%fs:0x18
    {4, "add to a scratch slot", "644801042518000000"},  // add %rax,%fs:0x18
    {4, "add from BASE", "644803042508000000"},  // add %fs:8,%rax
    {4, "cmp with BASE is an oracle", "64483b042508000000"},  // cmp %fs:8,%rax
    {4, "xchg with BASE", "644887042508000000"},  // xchg %rax,%fs:8
    {4, "push BASE", "64ff342508000000"},  // pushq %fs:8
    {4, "pop into BASE", "648f042508000000"},  // popq %fs:8
    {4, "pop into a scratch slot", "648f042518000000"},  // popq %fs:0x18
    {4, "movzx from a slot", "640fb6042508000000"},  // movzbl %fs:8,%eax
    {4, "sse load of BASE", "64f30f7e042508000000"},  // movq %fs:8,%xmm0
    {4, "avx load of BASE", "64c5fa7e042508000000"},  // vmovq %fs:8,%xmm0
    {4, "vpgather of slots", "64c4e27190042500000000"},  // .byte 0x64,0xc4,0xe2,0x71,0x90,0x04,0x25,0,0,0,0
    {4, "x87 load of BASE", "64df2c2508000000"},  // fildll %fs:8
    {4, "cmov from BASE", "64480f44042508000000"},  // cmove %fs:8,%rax
    {4, "movbe from BASE", "64480f38f0042508000000"},  // movbe %fs:8,%rax
    {4, "inc of a slot", "6448ff042518000000"},  // incq %fs:0x18
    {4, "test of a slot", "6448f704250800000001000000"},  // testq $1,%fs:8
    {4, "crc32 of BASE", "64f2480f38f1042508000000"},  // crc32q %fs:8,%rax
    {8, "jmp through a slot", "64ff242560000000"},  // jmp *%fs:0x60
    {4, "lods without gs", "ac"},  // lodsb
    {4, "lods with gs alone", "65ac"},  // .byte 0x65,0xac
    {4, "lods with 67 alone", "67ac"},  // .byte 0x67,0xac
    {4, "rep lods without gs", "f348ad"},  // rep lodsq
    {4, "lods with fs", "64ac"},  // .byte 0x64,0xac
    {4, "xlat without gs", "d7"},  // xlat
    {4, "xlat with gs alone", "65d7"},  // .byte 0x65,0xd7
    {4, "xlat with fs and 67", "6467d7"},  // .byte 0x64,0x67,0xd7
    {4, "maskmovdqu through rdi", "660ff7c8"},  // maskmovdqu %xmm0,%xmm1
    {4, "maskmovdqu with gs alone", "65660ff7c1"},  // .byte 0x65,0x66,0x0f,0xf7,0xc1
    {4, "maskmovq through rdi", "0ff7c8"},  // maskmovq %mm0,%mm1
    {4, "vmaskmovdqu through rdi", "c5f9f7c8"},  // vmaskmovdqu %xmm0,%xmm1
    {4, "vpgatherdd through 64-bit addresses", "c4e279901408"},  // vpgatherdd %xmm0,(%rax,%xmm1,1),%xmm2
    {4, "vpgatherqq with gs but not 67", "65c4e2f9911408"},  // .byte 0x65,0xc4,0xe2,0xf9,0x91,0x14,0x08
    {4, "vpgatherdd through rsp", "c4e27990140c"},  // vpgatherdd %xmm0,(%rsp,%xmm1,1),%xmm2
    {4, "vpgatherdd with index 4 looks like no index", "c4e279901424"},  // .byte 0xc4,0xe2,0x79,0x90,0x14,0x24
    {4, "push from memory", "ff30"},  // pushq (%rax)
    {4, "pop into memory", "8f00"},  // popq (%rax)
    {4, "prefetch of any address", "0f1808"},  // prefetcht0 (%rax)
    {4, "clflush of any address", "0fae38"},  // clflush (%rax)
    {4, "fxrstor of any address", "0fae08"},  // fxrstor (%rax)
    {4, "ldmxcsr of any address", "0fae10"},  // ldmxcsr (%rax)
    {4, "cmpxchg16b of any address", "f0480fc708"},  // lock cmpxchg16b (%rax)
    {4, "lea of a host address", "488d0504000000"},  // lea 4(%rip),%rax
    {4, "lea of half a host address", "678d0500000000"},  // .byte 0x67,0x8d,0x05,0,0,0,0
    {4, "lea with 67 of eip, 64 bits", "67488d0500000000"},  // .byte 0x67,0x48,0x8d,0x05,0,0,0,0
    {4, "vmovups through a 64-bit address", "c5fc1000"},  // vmovups (%rax),%ymm0
    {4, "cmp through a 64-bit address", "3901"},  // cmp %eax,(%rcx)
    {4, "bmi through a 64-bit address", "c4e260f208"},  // andn (%rax),%ebx,%ecx
    // R5
    {5, "mov to rsp", "4889c4"},  // mov %rax,%rsp
    {5, "mov from rsp reveals B", "4889e0"},  // mov %rsp,%rax
    {5, "mov from rsp by 8b", "488bc4"},  // .byte 0x48,0x8b,0xc4
    {5, "mov to esp alone", "89c4"},  // mov %eax,%esp
    {5, "mov esp to itself cuts B", "89e4"},  // mov %esp,%esp
    {5, "mov to sp", "6689c4"},  // mov %ax,%sp
    {5, "mov to spl", "4088c4"},  // mov %al,%spl
    {5, "mov from sp", "6689e0"},  // mov %sp,%ax
    {5, "mov from spl", "4088e0"},  // mov %spl,%al
    {5, "mov imm to rsp", "48c7c400100000"},  // mov $0x1000,%rsp
    {5, "mov imm to esp", "bc00100000"},  // mov $0x1000,%esp
    {5, "movabs to rsp", "48bcf0debc9a78563412"},  // movabs $0x123456789abcdef0,%rsp
    {5, "mov imm to spl", "40b401"},  // .byte 0x40,0xb4,1
    {5, "mov rsp to memory", "6567488920"},  // mov %rsp,%gs:(%eax)
    {5, "mov esp to memory", "65678920"},  // mov %esp,%gs:(%eax)
    {5, "mov memory to rsp", "6567488b20"},  // mov %gs:(%eax),%rsp
    {5, "mov memory to esp", "65678b20"},  // mov %gs:(%eax),%esp
    {5, "mov rsp to a slot", "644889242518000000"},  // mov %rsp,%fs:0x18
    {5, "mov a slot to rsp", "64488b242518000000"},  // mov %fs:0x18,%rsp
    {5, "mov GUEST_FS to rsp", "64488b242538000000"},  // mov %fs:0x38,%rsp
    {5, "BASE to rsp", "64488b242508000000"},  // mov %fs:8,%rsp
    {5, "TABLE to rsp", "64488b242510000000"},  // mov %fs:0x10,%rsp
    {5, "push rsp", "54"},  // push %rsp
    {5, "pop rsp", "5c"},  // pop %rsp
    {5, "push rsp by ff", "fff4"},  // .byte 0xff,0xf4
    {5, "pop rsp by 8f", "8fc4"},  // .byte 0x8f,0xc4
    {5, "xchg with rsp", "4894"},  // xchg %rax,%rsp
    {5, "xchg esp, eax short form", "94"},  // .byte 0x94
    {5, "xchg with rsp by 87", "4887e3"},  // .byte 0x48,0x87,0xe3
    {5, "add register to rsp", "4801c4"},  // add %rax,%rsp
    {5, "sub register from rsp", "4829c4"},  // sub %rax,%rsp
    {5, "add rsp to a register", "4801e0"},  // add %rsp,%rax
    {5, "add memory to rsp", "6567480320"},  // add %gs:(%eax),%rsp
    {5, "add rsp to memory", "6567480120"},  // add %rsp,%gs:(%eax)
    {5, "add imm to esp cuts B", "83c408"},  // add $8,%esp
    {5, "sub imm from sp", "6683ec08"},  // sub $8,%sp
    {5, "add imm to spl", "4080c408"},  // add $8,%spl
    {5, "adc imm to rsp", "4883d408"},  // adc $8,%rsp
    {5, "or imm to rsp", "4883cc08"},  // or $8,%rsp
    {5, "xor imm to rsp", "4883f408"},  // xor $8,%rsp
    {5, "sbb imm from rsp", "4883dc08"},  // sbb $8,%rsp
    {5, "cmp imm with rsp is an oracle", "4883fc08"},  // cmp $8,%rsp
    {5, "cmp imm with spl", "4080fc08"},  // cmp $8,%spl
    {5, "cmp imm with esp", "83fc08"},  // cmp $8,%esp
    {5, "cmp imm32 with rsp", "4881fc78563412"},  // cmp $0x12345678,%rsp
    {5, "test with spl", "4084c4"},  // test %al,%spl
    {5, "mov imm to spl by c6", "40c6c401"},  // .byte 0x40,0xc6,0xc4,1
    {5, "test imm with spl", "40f6c401"},  // test $1,%spl
    {5, "not spl", "40f6d4"},  // not %spl
    {5, "mul by spl", "40f6e4"},  // mul %spl
    {5, "shl spl", "40c0e403"},  // shl $3,%spl
    {5, "and imm to esp", "83e4f0"},  // and $-16,%esp
    {5, "cmp with rsp", "4839e0"},  // cmp %rsp,%rax
    {5, "test rsp", "4885e4"},  // test %rsp,%rsp
    {5, "inc rsp", "48ffc4"},  // inc %rsp
    {5, "dec esp", "ffcc"},  // dec %esp
    {5, "neg rsp", "48f7dc"},  // neg %rsp
    {5, "not rsp", "48f7d4"},  // not %rsp
    {5, "shl rsp", "48d1e4"},  // shl $1,%rsp
    {5, "sar by cl", "48d3fc"},  // sar %cl,%rsp
    {5, "mul by rsp", "48f7e4"},  // mul %rsp
    {5, "idiv by esp", "f7fc"},  // idiv %esp
    {5, "imul into rsp", "486be003"},  // imul $3,%rax,%rsp
    {5, "imul from rsp", "486bc403"},  // imul $3,%rsp,%rax
    {5, "imul by rsp", "480fafc4"},  // imul %rsp,%rax
    {5, "bswap rsp", "480fcc"},  // bswap %rsp
    {5, "cmov into rsp", "480f44e0"},  // cmove %rax,%rsp
    {5, "cmov from rsp", "480f44c4"},  // cmove %rsp,%rax
    {5, "setcc spl", "400f94c4"},  // sete %spl
    {5, "movzx into esp", "0fb6e0"},  // movzbl %al,%esp
    {5, "movzx from spl", "400fb6c4"},  // movzbl %spl,%eax
    {5, "movzx from sp", "0fb7c4"},  // movzwl %sp,%eax
    {5, "movsx from spl", "400fbec4"},  // movsbl %spl,%eax
    {5, "movsxd into rsp", "4863e0"},  // movslq %eax,%rsp
    {5, "movsxd from esp", "4863c4"},  // movslq %esp,%rax
    {5, "xadd with rsp", "6567480fc120"},  // xadd %rsp,%gs:(%eax)
    {5, "xadd rsp,reg", "480fc1c4"},  // xadd %rax,%rsp
    {5, "cmpxchg with rsp as source", "6567480fb120"},  // cmpxchg %rsp,%gs:(%eax)
    {5, "cmpxchg into rsp", "480fb1c4"},  // cmpxchg %rax,%rsp
    {5, "bsf into rsp", "480fbce0"},  // bsf %rax,%rsp
    {5, "popcnt of rsp", "f3480fb8c4"},  // popcnt %rsp,%rax
    {5, "tzcnt into esp", "f30fbce0"},  // tzcnt %eax,%esp
    {5, "lzcnt of rsp", "f3480fbdc4"},  // lzcnt %rsp,%rax
    {5, "bt of rsp", "480fa3c4"},  // bt %rax,%rsp
    {5, "bts by rsp", "480fabe0"},  // bts %rsp,%rax
    {5, "bt imm of rsp", "480fbae428"},  // bt $40,%rsp
    {5, "shld into rsp", "480fa4c404"},  // shld $4,%rax,%rsp
    {5, "shrd from rsp", "480fade0"},  // shrd %cl,%rsp,%rax
    {5, "crc32 of rsp", "f2480f38f1c4"},  // crc32q %rsp,%rax
    {5, "crc32 into rsp", "f2480f38f1e0"},  // crc32q %rax,%rsp
    {5, "crc32 of spl", "f2400f38f0c4"},  // crc32b %spl,%eax
    {5, "movbe into rsp", "6567480f38f020"},  // movbe %gs:(%eax),%rsp
    {5, "adcx from rsp", "66480f38f6c4"},  // adcx %rsp,%rax
    {5, "adox into rsp", "f3480f38f6e0"},  // adox %rax,%rsp
    {5, "rdrand into rsp", "480fc7f4"},  // rdrand %rsp
    {5, "rdseed into esp", "0fc7fc"},  // rdseed %esp
    {5, "movnti of rsp", "6567480fc320"},  // movnti %rsp,%gs:(%eax)
    {5, "movd of esp", "660f6ec4"},  // movd %esp,%xmm0
    {5, "movq of rsp", "66480f6ec4"},  // movq %rsp,%xmm0
    {5, "movq into rsp", "66480f7ec4"},  // movq %xmm0,%rsp
    {5, "movd of esp to mmx", "0f6ec4"},  // movd %esp,%mm0
    {5, "movd from mmx to esp", "0f7ec4"},  // movd %mm0,%esp
    {5, "cvtsi2sd of rsp", "f2480f2ac4"},  // cvtsi2sdq %rsp,%xmm0
    {5, "cvttsd2si into rsp", "f2480f2ce0"},  // cvttsd2si %xmm0,%rsp
    {5, "pmovmskb into esp", "660fd7e0"},  // pmovmskb %xmm0,%esp
    {5, "movmskpd into esp", "660f50e0"},  // movmskpd %xmm0,%esp
    {5, "pextrw into esp", "660fc5e000"},  // pextrw $0,%xmm0,%esp
    {5, "pextrq into rsp", "66480f3a16c400"},  // pextrq $0,%xmm0,%rsp
    {5, "pextrb into esp", "660f3a14c400"},  // pextrb $0,%xmm0,%esp
    {5, "pinsrw from esp", "660fc4c400"},  // pinsrw $0,%esp,%xmm0
    {5, "pinsrq from rsp", "66480f3a22c400"},  // pinsrq $0,%rsp,%xmm0
    {5, "extractps into esp", "660f3a17c400"},  // extractps $0,%xmm0,%esp
    {5, "vmovq of rsp", "c4e1f96ec4"},  // vmovq %rsp,%xmm0
    {5, "vmovq into rsp", "c4e1f97ec4"},  // vmovq %xmm0,%rsp
    {5, "vpextrq into rsp", "c4e3f916c401"},  // vpextrq $1,%xmm0,%rsp
    {5, "vpinsrb from esp", "c4e37120c400"},  // vpinsrb $0,%esp,%xmm1,%xmm0
    {5, "vcvtsi2sd of rsp", "c4e1f32ac4"},  // vcvtsi2sdq %rsp,%xmm1,%xmm0
    {5, "vcvttss2si into rsp", "c4e1fa2ce0"},  // vcvttss2si %xmm0,%rsp
    {5, "vpmovmskb into esp", "c5fdd7e0"},  // vpmovmskb %ymm0,%esp
    {5, "andn with rsp as vvvv", "c4e2d8f2d8"},  // andn %rax,%rsp,%rbx
    {5, "andn into rsp", "c4e2e0f2e0"},  // andn %rax,%rbx,%rsp
    {5, "andn from rsp", "c4e2e0f2c4"},  // andn %rsp,%rbx,%rax
    {5, "blsr into rsp (vvvv)", "c4e2d8f3c8"},  // blsr %rax,%rsp
    {5, "blsi of rsp", "c4e2f8f3dc"},  // blsi %rsp,%rax
    {5, "bzhi by rsp", "c4e2d8f5d8"},  // bzhi %rsp,%rax,%rbx
    {5, "pext into rsp", "c4e2e2f5e0"},  // pext %rax,%rbx,%rsp
    {5, "pdep of rsp", "c4e2dbf5d8"},  // pdep %rax,%rsp,%rbx
    {5, "mulx high half into rsp", "c4e2e3f6e0"},  // mulx %rax,%rbx,%rsp
    {5, "mulx low half into rsp", "c4e2dbf6d8"},  // mulx %rax,%rsp,%rbx
    {5, "mulx of rsp", "c4e2fbf6dc"},  // mulx %rsp,%rax,%rbx
    {5, "bextr by rsp", "c4e2d8f7d8"},  // bextr %rsp,%rax,%rbx
    {5, "shlx by rsp", "c4e2d9f7d8"},  // shlx %rsp,%rax,%rbx
    {5, "sarx of rsp", "c4e2faf7dc"},  // sarx %rax,%rsp,%rbx
    {5, "shrx into rsp", "c4e2fbf7e3"},  // shrx %rax,%rbx,%rsp
    {5, "rorx into rsp", "c4e3fbf0e003"},  // rorx $3,%rax,%rsp
    {5, "rorx of rsp", "c4e3fbf0c403"},  // rorx $3,%rsp,%rax
    {5, "lea of rsp reveals B", "488d442408"},  // lea 8(%rsp),%rax
    {5, "lea of rsp, 32 bits", "8d442408"},  // lea 8(%rsp),%eax
    {5, "lea of rsp and an index", "488d1c04"},  // lea (%rsp,%rax,1),%rbx
    {5, "lea of rsp and an index, 16 bits", "668d1c04"},  // lea (%rsp,%rax,1),%bx
    {5, "xchg of rsp and memory", "6567488720"},  // xchg %rsp,%gs:(%eax)
    // R6 forms
    {6, "lea into rsp from another base", "50488d65088b0424"},  // push %rax; lea 8(%rbp),%rsp; mov (%rsp),%eax
    {6, "lea into rsp with an index", "50488d24048b0424"},  // push %rax; lea (%rsp,%rax,1),%rsp; mov (%rsp),%eax
    {6, "lea into esp", "508d6424088b0424"},  // push %rax; lea 8(%rsp),%esp; mov (%rsp),%eax
    {6, "lea into sp", "50668d6424088b0424"},  // push %rax; lea 8(%rsp),%sp; mov (%rsp),%eax
    {6, "lea into rsp with 67", "5067488d6424088b0424"},  // push %rax; .byte 0x67,0x48,0x8d,0x64,0x24,0x08; mov (%rsp),%eax
    {6, "lea into rsp from an absolute", "50488d2425001000008b0424"},  // push %rax; lea 0x1000,%rsp; mov (%rsp),%eax
    {6, "lea into rsp with a scale and no index", "50488d6464088b0424"},  // push %rax; .byte 0x48,0x8d,0x64,0x64,0x08; mov (%rsp),%eax
    {6, "lea moves rsp down by more than 64 KiB", "50488da424fffffeff8b0424"},  // push %rax; {disp32} lea -65537(%rsp),%rsp; mov (%rsp),%eax
    {6, "lea moves rsp up by more than 64 KiB", "50488da424010001008b0424"},  // push %rax; {disp32} lea 65537(%rsp),%rsp; mov (%rsp),%eax
    {6, "sub of more than 64 KiB", "504881ec010001008b0424"},  // push %rax; sub $65537,%rsp; mov (%rsp),%eax
    {6, "sub of a huge negative", "504881ecfffffeff8b0424"},  // push %rax; sub $-65537,%rsp; mov (%rsp),%eax
    {6, "add of more than 64 KiB", "504881c4010001008b0424"},  // push %rax; add $65537,%rsp; mov (%rsp),%eax
    {6, "add of INT_MIN", "504881c4000000808b0424"},  // push %rax; add $-2147483648,%rsp; mov (%rsp),%eax
    {6, "sub of INT_MIN", "504881ec000000808b0424"},  // push %rax; sub $-2147483648,%rsp; mov (%rsp),%eax
    {6, "and of -4097", "504881e4ffefffff8b0424"},  // push %rax; and $-4097,%rsp; mov (%rsp),%eax
    {6, "and of zero", "504883e4008b0424"},  // push %rax; and $0,%rsp; mov (%rsp),%eax
    {6, "and of a positive mask", "504881e4ffffff7f8b0424"},  // push %rax; and $0x7fffffff,%rsp; mov (%rsp),%eax
    {6, "and of one", "504883e4018b0424"},  // push %rax; and $1,%rsp; mov (%rsp),%eax
    // R6 sequences
    {6, "BASE alone", "64488b1c2508000000"},  // mov %fs:8,%rbx
    {6, "BASE then something else", "64488b1c250800000090"},  // mov %fs:8,%rbx; nop
    {6, "BASE stored away", "64488b1c25080000006567488918"},  // mov %fs:8,%rbx; mov %rbx,%gs:(%eax)
    {4, "REBASE whose load of BASE has 67", "6467488b1c250800000089c4488d241c64488b1c2518000000"},  // .byte 0x64,0x67,0x48,0x8b,0x1c,0x25,8,0,0,0; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {4, "REBASE whose load of BASE has a base register", "64488b580889c4488d241c64488b1c2518000000"},  // mov %fs:8(%rax),%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {4, "REBASE whose load of BASE has an index", "64488b1c050800000089c4488d241c64488b1c2518000000"},  // mov %fs:8(,%rax,1),%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE whose reload has 67", "64488b1c250800000089c4488d241c6467488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; .byte 0x64,0x67,0x48,0x8b,0x1c,0x25,0x18,0,0,0
    {6, "REBASE whose reload has a base register", "64488b1c250800000089c4488d241c64488b5818"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18(%rax),%rbx
    {6, "REBASE whose reload is not from fs", "64488b1c250800000089c4488d241c6567488b5818"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %gs:0x18(%eax),%rbx
    {6, "REBASE with add for mov", "64488b1c250800000003e0488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; .byte 0x03,0xe0; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE with mov of another register", "64488b1c25080000008bc8488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; .byte 0x8b,0xc8; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE with a load for the lea", "64488b1c250800000089c4488b241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; mov (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE without lea", "64488b1c250800000089c464488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; mov %fs:0x18,%rbx
    {6, "REBASE adds twice the base", "64488b1c250800000089c4488d245c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,2),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE adds a displacement", "64488b1c250800000089c4488d641c0864488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea 8(%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE adds another register", "64488b1c250800000089c4488d240c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rcx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE adds r11 instead of rbx", "64488b1c250800000089c44a8d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%r11,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE lea of 32 bits", "64488b1c250800000089c48d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%esp; mov %fs:0x18,%rbx
    {6, "REBASE lea with 67", "64488b1c250800000089c467488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; .byte 0x67,0x48,0x8d,0x24,0x1c; mov %fs:0x18,%rbx
    {6, "REBASE lea with fs", "64488b1c250800000089c464488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; .byte 0x64,0x48,0x8d,0x24,0x1c; mov %fs:0x18,%rbx
    {6, "REBASE lea into another register", "64488b1c250800000089c4488d141c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rdx; mov %fs:0x18,%rbx
    {6, "REBASE lea from another base", "64488b1c250800000089c4488d641d0064488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rbp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE with a 64-bit mov", "64488b1c25080000004889c4488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %rax,%rsp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE with a 16-bit mov", "64488b1c25080000006689c4488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %ax,%sp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE from memory without gs", "64488b1c25080000008b20488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov (%rax),%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE from memory", "64488b1c250800000065678b20488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %gs:(%eax),%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE with movslq", "64488b1c25080000004863e0488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; movslq %eax,%rsp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE that leaves B in its register", "64488b1c250800000089c4488d241c"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp
    {6, "REBASE that reloads another register", "64488b1c250800000089c4488d241c64488b0c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rcx
    {6, "REBASE that reloads r11 instead of rbx", "64488b1c250800000089c4488d241c644c8b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%r11
    {6, "REBASE that reloads half", "64488b1c250800000089c4488d241c648b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%ebx
    {6, "REBASE that reloads BASE", "64488b1c250800000089c4488d241c64488b1c2508000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:8,%rbx
    {6, "REBASE that stores instead of reloading", "64488b1c250800000089c4488d241c6448891c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %rbx,%fs:0x18
    {6, "REBASE that reloads GUEST_FS", "64488b1c250800000089c4488d241c64488b1c2538000000"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x38,%rbx
    {6, "REBASE that zeroes instead of reloading", "64488b1c250800000089c4488d241c31db"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; xor %ebx,%ebx
    {6, "REBASE with an instruction between", "64488b1c250800000089c490488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %eax,%esp; nop; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE with B copied in between", "64488b1c25080000004889d989c4488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %rbx,%rcx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {5, "REBASE with its parts swapped", "89c464488b1c2508000000488d241c64488b1c2518000000"},  // mov %eax,%esp; mov %fs:8,%rbx; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {6, "REBASE cut by the end", "64488b1c250800000089c4488d241c", {.tail = false}},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp
    {5, "REBASE from GUEST_GS", "64488b1c254000000089c4488d241c64488b1c2518000000"},  // mov %fs:0x40,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    // R6 drift
    {6, "rsp moved, then a branch at the block's start", "4883ec08"},  // sub $8,%rsp
    {6, "rsp moved up, then a branch", "4883c408"},  // add $8,%rsp
    {6, "sub in a loop without an access", "4881ec00100000ebf7", {.tail = false}},  // 1: sub $4096,%rsp; jmp 1b
    {6, "lea in a loop without an access", "488da42400f0ffff75f6"},  // 1: lea -4096(%rsp),%rsp; jnz 1b
    {6, "and in a loop without an access", "4881e400f0ffffffc875f5"},  // 1: and $-4096,%rsp; dec %eax; jnz 1b
    {6, "sub in a loop with prefetch as the access", "4881ec001000000f180c24ebf3", {.tail = false}},  // 1: sub $4096,%rsp; prefetcht0 (%rsp); jmp 1b
    {6, "sub in a loop with nop as the access", "4881ec001000000f1f0424ebf3", {.tail = false}},  // 1: sub $4096,%rsp; nopl 0(%rsp); jmp 1b
    {6, "sub in a loop with a masked load as the access", "4881ec00100000c4e2792c0c24ebf1", {.tail = false}},  // 1: sub $4096,%rsp; vmaskmovps (%rsp),%xmm0,%xmm1; jmp 1b
    {6, "sub in a loop with a masked store as the access", "4881ec00100000c4e2798e0c24ebf1", {.tail = false}},  // 1: sub $4096,%rsp; vpmaskmovd %xmm1,%xmm0,(%rsp); jmp 1b
    {6, "sub in a loop with cmov as the access", "4881ec001000000f440424ebf3", {.tail = false}},  // 1: sub $4096,%rsp; cmovz (%rsp),%eax; jmp 1b
    {6, "sub in a loop with a shift by cl as the access", "4881ec00100000d32424ebf4", {.tail = false}},  // 1: sub $4096,%rsp; shll %cl,(%rsp); jmp 1b
    {6, "sub in a loop with clflush as the access", "4881ec001000000fae3c24ebf3", {.tail = false}},  // 1: sub $4096,%rsp; clflush (%rsp); jmp 1b
    {6, "sub in a loop with prefetchw as the access", "4881ec001000000f0d0c24ebf3", {.tail = false}},  // 1: sub $4096,%rsp; prefetchw (%rsp); jmp 1b
    {6, "sub in a loop with prefetchnta as the access", "4881ec001000000f180424ebf3", {.tail = false}},  // 1: sub $4096,%rsp; prefetchnta (%rsp); jmp 1b
    {6, "sub in a loop with clwb as the access", "4881ec00100000660fae3424ebf2", {.tail = false}},  // 1: sub $4096,%rsp; clwb (%rsp); jmp 1b
    {6, "sub in a loop with clflushopt as the access", "4881ec00100000660fae3c24ebf2", {.tail = false}},  // 1: sub $4096,%rsp; clflushopt (%rsp); jmp 1b
    {6, "sub in a loop with a shift of a byte by an immediate as the access", "4881ec00100000c0242408ebf3", {.tail = false}},  // 1: sub $4096,%rsp; shlb $8,(%rsp); jmp 1b
    {6, "sub in a loop with a shift by an immediate as the access", "4881ec00100000c10c2420ebf3", {.tail = false}},  // 1: sub $4096,%rsp; rorl $32,(%rsp); jmp 1b
    {6, "sub in a loop with a shift of a byte by cl as the access", "4881ec00100000d23c24ebf4", {.tail = false}},  // 1: sub $4096,%rsp; sarb %cl,(%rsp); jmp 1b
    {6, "sub in a loop with shld by an immediate as the access", "4881ec001000000fa4042420ebf2", {.tail = false}},  // 1: sub $4096,%rsp; shld $32,%eax,(%rsp); jmp 1b
    {6, "sub in a loop with shld by cl as the access", "4881ec001000000fa50424ebf3", {.tail = false}},  // 1: sub $4096,%rsp; shld %cl,%eax,(%rsp); jmp 1b
    {6, "sub in a loop with shrd by an immediate as the access", "4881ec001000000fac042420ebf2", {.tail = false}},  // 1: sub $4096,%rsp; shrd $32,%eax,(%rsp); jmp 1b
    {6, "sub in a loop with shrd by cl as the access", "4881ec001000000fad0424ebf3", {.tail = false}},  // 1: sub $4096,%rsp; shrd %cl,%eax,(%rsp); jmp 1b
    {6, "sub in a loop with vpmaskmov load as the access", "4881ec00100000c4e2798c0c24ebf1", {.tail = false}},  // 1: sub $4096,%rsp; vpmaskmovd (%rsp),%xmm0,%xmm1; jmp 1b
    {6, "sub in a loop with vmaskmov store as the access", "4881ec00100000c4e2792e0c24ebf1", {.tail = false}},  // 1: sub $4096,%rsp; vmaskmovps %xmm1,%xmm0,(%rsp); jmp 1b
    {6, "sub in a loop with a gs access as the access", "4881ec0010000065678b0424ebf2", {.tail = false}},  // 1: sub $4096,%rsp; mov %gs:(%esp),%eax; jmp 1b
    {6, "access, then moves of 72 KiB, then a branch", "504881ec000001004881ec00200000"},  // push %rax; sub $65536,%rsp; sub $8192,%rsp
    {6, "access before the join is forgotten at the join", "504883ec08ebfa", {.tail = false}},  // push %rax; 1: sub $8,%rsp; jmp 1b
    {6, "target in front of a moved rsp reached by fall through", "504881ec000001004881ec000001004883ec109050ebfc", {.tail = false}},  // push %rax; sub $65536,%rsp; sub $65536,%rsp; sub $16,%rsp; 1: nop; push %rax; jmp 1b
    {6, "entry at a moved rsp", "504881ec000001004881ec000001004883ec109050", {.entry = 19}},  // push %rax; sub $65536,%rsp; sub $65536,%rsp; sub $16,%rsp; nop; push %rax
    {6, "branch over the repairing access", "504881ec000001004881ec000001004883ec1074015090"},  // push %rax; sub $65536,%rsp; sub $65536,%rsp; sub $16,%rsp; jz 1f; push %rax; 1: nop
    {6, "branch forward with a little more than twice the drift", "4881ec000001004883ec0874015050"},  // sub $65536,%rsp; sub $8,%rsp; jz 1f; push %rax; 1: push %rax
    {6, "twice the drift, twice", "4881ec000001007401504883ec0874015050"},  // sub $65536,%rsp; jz 1f; push %rax; 1: sub $8,%rsp; jz 2f; push %rax; 2: push %rax
    {6, "a loose block leaves the unit", "4883ec0874015090"},  // sub $8,%rsp; jz 1f; push %rax; 1: nop
    {6, "a loose block branches back", "4883ec08740150ebf7", {.tail = false}},  // 1: sub $8,%rsp; jz 2f; push %rax; 2: jmp 1b
    {6, "a block that is fallen into loosely leaves the unit", "4883ec089074fd"},  // sub $8,%rsp; 1: nop; jz 1b
    {6, "a block is loose for all who come", "4883ec08740350eb00eb0090"},  // sub $8,%rsp; jz 1f; push %rax; jmp 1f; 1: jmp 2f; 2: nop
    {6, "dispatch with a moved rsp", "4883ec08644c8b1425100000004589db43ff24da", {.tail = false}},  // sub $8,%rsp; mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {6, "jump to a stub with a moved rsp", "4883ec08e9f7efffff", {.tail = false}},  // sub $8,%rsp; .byte 0xe9; .long -4096-9
    {6, "jrcxz with a moved rsp", "4883ec08e3fe"},  // sub $8,%rsp; 1: jrcxz 1b
    {6, "disp beyond the reach down", "8b8424fffff8ff"},  // mov -458753(%rsp),%eax
    {6, "disp beyond the reach up", "8b842401000700"},  // mov 458753(%rsp),%eax
    {6, "store at INT_MIN", "89842400000080"},  // mov %eax,-2147483648(%rsp)
    {6, "store at INT_MAX", "898424ffffff7f"},  // mov %eax,2147483647(%rsp)
    {6, "prefetch beyond the reach", "0f188c2401000700"},  // prefetcht0 458753(%rsp)
    {6, "push after eight moves", "4881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec0000010050"},  // sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; push %rax
    {6, "push just beyond the reach", "504881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec0000010050"},  // push %rax; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; push %rax
    {6, "pop after eight moves", "4881c4000001004881c4000001004881c4000001004881c4000001004881c4000001004881c4000001004881c4000001004881c40000010058"},  // add $65536,%rsp; add $65536,%rsp; add $65536,%rsp; add $65536,%rsp; add $65536,%rsp; add $65536,%rsp; add $65536,%rsp; add $65536,%rsp; pop %rax
    {6, "pop memory addresses after the increment", "8f8424f9ff0700"},  // pop 524281(%rsp)
    {6, "access 100 KiB away proves no more than 100 KiB", "8b8424009001004881ec000001004881ec00000100"},  // mov 102400(%rsp),%eax; sub $65536,%rsp; sub $65536,%rsp
    {6, "a failed proof does not replace a better one", "508b8424009001004881ec000001004883ec08"},  // push %rax; mov 102400(%rsp),%eax; sub $65536,%rsp; sub $8,%rsp
    {6, "add of a negative number moves down", "504881c40000ffff4883c4f8"},  // push %rax; add $-65536,%rsp; add $-8,%rsp
    {6, "sub of a negative number moves up", "504881ec0000ffff4883ecf8"},  // push %rax; sub $-65536,%rsp; sub $-8,%rsp
    {6, "and lowers by up to 4095", "504881ec000001004883e4fe"},  // push %rax; sub $65536,%rsp; and $-2,%rsp
    {6, "and lowers a little at the limit", "504881ec02f000004881e400f0ffff"},  // push %rax; sub $61442,%rsp; and $-4096,%rsp
    {6, "rebase then moves of 72 KiB", "6448891c251800000064488b1c250800000089c4488d241c64488b1c25180000004881ec000001004883ec08"},  // mov %rbx,%fs:0x18; mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx; sub $65536,%rsp; sub $8,%rsp
    // R7
    {7, "movs bare", "a4"},  // movsb
    {7, "rep movs bare", "f3a4"},  // rep movsb
    {7, "rep stos bare", "f348ab"},  // rep stosq
    {7, "scas bare", "f2ae"},  // repne scasb
    {7, "cmps bare", "f3a6"},  // repe cmpsb
    {7, "stos with 67", "67aa"},  // .byte 0x67,0xaa
    {7, "movs with gs and 67: the destination is not gs", "6567a4"},  // .byte 0x65,0x67,0xa4
    {7, "stos with gs and 67", "6567aa"},  // .byte 0x65,0x67,0xaa
    {7, "rep movs with 67 and gs", "6567f348a5"},  // .byte 0x65,0x67,0xf3,0x48,0xa5
    {7, "scas with gs and 67", "6567ae"},  // .byte 0x65,0x67,0xae
    {7, "cmps with gs and 67", "6567a6"},  // .byte 0x65,0x67,0xa6
    {7, "movs with fs", "64a4"},  // .byte 0x64,0xa4
    {7, "STRING with 67 on its op", "64488b14250800000089ff488d3c1767f3aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; .byte 0x67,0xf3,0xaa; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with fs on its op", "64488b14250800000089ff488d3c1789f6488d341664a489ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; .byte 0x64,0xa4; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {7, "STRING with gs on its op", "64488b14250800000089ff488d3c1789f6488d341665a489ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; .byte 0x65,0xa4; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {7, "STRING with lea through fs", "64488b14250800000089ff64488d3c17aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; .byte 0x64; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with 67 on its lea", "64488b14250800000089ff67488d3c17aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; .byte 0x67; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING of movs without the source part", "64488b14250800000089ff488d3c17a489ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; movsb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING of cmps without the source part", "64488b14250800000089ff488d3c17a689ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; cmpsb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING of stos with the source part", "64488b14250800000089ff488d3c1789f6488d3416aa89ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; stosb; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {7, "STRING of scas with the source part", "64488b14250800000089ff488d3c1789f6488d3416ae89ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; scasb; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {7, "STRING with the truncation of rdi missing at the end", "64488b14250800000089ff488d3c17aa64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %fs:0x18,%rdx
    {7, "STRING with the truncation of rsi missing at the end", "64488b14250800000089ff488d3c1789f6488d3416a489ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; movsb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with the truncation of rsi missing at the start", "64488b14250800000089ff488d3c17488d3416a489ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; lea (%rsi,%rdx,1),%rsi; movsb; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {6, "STRING with the truncation of rdi missing at the start", "64488b142508000000488d3c17aa89ff64488b142518000000"},  // mov %fs:8,%rdx; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING without its reload", "64488b14250800000089ff488d3c17aa89ff"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi
    {7, "STRING reloads another register", "64488b14250800000089ff488d3c17aa89ff64488b1c2518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rbx
    {7, "STRING reloads from TABLE", "64488b14250800000089ff488d3c17aa89ff64488b142510000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x10,%rdx
    {7, "STRING in rax would store B", "64488b04250800000089ff488d3c0748ab89ff64488b042518000000"},  // mov %fs:8,%rax; mov %edi,%edi; lea (%rdi,%rax,1),%rdi; stosq; mov %edi,%edi; mov %fs:0x18,%rax
    {7, "STRING in rcx", "64488b0c250800000089ff488d3c0ff348ab89ff64488b0c2518000000"},  // mov %fs:8,%rcx; mov %edi,%edi; lea (%rdi,%rcx,1),%rdi; rep stosq; mov %edi,%edi; mov %fs:0x18,%rcx
    {7, "STRING in rsi", "64488b34250800000089ff488d3c3748ab89ff64488b342518000000"},  // mov %fs:8,%rsi; mov %edi,%edi; lea (%rdi,%rsi,1),%rdi; stosq; mov %edi,%edi; mov %fs:0x18,%rsi
    {7, "STRING in rdi", "64488b3c250800000089ff488d3c3f48ab89ff64488b3c2518000000"},  // mov %fs:8,%rdi; mov %edi,%edi; lea (%rdi,%rdi,1),%rdi; stosq; mov %edi,%edi; mov %fs:0x18,%rdi
    {7, "STRING with a scale", "64488b14250800000089ff488d3c57aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,2),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with a displacement", "64488b14250800000089ff488d7c17f8aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea -8(%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {6, "STRING with 64-bit truncation", "64488b1425080000004889ff488d3c17aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %rdi,%rdi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with the source from rdi", "64488b14250800000089ff488d3c1789fe488d3416a489ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %edi,%esi; lea (%rsi,%rdx,1),%rsi; movsb; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {7, "STRING with lods", "64488b14250800000089ff488d3c17ac89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; lodsb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with a plain store", "64488b14250800000089ff488d3c17880789ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %al,(%rdi); mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with two ops", "64488b14250800000089ff488d3c17aaaa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING with outs", "64488b14250800000089ff488d3c176e89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; .byte 0x6e; mov %edi,%edi; mov %fs:0x18,%rdx
    {7, "STRING cut by the end", "64488b14250800000089ff488d3c17aa", {.tail = false}},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb
    {7, "STRING lea into rsi for rdi", "64488b14250800000089ff488d3417aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rsi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    // R8
    {8, "TABLE alone", "644c8b142510000000"},  // mov %fs:0x10,%r10
    {8, "DISPATCH through rcx and rax", "64488b0c251000000089c0ff24c1", {.tail = false}},  // mov %fs:0x10,%rcx; mov %eax,%eax; jmp *(%rcx,%rax,8)
    {8, "DISPATCH indexed by rax", "644c8b14251000000089c041ff24c2", {.tail = false}},  // mov %fs:0x10,%r10; mov %eax,%eax; jmp *(%r10,%rax,8)
    {8, "TABLE in another register", "644c8b1c25100000004589db43ff24da", {.tail = false}},  // mov %fs:0x10,%r11; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {8, "TABLE in r9 instead of r10", "644c8b0c25100000004589db43ff24d9", {.tail = false}},  // mov %fs:0x10,%r9; mov %r11d,%r11d; jmp *(%r9,%r11,8)
    {4, "DISPATCH whose load has 67", "64674c8b1425100000004589db43ff24da", {.tail = false}},  // .byte 0x64,0x67,0x4c,0x8b,0x14,0x25,0x10,0,0,0; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {4, "DISPATCH whose load has a base register", "644d8b53104589db43ff24da", {.tail = false}},  // mov %fs:0x10(%r11),%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {8, "DISPATCH without truncation", "644c8b14251000000043ff24da", {.tail = false}},  // mov %fs:0x10,%r10; jmp *(%r10,%r11,8)
    {8, "DISPATCH with a 64-bit truncation", "644c8b1425100000004d89db43ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11,%r11; jmp *(%r10,%r11,8)
    {8, "DISPATCH with truncation from another register", "644c8b1425100000004189d343ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %edx,%r11d; jmp *(%r10,%r11,8)
    {8, "DISPATCH truncates another register", "644c8b14251000000089d241ff24d2", {.tail = false}},  // mov %fs:0x10,%r10; mov %edx,%edx; jmp *(%r10,%rdx,8)
    {8, "DISPATCH with scale 4", "644c8b1425100000004589db43ff249a", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,4)
    {8, "DISPATCH with scale 1", "644c8b1425100000004589db43ff241a", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,1)
    {8, "DISPATCH with a displacement", "644c8b1425100000004589db43ff64da08", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *8(%r10,%r11,8)
    {8, "DISPATCH with a negative displacement", "644c8b1425100000004589db43ff64daf8", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *-8(%r10,%r11,8)
    {8, "DISPATCH through rdx", "644c8b1425100000004589db42ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%rdx,%r11,8)
    {8, "DISPATCH through r9", "644c8b1425100000004589db43ff24d9", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r9,%r11,8)
    {8, "DISPATCH indexed by r8", "644c8b1425100000004589db43ff24c2", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r8,8)
    {8, "DISPATCH with base and index swapped", "644c8b1425100000004589db43ff24d3", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r11,%r10,8)
    {8, "DISPATCH with gs", "644c8b1425100000004589db6543ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; .byte 0x65; jmp *(%r10,%r11,8)
    {8, "DISPATCH with fs", "644c8b1425100000004589db6443ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; .byte 0x64; jmp *(%r10,%r11,8)
    {8, "DISPATCH with 67", "644c8b1425100000004589db6743ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; .byte 0x67; jmp *(%r10,%r11,8)
    {8, "DISPATCH with a far jump", "644c8b1425100000004589db43ff2cda", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; .byte 0x43,0xff,0x2c,0xda
    {8, "DISPATCH with a call", "644c8b1425100000004589db43ff14da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; call *(%r10,%r11,8)
    {8, "DISPATCH with push instead of jmp", "644c8b1425100000004589db43ff34da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; push (%r10,%r11,8)
    {8, "DISPATCH with an instruction between", "644c8b1425100000004589db9043ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; nop; jmp *(%r10,%r11,8)
    {8, "DISPATCH with a change of r11 between", "644c8b1425100000004589db4d8d5b0843ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; lea 8(%r11),%r11; jmp *(%r10,%r11,8)
    {8, "DISPATCH cut by the end", "644c8b1425100000004589db", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d
    {8, "forged dispatch: the jump alone", "43ff24da", {.tail = false}},  // jmp *(%r10,%r11,8)
    {8, "forged dispatch: TABLE from a scratch slot", "644c8b1425180000004589db43ff24da", {.tail = false}},  // mov %fs:0x18,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {8, "forged dispatch: TABLE from GUEST_FS", "644c8b1425380000004589db43ff24da", {.tail = false}},  // mov %fs:0x38,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {8, "jmp through memory in the domain", "6567ff20", {.tail = false}},  // .byte 0x65,0x67,0xff,0x20
    {8, "jmp through the stack", "ff2424", {.tail = false}},  // jmp *(%rsp)
    {8, "jmp through a scratch slot", "64ff242518000000", {.tail = false}},  // jmp *%fs:0x18
    {8, "jmp through rip", "ff2504000000", {.tail = false}},  // jmp *4(%rip)
    // R9
    {9, "jump into the middle of an instruction", "eb01b890909090"},  // jmp 1f; .byte 0xb8; 1: .long 0x90909090
    {9, "jump back into the middle of an instruction", "b80f059090ebfa"},  // .byte 0xb8; 1: .byte 0x0f,0x05,0x90,0x90; jmp 1b
    {9, "jcc into the middle of an instruction", "740248b80f05000000000000"},  // jz 1f; .byte 0x48,0xb8; 1: .quad 0x050f
    {9, "jump into its own immediate", "e9fcffffff", {.tail = false}},  // .byte 0xe9; .long -4
    {9, "jump behind a prefix", "eb0165678b00"},  // jmp 1f; .byte 0x65; 1: .byte 0x67,0x8b,0x00
    {9, "jump behind a lock prefix", "eb036567f00100"},  // jmp 1f; .byte 0x65,0x67,0xf0; 1: .byte 0x01,0x00
    {9, "jump behind gs of an rsp form", "740465678b0424"},  // jz 1f; .byte 0x65,0x67,0x8b,0x04; 1: .byte 0x24
    {9, "jump to the unit's end", "eb00", {.tail = false}},  // 1: jmp 2f; 2:
    {9, "jump past the unit, short", "eb40", {.tail = false}},  // .byte 0xeb,0x40
    {9, "jump before the unit, short", "eb80", {.tail = false}},  // .byte 0xeb,0x80
    {9, "jump before the cache", "e900e0ffff", {.tail = false}},  // .byte 0xe9; .long -8192
    {9, "jump far behind the cache", "e9ffffff7f", {.tail = false}},  // .byte 0xe9; .long 0x7fffffff
    {9, "jump far before the cache", "e900000080", {.tail = false}},  // .byte 0xe9; .long 0x80000000
    {9, "jcc to an unknown place in the cache", "0f8400200000"},  // .byte 0x0f,0x84; .long 0x2000
    {9, "jmp to an unknown place in the cache", "e900200000", {.tail = false}},  // .byte 0xe9; .long 0x2000
    {9, "jump into the middle of a stub", "e903f0ffff", {.tail = false}},  // .byte 0xe9; .long -4096-5+8
    {9, "jump behind the last stub", "e94bf0ffff", {.tail = false}},  // .byte 0xe9; .long -4096-5+80
    {9, "jump to a stub that is one byte off", "e9fcefffff", {.tail = false}},  // .byte 0xe9; .long -4096-5+1
    {9, "jcc into the middle of a stub", "0f8412f0ffff"},  // .byte 0x0f,0x84; .long -4096-6+24
    {9, "loop out of the unit", "e240"},  // .byte 0xe2,0x40
    {9, "jrcxz out of the unit", "e340"},  // .byte 0xe3,0x40
    {9, "jecxz", "67e3fd"},  // 1: .byte 0x67,0xe3,0xfd
    {9, "loop with ecx", "67e2fd"},  // 1: .byte 0x67,0xe2,0xfd
    {9, "67 on jmp", "67eb00"},  // .byte 0x67,0xeb,0x00
    {9, "67 on jcc rel32", "670f8400000000"},  // .byte 0x67,0x0f,0x84,0,0,0,0
    {9, "loop into the middle of an instruction", "eb05b800000000e2fa"},  // jmp 2f; .byte 0xb8; 1: .long 0; 2: loop 1b
    {9, "entry in the middle of an instruction", "b801000000", {.entry = 2}},  // mov $1,%eax
    {9, "entry behind the unit", "90", {.entry = 99}},  // nop
    {9, "short jump to a known entry", "eb7e", {.tail = false, .known = 4224}},  // .byte 0xeb,0x7e
    {9, "jump one past a known entry", "e9fc0f0000", {.tail = false, .known = 8192}},  // .byte 0xe9; .long 0x1000-4
    {9, "jump one before a known entry", "e9fa0f0000", {.tail = false, .known = 8192}},  // .byte 0xe9; .long 0x1000-6
    {9, "linked branch whose field straddles a line", "e9be0f0000", {.tail = false, .known = 8192, .at = 4157}},  // .byte 0xe9; .long 0x2000-0x1000-5-61
    // R10
    {10, "jump into DISPATCH behind the truncation", "740c644c8b1425100000004589db43ff24da", {.tail = false}},  // jz 1f; mov %fs:0x10,%r10; mov %r11d,%r11d; 1: jmp *(%r10,%r11,8)
    {10, "jump into DISPATCH behind the load", "7409644c8b1425100000004589db43ff24da", {.tail = false}},  // jz 1f; mov %fs:0x10,%r10; 1: mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {10, "jump back into DISPATCH", "644c8b1425100000004589db43ff24daebfa", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; 1: jmp *(%r10,%r11,8); jmp 1b
    {10, "jump into REBASE at the mov", "740964488b1c250800000089c4488d241c64488b1c2518000000"},  // jz 1f; mov %fs:8,%rbx; 1: mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {10, "jump into REBASE at the lea", "740b64488b1c250800000089c4488d241c64488b1c2518000000"},  // jz 1f; mov %fs:8,%rbx; mov %eax,%esp; 1: lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {10, "jump into REBASE at the reload", "740f64488b1c250800000089c4488d241c64488b1c2518000000"},  // jz 1f; mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; 1: mov %fs:0x18,%rbx
    {10, "jump into STRING at the truncation", "740964488b14250800000089ff488d3c17aa89ff64488b142518000000"},  // jz 1f; mov %fs:8,%rdx; 1: mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {10, "jump into STRING at the lea", "740b64488b14250800000089ff488d3c17aa89ff64488b142518000000"},  // jz 1f; mov %fs:8,%rdx; mov %edi,%edi; 1: lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {10, "jump into STRING at its op", "740f64488b14250800000089ff488d3c17aa89ff64488b142518000000"},  // jz 1f; mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; 1: stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {10, "loop to the op of STRING", "64488b14250800000089ff488d3c17aa89ff64488b142518000000e2f2"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; 1: stosb; mov %edi,%edi; mov %fs:0x18,%rdx; loop 1b
    {10, "jump into STRING behind its op", "741064488b14250800000089ff488d3c17aa89ff64488b142518000000"},  // jz 1f; mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; 1: mov %edi,%edi; mov %fs:0x18,%rdx
    {10, "jump into STRING at its reload", "741264488b14250800000089ff488d3c17aa89ff64488b142518000000"},  // jz 1f; mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; 1: mov %fs:0x18,%rdx
    {10, "jump into STRING at the source part", "740f64488b14250800000089ff488d3c1789f6488d3416a489ff89f664488b142518000000"},  // jz 1f; mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; 1: mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; movsb; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {10, "jump into STRING at the last truncation", "741864488b14250800000089ff488d3c1789f6488d3416a489ff89f664488b142518000000"},  // jz 1f; mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; movsb; mov %edi,%edi; 1: mov %esi,%esi; mov %fs:0x18,%rdx
    {10, "entry in DISPATCH", "644c8b1425100000004589db43ff24da", {.tail = false, .entry = 12}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {8, "entry at the dispatch jump", "644c8b1425100000004589db90", {.tail = false, .entry = 9}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; nop
    {10, "entry in REBASE", "64488b1c250800000089c4488d241c64488b1c2518000000", {.entry = 9}},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {10, "entry in STRING", "64488b14250800000089ff488d3c17aa89ff64488b142518000000", {.entry = 15}},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {9, "jump into the middle of REBASE's load", "740164488b1c250800000089c4488d241c64488b1c2518000000"},  // jz 1f; .byte 0x64; 1: .byte 0x48,0x8b,0x1c,0x25,8,0,0,0; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
};
// clang-format on

}  // namespace occlum::sfi::verifier

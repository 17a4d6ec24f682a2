// The way into guest code and back. fs.base is the vCPU block, gs.base the domain, all along.
//
// SAFETY: the only stack used is the kernel's own, before rsp is given to the guest and after it is taken back;
// between those points nothing is pushed. The flags that reach the guest are masked here, whatever the context
// says; those that reach the kernel have DF, TF, NT and AC clear. r11 and r10 are loaded with the guest's own
// values even where the landing pad reloads them, so that no host address leaks. The guest's pointers are not
// followed: only its context, which is kernel memory, and the block are accessed.

#include "sfi/gate/unsafe/layout.h"

#define RAX_ GATE_CTX_GPR(0)
#define RCX_ GATE_CTX_GPR(1)
#define RDX_ GATE_CTX_GPR(2)
#define RBX_ GATE_CTX_GPR(3)
#define RSP_ GATE_CTX_GPR(4)
#define RBP_ GATE_CTX_GPR(5)
#define RSI_ GATE_CTX_GPR(6)
#define RDI_ GATE_CTX_GPR(7)

    .text
    .hidden occlum_gate_enter
    .globl occlum_gate_enter
    .type occlum_gate_enter, @function
    .p2align 6
// u64 occlum_gate_enter(GuestContext* context, u64 landing)
occlum_gate_enter:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rdi, %fs:GATE_BLK_CONTEXT
    movq %rsp, %fs:GATE_BLK_KERNEL_SP
// A tick that comes before this place has left its mark; one that comes from here to the guest's first
// instruction is redirected to occlum_gate_preempted. So none is missed.
    .hidden occlum_gate_entering
    .globl occlum_gate_entering
occlum_gate_entering:
    cmpq $0, %fs:GATE_BLK_PREEMPTED
    jne occlum_gate_preempted
    cmpq $0, GATE_CTX_HOST_PC(%rdi)
    jne .Lraw

    movq %rsi, %fs:GATE_BLK_SCRATCH_PC
    movq GATE_CTX_GPR(GATE_TARGET)(%rdi), %rax
    movq %rax, %fs:GATE_BLK_SCRATCH(0)
    movq GATE_CTX_GPR(GATE_TABLE)(%rdi), %rax
    movq %rax, %fs:GATE_BLK_SCRATCH(1)
    movl RSP_(%rdi), %ecx
    addq %fs:GATE_BLK_BASE, %rcx

.Lload:                                  // rcx: the real stack pointer; GATE_BLK_SCRATCH_PC: where to go
    movl GATE_CTX_RFLAGS(%rdi), %edx
    testl $GATE_FLAGS_SLOW, %edx
    jnz .Lslow_flags
    movl %edx, %eax                      // cheaper than popfq
    shrl $11, %eax
    andl $1, %eax
    addb $0x7f, %al                      // OF
    movb %dl, %ah
    sahf                                 // SF ZF AF PF CF
.Lgo:                                    // the flags are the guest's: only moves from here on
    movq %rcx, %rsp
    movq RAX_(%rdi), %rax
    movq RCX_(%rdi), %rcx
    movq RDX_(%rdi), %rdx
    movq RBX_(%rdi), %rbx
    movq RBP_(%rdi), %rbp
    movq RSI_(%rdi), %rsi
    movq GATE_CTX_GPR(8)(%rdi), %r8
    movq GATE_CTX_GPR(9)(%rdi), %r9
    movq GATE_CTX_GPR(10)(%rdi), %r10
    movq GATE_CTX_GPR(11)(%rdi), %r11
    movq GATE_CTX_GPR(12)(%rdi), %r12
    movq GATE_CTX_GPR(13)(%rdi), %r13
    movq GATE_CTX_GPR(14)(%rdi), %r14
    movq GATE_CTX_GPR(15)(%rdi), %r15
    movq RDI_(%rdi), %rdi
    jmpq *%fs:GATE_BLK_SCRATCH_PC
    int3

.Lslow_flags:                            // DF or ID is set
    andl $GATE_FLAGS_GUEST, %edx
    orl $GATE_FLAGS_FIXED, %edx
    pushq %rdx
    popfq
    jmp .Lgo

.Lraw:
    movq GATE_CTX_HOST_PC(%rdi), %rax
    movq %rax, %fs:GATE_BLK_SCRATCH_PC
    .irp n, 0, 1, 2, 3
    movq GATE_CTX_SCRATCH(\n)(%rdi), %rax
    movq %rax, %fs:GATE_BLK_SCRATCH(\n)
    .endr
    movq GATE_CTX_GUEST_RIP(%rdi), %rax
    movq %rax, %fs:GATE_BLK_GUEST_RIP
    movq GATE_CTX_EXIT_ARG(%rdi), %rax
    movq %rax, %fs:GATE_BLK_EXIT_ARG
    movq RSP_(%rdi), %rcx
    jmp .Lload
    .hidden occlum_gate_entered
    .globl occlum_gate_entered
occlum_gate_entered:
    .size occlum_gate_enter, . - occlum_gate_enter

.macro RETURN_TO_KERNEL
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    retq
.endm

// Where the stub of this number lands: the guest's registers go to the context, canonically.
.macro EXIT number
    .p2align 6
    .hidden occlum_gate_exit_\number
    .globl occlum_gate_exit_\number
    .type occlum_gate_exit_\number, @function
occlum_gate_exit_\number:
    movq %rcx, %fs:GATE_BLK_SCRATCH_PC
    movq %fs:GATE_BLK_CONTEXT, %rcx
    movq %rax, RAX_(%rcx)
    movq %rdx, RDX_(%rcx)
    movq %rbx, RBX_(%rcx)
    movl %esp, %eax
    movq %rax, RSP_(%rcx)
    movq %fs:GATE_BLK_KERNEL_SP, %rsp
    pushfq
    movq %rbp, RBP_(%rcx)
    movq %rsi, RSI_(%rcx)
    movq %rdi, RDI_(%rcx)
    movq %r8, GATE_CTX_GPR(8)(%rcx)
    movq %r9, GATE_CTX_GPR(9)(%rcx)
    movq %r12, GATE_CTX_GPR(12)(%rcx)
    movq %r13, GATE_CTX_GPR(13)(%rcx)
    movq %r14, GATE_CTX_GPR(14)(%rcx)
    movq %r15, GATE_CTX_GPR(15)(%rcx)
    movq %fs:GATE_BLK_SCRATCH_PC, %rax
    movq %rax, RCX_(%rcx)
    movq %fs:GATE_BLK_SCRATCH(0), %rax
    movq %rax, GATE_CTX_GPR(GATE_TARGET)(%rcx)
    movq %fs:GATE_BLK_SCRATCH(1), %rax
    movq %rax, GATE_CTX_GPR(GATE_TABLE)(%rcx)
    .if \number == 0                     // a miss: the target is in its register
    movl %r11d, %eax
    .elseif \number == 5                 // likewise, and r11 is the address of its table entry
    movq %r11, %rax
    subq %fs:GATE_BLK_TABLE, %rax
    shrq $3, %rax
    movl %eax, %eax
    .else
    movl %fs:GATE_BLK_GUEST_RIP, %eax
    .endif
    movq %rax, GATE_CTX_RIP(%rcx)
    popq %rdx
    testl $GATE_FLAGS_HARMFUL, %edx
    jz 1f
    pushq $2
    popfq
1:  andl $GATE_FLAGS_GUEST, %edx
    orl $GATE_FLAGS_FIXED, %edx
    movq %rdx, GATE_CTX_RFLAGS(%rcx)
    movq $0, GATE_CTX_HOST_PC(%rcx)
    movl $(\number % 5), %eax
    RETURN_TO_KERNEL
    int3
    .size occlum_gate_exit_\number, . - occlum_gate_exit_\number
.endm

    .irp n, 0, 1, 2, 3, 4, 5
    EXIT \n
    .endr

    .p2align 4
    .hidden occlum_gate_interrupted
    .globl occlum_gate_interrupted
    .type occlum_gate_interrupted, @function
// Reached only by the exception handler's redirection, with rsp = kernel_sp.
occlum_gate_interrupted:
    cld
    movl $5, %eax
    RETURN_TO_KERNEL
    int3
    .size occlum_gate_interrupted, . - occlum_gate_interrupted

    .p2align 4
    .hidden occlum_gate_preempted
    .globl occlum_gate_preempted
    .type occlum_gate_preempted, @function
// The guest has not been entered, and its context is as it was. rsp = kernel_sp.
occlum_gate_preempted:
    movl $6, %eax
    RETURN_TO_KERNEL
    int3
    .size occlum_gate_preempted, . - occlum_gate_preempted

    .section .note.GNU-stack, "", @progbits

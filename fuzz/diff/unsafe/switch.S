// Native: fuzz_native_run loads a whole machine state and jumps; the signal hook leads back to fuzz_native_return.
// Confined: fuzz_confined_run puts the vector state around enter_guest.
#include "fuzz/diff/unsafe/switch.h"

.macro HOST_VECTORS                      // what libc may rely on
    fninit
    ldmxcsr .Lmxcsr(%rip)
    vzeroupper
.endm

    .text
    .globl fuzz_native_run
    .type fuzz_native_run, @function
    .p2align 4
fuzz_native_run:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    leaq fuzz_native_frame(%rip), %rdi
    rdfsbase %rax
    movq %rax, occlum_hosted_host_fs(%rip)
    rdgsbase %rax
    movq %rax, NATIVE_HOST_GS(%rdi)
    movq %rsp, NATIVE_HOST_SP(%rdi)
    movq $1, NATIVE_ACTIVE(%rdi)
    movq NATIVE_VECTORS(%rdi), %rcx
    movl $7, %eax
    xorl %edx, %edx
    xrstor64 (%rcx)
    movq NATIVE_FS(%rdi), %rax
    wrfsbase %rax
    movq NATIVE_GS(%rdi), %rax
    wrgsbase %rax
    pushq NATIVE_RFLAGS(%rdi)
    popfq
    movq 0(%rdi), %rax
    movq 8(%rdi), %rcx
    movq 16(%rdi), %rdx
    movq 24(%rdi), %rbx
    movq 32(%rdi), %rsp
    movq 40(%rdi), %rbp
    movq 48(%rdi), %rsi
    movq 64(%rdi), %r8
    movq 72(%rdi), %r9
    movq 80(%rdi), %r10
    movq 88(%rdi), %r11
    movq 96(%rdi), %r12
    movq 104(%rdi), %r13
    movq 112(%rdi), %r14
    movq 120(%rdi), %r15
    movq 56(%rdi), %rdi
    jmpq *fuzz_native_frame+NATIVE_RIP(%rip)

    .globl fuzz_native_return
    .type fuzz_native_return, @function
fuzz_native_return:
    leaq fuzz_native_frame(%rip), %rdi
    movq NATIVE_VECTORS(%rdi), %rcx
    movl $7, %eax
    xorl %edx, %edx
    xsave64 (%rcx)
    HOST_VECTORS
    movq NATIVE_HOST_GS(%rdi), %rax
    wrgsbase %rax
    movq occlum_hosted_host_fs(%rip), %rax
    wrfsbase %rax
    movq $0, NATIVE_ACTIVE(%rdi)
    movq $0, occlum_hosted_host_fs(%rip)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    retq

    .globl fuzz_confined_run
    .type fuzz_confined_run, @function
    .p2align 4
// u64 fuzz_confined_run(u64 frame, u64), called with fs.base on the vCPU block
fuzz_confined_run:
    pushq %rbx
    movq %rdi, %rbx
    movq CONFINED_VECTORS(%rbx), %rcx
    movl $7, %eax
    xorl %edx, %edx
    xrstor64 (%rcx)
    movq CONFINED_CONTEXT(%rbx), %rdi
    movq CONFINED_LANDING(%rbx), %rsi
    callq *CONFINED_ENTER(%rbx)
    movq %rax, %r8
    movq CONFINED_VECTORS(%rbx), %rcx
    movl $7, %eax
    xorl %edx, %edx
    xsave64 (%rcx)
    HOST_VECTORS
    movq %r8, %rax
    popq %rbx
    retq

    .globl fuzz_enter_stepping
    .type fuzz_enter_stepping, @function
    .p2align 4
// enter_guest with TF set. The gate never loads TF, but it does not clear it either where it needs no popfq.
fuzz_enter_stepping:
    pushfq
    orq $0x100, (%rsp)
    popfq
    jmp _ZN6occlum3sfi11enter_guestERNS0_12GuestContextEm

    .section .rodata
    .p2align 2
.Lmxcsr:
    .long 0x1f80

    .bss
    .globl fuzz_native_frame
    .p2align 6
fuzz_native_frame:
    .skip 192

    .section .note.GNU-stack, "", @progbits

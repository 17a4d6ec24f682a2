// fs.base between libc and the vCPU block. occlum_hosted_host_fs holds libc's while it is switched away, else 0, so
// that a signal handler finds its way back without thread-local storage.

    .text
    .globl occlum_hosted_call
    .type occlum_hosted_call, @function
    .p2align 4
// u64 occlum_hosted_call(u64 fs, u64 (*function)(u64, u64), u64 first, u64 second)
occlum_hosted_call:
    pushq %rbx
    rdfsbase %rbx
    movq %rbx, occlum_hosted_host_fs(%rip)
    wrfsbase %rdi
    movq %rsi, %rax
    movq %rdx, %rdi
    movq %rcx, %rsi
    callq *%rax
    wrfsbase %rbx
    movq $0, occlum_hosted_host_fs(%rip)
    popq %rbx
    retq
    .size occlum_hosted_call, . - occlum_hosted_call

    .globl occlum_hosted_signal
    .type occlum_hosted_signal, @function
    .p2align 4
// The installed handler: gives libc its fs.base back, then goes on in C++ with a fourth argument, whether it was away.
occlum_hosted_signal:
    pushq %rbx
    rdfsbase %rbx
    movq occlum_hosted_host_fs(%rip), %rcx
    testq %rcx, %rcx
    jz 1f
    wrfsbase %rcx
1:  callq occlum_hosted_signal_body
    wrfsbase %rbx
    popq %rbx
    retq
    .size occlum_hosted_signal, . - occlum_hosted_signal

    .bss
    .globl occlum_hosted_host_fs
    .p2align 3
occlum_hosted_host_fs:
    .quad 0

    .section .note.GNU-stack, "", @progbits

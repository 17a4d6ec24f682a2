// The ways into and out of the enclave: EENTER, ERESUME, EEXIT, the landing of asynchronous exits, the sites of
// ENCLU, and the first instructions of signal handlers. What stands here is atomic on hardware: an interruption
// in it is dropped (ticks come again).
#include "host/model/microcode/offsets.h"

#define GPR(n) (T_GPR + 8 * (n))
#define HOST_GPR(n) (T_HOST_GPR + 8 * (n))

    .section .tbss,"awT",@nobits
    .balign 8
model_current: .zero 8
model_scratch: .zero 8

    .data
    .balign 16
    .globl model_threads
    .hidden model_threads
model_threads: .zero 65 * 16
    .balign 64
initial_state:                  // XRSTOR: everything to its initial configuration
    .zero 24
    .long 0x1f80
    .zero 832 - 28

    .text
.macro save_host
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $24, %rsp
    stmxcsr (%rsp)
    fnstcw 4(%rsp)
    mov %rdi, %fs:model_current@tpoff
    mov %rsp, T_HOST_SP(%rdi)
.endm

    .globl model_enter
    .hidden model_enter
    .type model_enter, @function
model_enter:
    save_host
    mov T_SSA(%rdi), %rax
    mov HOST_GPR(5)(%rdi), %rbx
    mov %rsp, 144(%rax)
    mov %rbx, 152(%rax)
    ldmxcsr T_HOST_MXCSR(%rdi)
    fldcw T_HOST_FCW(%rdi)
    pushq T_ENTRY(%rdi)
    pushq T_HOST_RFLAGS(%rdi)
    mov T_ENCLAVE_GS(%rdi), %rax
    wrgsbase %rax
    mov T_ENCLAVE_FS(%rdi), %rax
    movq $MODE_ENCLAVE, T_MODE(%rdi)
    wrfsbase %rax
    mov T_CSSA(%rdi), %rax
    mov T_TCS(%rdi), %rbx
    lea after_exit(%rip), %rcx
    mov HOST_GPR(2)(%rdi), %rdx
    mov HOST_GPR(5)(%rdi), %rbp
    mov HOST_GPR(6)(%rdi), %rsi
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov HOST_GPR(\n)(%rdi), %r\n
    .endr
    mov HOST_GPR(7)(%rdi), %rdi
    popfq
    ret

    .globl model_resume
    .hidden model_resume
    .type model_resume, @function
model_resume:
    save_host
    mov T_SSA(%rdi), %rsi
    mov T_XSAVE(%rdi), %rcx
    mov $7, %eax
    xor %edx, %edx
    xrstor64 (%rcx)
    mov %rsp, 144(%rsi)         // an EEXIT of the resumed code returns to this caller's stack
    mov %rbp, 152(%rsi)
    mov %ss, %eax
    push %rax
    pushq 4*8(%rsi)
    pushq T_RFLAGS(%rdi)
    mov %cs, %eax
    push %rax
    pushq 136(%rsi)
    mov 176(%rsi), %rax
    wrgsbase %rax
    mov 168(%rsi), %rax
    movq $MODE_ENCLAVE, T_MODE(%rdi)
    wrfsbase %rax
    mov 0*8(%rsi), %rax
    mov 1*8(%rsi), %rcx
    mov 2*8(%rsi), %rdx
    mov 3*8(%rsi), %rbx
    mov 5*8(%rsi), %rbp
    mov 7*8(%rsi), %rdi
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov \n*8(%rsi), %r\n
    .endr
    mov 6*8(%rsi), %rsi
    iretq

// EEXIT leads here: the address that EENTER put into rcx. Only the host's fs is relied upon.
after_exit:
    mov %rax, %fs:model_scratch@tpoff
    mov %fs:model_current@tpoff, %rax
    mov %rcx, HOST_GPR(1)(%rax)
    mov %rdx, HOST_GPR(2)(%rax)
    mov %rbx, HOST_GPR(3)(%rax)
    mov %rsp, HOST_GPR(4)(%rax)
    mov %rbp, HOST_GPR(5)(%rax)
    mov %rsi, HOST_GPR(6)(%rax)
    mov %rdi, HOST_GPR(7)(%rax)
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov %r\n, HOST_GPR(\n)(%rax)
    .endr
    mov %fs:model_scratch@tpoff, %rcx
    mov %rcx, HOST_GPR(0)(%rax)
    mov T_HOST_SP(%rax), %rsp
    pushfq
    popq T_HOST_RFLAGS(%rax)
    stmxcsr T_HOST_MXCSR(%rax)
    fnstcw T_HOST_FCW(%rax)
    movups %xmm0, T_HOST_XMM0(%rax)
    movups %xmm15, T_HOST_XMM15(%rax)
    movq $0, T_LEFT_BY_AEX(%rax)
restore_host:
    pushq $2
    popfq
    ldmxcsr (%rsp)
    fldcw 4(%rsp)
    add $24, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

// Asynchronous exits lead here, with the synthetic register state.
    .globl model_aep
    .hidden model_aep
    .type model_aep, @function
model_aep:
    mov %fs:model_current@tpoff, %rax
    mov T_HOST_SP(%rax), %rsp
    movq $1, T_LEFT_BY_AEX(%rax)
    jmp restore_host

// The sites of ENCLU call this. eax is the leaf; EEXIT's target is rbx.
    .globl model_enclu
    .hidden model_enclu
    .type model_enclu, @function
model_enclu:
    push %rcx
    push %rdx
    pushfq
    rdfsbase %rdx
    lea model_threads(%rip), %rcx
1:  cmp %rdx, (%rcx)
    je 2f
    cmpq $0, (%rcx)
    je 3f
    add $16, %rcx
    jmp 1b
3:  ud2                         // the enclave has changed fs.base: nothing can be done
2:  mov 8(%rcx), %rcx
    cmp $4, %eax
    jne other_leaf

    mov T_HOST_GS(%rcx), %rdx
    wrgsbase %rdx
    mov T_HOST_FS(%rcx), %rdx
    movq $MODE_HOST, T_MODE(%rcx)
    wrfsbase %rdx
    popfq
    pop %rdx
    lea 16(%rsp), %rsp          // rcx and the site's return address; no flags
    lea model_aep(%rip), %rcx
    jmp *%rbx

other_leaf:
    mov %rax, GPR(0)(%rcx)
    mov %rbx, GPR(3)(%rcx)
    mov %rbp, GPR(5)(%rcx)
    mov %rsi, GPR(6)(%rcx)
    mov %rdi, GPR(7)(%rcx)
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov %r\n, GPR(\n)(%rcx)
    .endr
    mov %rcx, %rbx
    pop T_RFLAGS(%rbx)
    pop GPR(2)(%rbx)
    pop GPR(1)(%rbx)
    mov (%rsp), %rax
    mov %rax, T_RIP(%rbx)
    lea 8(%rsp), %rax
    mov %rax, GPR(4)(%rbx)
    mov T_HOST_FS(%rbx), %rdx
    movq $MODE_LEAF, T_MODE(%rbx)
    wrfsbase %rdx
    mov T_MICRO_SP(%rbx), %rsp
    pushq $2
    popfq
    mov %rbx, %rdi
    call model_leaf
    test %rax, %rax
    jnz leave_asynchronously
    mov T_ENCLAVE_FS(%rbx), %rdx
    wrfsbase %rdx
    movq $MODE_ENCLAVE, T_MODE(%rbx)
    mov %rbx, %rcx
    mov GPR(4)(%rcx), %rsp
    pushq T_RIP(%rcx)
    pushq T_RFLAGS(%rcx)
    mov GPR(0)(%rcx), %rax
    mov GPR(2)(%rcx), %rdx
    mov GPR(3)(%rcx), %rbx
    mov GPR(5)(%rcx), %rbp
    mov GPR(6)(%rcx), %rsi
    mov GPR(7)(%rcx), %rdi
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    mov GPR(\n)(%rcx), %r\n
    .endr
    mov GPR(1)(%rcx), %rcx
    popfq
    ret

leave_asynchronously:
    mov T_HOST_GS(%rbx), %rdx
    wrgsbase %rdx
    mov $7, %eax
    xor %edx, %edx
    xrstor64 initial_state(%rip)
    jmp model_aep

// Handler of all signals that may meet a thread in the enclave. fs.base may be the enclave's: first the host's.
    .globl model_signal_entry
    .hidden model_signal_entry
    .type model_signal_entry, @function
model_signal_entry:
    mov %rsp, %rax
    and $-SIGNAL_STACK_SIZE, %rax
    xor %ecx, %ecx
    movabs $SIGNAL_STACK_MARK, %r9
    cmp %r9, (%rax)
    jne 1f
    mov 8(%rax), %rcx
    rdfsbase %r8
    mov T_HOST_FS(%rcx), %rax
    wrfsbase %rax
    push %r8
    call model_signal
    pop %r8
    test %al, %al
    jnz 2f
    wrfsbase %r8
2:  ret
1:  push %r8
    call model_signal
    pop %r8
    ret

    .section .note.GNU-stack,"",@progbits

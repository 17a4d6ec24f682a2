// void occlum_switch_stack(u64* save_sp, u64 load_sp)
//
// SAFETY: pushes what the ABI says a callee keeps, stores rsp, takes the other stack and pops the same there. load_sp
// is a value stored here before, or made by prepare_stack() with the same shape. Vector registers and the guest's
// segment bases are the caller's business.
    .text
    .hidden occlum_switch_stack
    .globl occlum_switch_stack
    .type occlum_switch_stack, @function
    .p2align 4
occlum_switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    retq
    .size occlum_switch_stack, . - occlum_switch_stack

    .section .note.GNU-stack, "", @progbits

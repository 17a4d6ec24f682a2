// The only instructions of the kernel that touch guest memory. A fault in one of them goes on at its fixup
// (user_copy_fixup in domain_memory.cpp). All return 0, or what is not 0 after a fault.
// SAFETY: the ranges are checked by domain_memory.cpp, the only caller; only argument registers and rax are
// changed, DF is clear as the ABI wants it.
    .text
    .macro function name
    .globl \name
    .hidden \name
    .type \name, @function
    .balign 16
\name:
    .endm

// (rdi: to, rsi: from, rdx: size). Small sizes avoid the start-up cost of rep movsb.
function occlum_user_copy
    cmp $8, %rdx
    je 1f
    cmp $4, %rdx
    je 2f
    mov %rdx, %rcx
    .globl occlum_user_copy_bytes
    .hidden occlum_user_copy_bytes
occlum_user_copy_bytes:
    rep movsb
    mov %rcx, %rax
    ret
1:
    .globl occlum_user_copy_load
    .hidden occlum_user_copy_load
occlum_user_copy_load:
    mov (%rsi), %rax
    .globl occlum_user_copy_store
    .hidden occlum_user_copy_store
occlum_user_copy_store:
    mov %rax, (%rdi)
    xor %eax, %eax
    ret

2:  // whole, for futex words
    .globl occlum_user_copy_load4
    .hidden occlum_user_copy_load4
occlum_user_copy_load4:
    mov (%rsi), %eax
    .globl occlum_user_copy_store4
    .hidden occlum_user_copy_store4
occlum_user_copy_store4:
    mov %eax, (%rdi)
    xor %eax, %eax
    ret

// (rdi: word, rsi: u32 expected, replaced by what was found, edx: desired)
function occlum_user_compare_exchange
    mov (%rsi), %eax
    .globl occlum_user_exchange
    .hidden occlum_user_exchange
occlum_user_exchange:
    lock cmpxchg %edx, (%rdi)
    mov %eax, (%rsi)
    xor %eax, %eax
    ret

// (rdi: to, esi: value, rdx: size)
function occlum_user_fill
    mov %esi, %eax
    mov %rdx, %rcx
    .globl occlum_user_fill_bytes
    .hidden occlum_user_fill_bytes
occlum_user_fill_bytes:
    rep stosb
    mov %rcx, %rax
    ret

// Where the labelled instructions go on after a fault.
    .globl occlum_user_copy_faulted
    .hidden occlum_user_copy_faulted
    .balign 16
occlum_user_copy_faulted:
    mov $1, %eax
    ret

    .section .note.GNU-stack, "", @progbits

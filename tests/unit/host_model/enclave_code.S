// One page of enclave code that does single things on request. rdi says what:
//   0 nothing                    → rsi = CSSA, rdx = TCS, r8 = fs.base
//   1 leaf r8 with rbx = rsi, rcx = rdx, rdx = r9   → rsi = RAX, rdx = ZF
//   2 load from rsi              → rsi
//   3 store r8 to rsi
//   4 jump to rsi; the code there comes back by `jmp *%r14`
//   5 fill xmm0, load from rsi   → rsi, xmm0
//   6 count to r8               → rsi
//   7 ENCLU that is not a site
//   8 fill all registers, then #UD
.macro ENCLU
    .byte 0x0f, 0x01, 0xd7, 0x0f, 0x1f, 0x40, 0x00
.endm
    .section .rodata
    .globl enclave_code_start, enclave_code_end
    .balign 16
enclave_code_start:
    mov %rcx, %r15
    lea enclave_code_start+0x2000(%rip), %rsp   // the data page's end: the model's ENCLU pushes
    cmp $0, %rdi
    je nothing
    cmp $1, %rdi
    je leaf
    cmp $2, %rdi
    je load
    cmp $3, %rdi
    je store
    cmp $4, %rdi
    je jump
    cmp $5, %rdi
    je vector
    cmp $6, %rdi
    je count
    cmp $7, %rdi
    je stray
    cmp $8, %rdi
    je fill
    ud2
nothing:
    mov %rax, %rsi
    mov %rbx, %rdx
    rdfsbase %r8
leave:
    mov %r15, %rbx
    mov $4, %eax
    ENCLU
    ud2
leaf:
    mov %r8, %rax
    mov %rsi, %rbx
    mov %rdx, %rcx
    mov %r9, %rdx
    ENCLU
    setz %r10b
    movzbl %r10b, %edx
    mov %rax, %rsi
    jmp leave
load:
    mov (%rsi), %rsi
    jmp leave
store:
    mov %r8, (%rsi)
    jmp leave
jump:
    lea leave(%rip), %r14
    jmp *%rsi
vector:
    mov $0x1122334455667788, %rax
    movq %rax, %xmm0
    movq %rax, %xmm15
    mov (%rsi), %rsi
    jmp leave
count:
    xor %esi, %esi
1:  inc %rsi
    cmp %r8, %rsi
    jne 1b
    jmp leave
stray:
    mov $5, %eax
    .byte 0x0f, 0x01, 0xd7
    jmp leave
fill:
    mov $0x1000, %rax
    mov $0x1001, %rcx
    mov $0x1002, %rdx
    mov $0x1003, %rbx
    mov $0x1005, %rbp
    mov $0x1006, %rsi
    mov $0x1007, %rdi
    mov $0x1008, %r8
    mov $0x1009, %r9
    mov $0x100a, %r10
    mov $0x100b, %r11
    mov $0x100c, %r12
    mov $0x100d, %r13
    mov $0x100e, %r14
    stc
    .globl enclave_code_fault
enclave_code_fault:
    ud2
    jmp leave
enclave_code_end:
    .section .note.GNU-stack,"",@progbits

.macro probe name, instruction:vararg
    .globl probe_\name\()_call, probe_\name, probe_\name\()_end
    .hidden probe_\name\()_call, probe_\name, probe_\name\()_end
    .type probe_\name\()_call, @function
probe_\name\()_call:
probe_\name:
    \instruction
probe_\name\()_end:
    ret
.endm
    .text
    probe store, mov %rsi, (%rdi)
    probe undefined, ud2
    probe breakpoint, int3
    probe null, mov 8, %rax

    .globl probe_divide_call, probe_divide, probe_divide_end
    .hidden probe_divide_call, probe_divide, probe_divide_end
probe_divide_call:
    xor %ecx, %ecx
    xor %edx, %edx
    mov $1, %eax
probe_divide:
    div %rcx
probe_divide_end:
    ret

    .globl probe_non_canonical_call, probe_non_canonical, probe_non_canonical_end
    .hidden probe_non_canonical_call, probe_non_canonical, probe_non_canonical_end
probe_non_canonical_call:
    movabs $0x8000000000000000, %rcx
probe_non_canonical:
    mov (%rcx), %rax
probe_non_canonical_end:
    ret

// Returns how many registers have changed while done() was asked again and again, with a pause between.
    .globl probe_registers
    .hidden probe_registers
probe_registers:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    mov %rdi, %rbx
1:  mov $0x1111, %r8d
    mov $0x2222, %r9d
    mov $0x3333, %r10d
    mov $0x4444, %r11d
    mov $0x5555, %r12d
    mov $0x6666, %r13d
    mov $0x7777, %r14d
    mov $0x8888, %r15d
    mov $0x9999, %ebp
    mov $0xaaaa, %esi
    mov $0xbbbb, %edi
    mov $100000, %ecx
    stc
2:  pause
    dec %rcx                    // leaves CF
    jnz 2b
    setnc %al
    movzbl %al, %eax
.macro check register, value
    cmp $\value, \register
    je 3f
    inc %eax
3:
.endm
    check %r8, 0x1111
    check %r9, 0x2222
    check %r10, 0x3333
    check %r11, 0x4444
    check %r12, 0x5555
    check %r13, 0x6666
    check %r14, 0x7777
    check %r15, 0x8888
    check %rbp, 0x9999
    check %rsi, 0xaaaa
    check %rdi, 0xbbbb
    test %eax, %eax
    jnz 4f
    call *%rbx
    test %al, %al
    jz 1b
    xor %eax, %eax
4:  add $8, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

// Returns how many of rbx, rbp, r12..r15 a call has changed.
    .globl probe_call
    .hidden probe_call
probe_call:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    sub $8, %rsp
    mov $0x5555, %r12d
    mov $0x6666, %r13d
    mov $0x7777, %r14d
    mov $0x8888, %r15d
    mov $0x9999, %ebp
    mov $0xaaaa, %ebx
    call *%rdi
    xor %eax, %eax
    check %r12, 0x5555
    check %r13, 0x6666
    check %r14, 0x7777
    check %r15, 0x8888
    check %rbp, 0x9999
    check %rbx, 0xaaaa
    jmp 4b

// Returns how many of ymm0..15 (as far as compared), MXCSR and the x87 control word have changed over call().
    .globl probe_vectors
    .hidden probe_vectors
probe_vectors:
    push %rbx
    sub $16, %rsp
    movl $0x1f80 | 0x6000, (%rsp)
    ldmxcsr (%rsp)
    movw $0x27f, (%rsp)
    fldcw (%rsp)
    fldpi
    mov $0x1234567, %eax
    vmovd %eax, %xmm0
    vpbroadcastd %xmm0, %ymm0
    vmovdqa %ymm0, %ymm7
    vmovdqa %ymm0, %ymm15
    call *%rdi
    xor %ebx, %ebx
    vpcmpeqd %ymm0, %ymm7, %ymm1
    vpcmpeqd %ymm0, %ymm15, %ymm2
    vpand %ymm1, %ymm2, %ymm1
    vpmovmskb %ymm1, %eax
    cmp $-1, %eax
    je 1f
    inc %ebx
1:  vmovd %xmm0, %eax
    cmp $0x1234567, %eax
    je 1f
    inc %ebx
1:  stmxcsr (%rsp)
    cmpl $0x7f80, (%rsp)
    je 1f
    inc %ebx
1:  fnstcw (%rsp)
    cmpw $0x27f, (%rsp)
    je 1f
    inc %ebx
1:  fldpi
    fcompp
    fnstsw %ax
    and $0x4500, %ax
    cmp $0x4000, %ax
    je 1f
    inc %ebx
1:  mov %ebx, %eax
    fninit
    vzeroall
    add $16, %rsp
    pop %rbx
    ret

    .section .note.GNU-stack,"",@progbits

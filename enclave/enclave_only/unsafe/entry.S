// The door of the enclave.
// SAFETY: memory is reached only at constant offsets from fs.base, which the hardware loads from the measured TCS, and
// through rsp after it has been loaded from there. Letters and numbers name the items of the boundary checklist in enclave/README.md.
//
// In this section rsp and rbp may be the host's and the registers hostile: the exception handler never touches
// a thread that was interrupted between enclave_door_begin and enclave_door_end.
#include "enclave/enclave_only/unsafe/offsets.h"

// The true opcode, and room for what the software model puts in its place (host/model/README.md).
.macro ENCLU
    .byte 0x0f, 0x01, 0xd7
    .byte 0x0f, 0x1f, 0x40, 0x00
.endm

.macro zero_but_arguments
    xor %eax, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %ebp, %ebp
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
.endm

// E2, E4: fixed flags (DF, AC, TF clear), fixed x87 and vector state. Uses the stack, eax and edx.
.macro sanitise
    pushq $2
    popfq
    mov $7, %eax
    xor %edx, %edx
    xrstor64 entry_state(%rip)
    lfence
.endm

    .hidden __ehdr_start
    .section .rodata.door,"a"
    .balign 64
// XRSTOR images with everything initial but MXCSR. Entry: all exceptions masked and flagged (0x1fbf), so that
// MXCSR-dependent timing does not depend on data.
entry_state:
    .short 0x37f
    .zero 22
    .long 0x1fbf
    .zero 832 - 28
    .balign 64
exit_state:
    .short 0x37f
    .zero 22
    .long 0x1f80
    .zero 832 - 28

    .section .text.door,"ax",@progbits
    .globl enclave_door_begin
    .hidden enclave_door_begin
enclave_door_begin:

// EENTER leads here: rax = CSSA, rbx = TCS, rcx = the host's address behind EENTER; all else is the host's choice.
// E1: only CSSA and the thread's own state decide.
    .globl enclave_entry
    .type enclave_entry, @function
enclave_entry:
    rdfsbase %rdx
    cmp $1, %rax
    je entry_exception
    ja entry_fatal
    cmpq $THREAD_NEW, STATE(%rdx)
    je entry_start
    cmpq $THREAD_IN_CALL, STATE(%rdx)
    je entry_reply

// E6: nothing was due. The host gets its registers' shape back and learns nothing.
refuse:
    mov %rcx, %rbx
    mov $LEAVE_REFUSED, %edi
    xor %esi, %esi
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    xor %edx, %edx
    mov $4, %eax
    ENCLU
    ud2

// E3: a trusted stack before the first push. E5: rsi is checked by enclave_start.
entry_start:
    cmp $ENTER_START, %rdi
    jne refuse
    lea __ehdr_start(%rip), %rax
    add $FIRST_THREAD_PAGE, %rax
    cmp %rax, %rdx
    je 1f                       // thread 0; the others wait until it has made the image ready
    cmpl $0, enclave_ready(%rip)
    je refuse
1:  movq $THREAD_RUNNING, STATE(%rdx)
    mov %rcx, EXIT_TARGET(%rdx)
    lea BOOT_STACK_TOP(%rdx), %rsp
    sanitise
    mov %rsi, %rdi
    zero_but_arguments
    xor %esi, %esi
    call enclave_start
    ud2

entry_reply:
    cmp $ENTER_REPLY, %rdi
    jne refuse
    cmpq $0, DEPTH(%rdx)        // a call of the exception handler is its last
    jne refuse
    mov %rcx, EXIT_TARGET(%rdx)
    mov SAVED_SP(%rdx), %rsp
    mov %rdx, %rcx
    pushq $2
    popfq
    mov $7, %eax
    xor %edx, %edx
    xrstor64 VECTORS(%rcx)
    lfence
    movq $THREAD_RUNNING, STATE(%rcx)
    xor %esi, %esi
    xor %edi, %edi
    zero_but_arguments
    pop %rax                    // EENTER has loaded gs.base from the TCS; here it is the current domain's
    wrgsbase %rax
    xor %eax, %eax
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret

// X1, X2: what the host sees is fixed but for rdi, rsp and rbp. X3: nothing runs behind EEXIT.
    .globl enclave_leave
    .hidden enclave_leave
    .type enclave_leave, @function
enclave_leave:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    rdgsbase %rax
    push %rax
    rdfsbase %rcx
    mov %rsp, SAVED_SP(%rcx)
    mov $7, %eax
    xor %edx, %edx
    xsave64 VECTORS(%rcx)
    movq $THREAD_IN_CALL, STATE(%rcx)
    mov EXIT_TARGET(%rcx), %rbx
    mov $LEAVE_CALL, %edi
leave_with:                     // rcx: fs.base, rbx: target, edi: reason
    mov $7, %eax
    xor %edx, %edx
    xrstor64 exit_state(%rip)
    mov DEPTH(%rcx), %rdx
    shl $12, %rdx
    mov SSA_URSP(%rcx,%rdx), %rsp
    mov SSA_URBP(%rcx,%rdx), %rbp
    cmp $LEAVE_CALL, %edi
    je 1f
    movq $0, DEPTH(%rcx)
1:  xor %esi, %esi
    xor %ecx, %ecx
    xor %r8d, %r8d
    xor %r9d, %r9d
    xor %r10d, %r10d
    xor %r11d, %r11d
    xor %r12d, %r12d
    xor %r13d, %r13d
    xor %r14d, %r14d
    xor %r15d, %r15d
    xor %edx, %edx
    mov $4, %eax
    ENCLU
    ud2

// H1, H2, H7: its own stack, never nested, never before the first entry.
entry_exception:
    cmpq $THREAD_NEW, STATE(%rdx)
    je refuse
    cmpq $0, DEPTH(%rdx)
    jne refuse
    cmp $ENTER_EXCEPTION, %rdi
    je 1f
    cmp $ENTER_TICK, %rdi
    jne refuse
1:  movq $1, DEPTH(%rdx)
    mov %rdx, %r8
    lea EXCEPTION_STACK_TOP(%rdx), %rsp
    push %rcx
    push %r8
    sanitise
    xor %esi, %esi
    zero_but_arguments
    call enclave_exception
    mov %eax, %edi
    pop %rcx
    pop %rbx
    jmp leave_with

// A fault of the exception handler itself: reported, never resumed.
entry_fatal:
    cmp $2, %rax
    jne refuse
    cmp $ENTER_EXCEPTION, %rdi
    jne refuse
    cmpq $1, DEPTH(%rdx)
    jne refuse
    movq $2, DEPTH(%rdx)
    mov %rcx, EXIT_TARGET(%rdx)
    lea FATAL_STACK_TOP(%rdx), %rsp
    sanitise
    xor %esi, %esi
    xor %edi, %edi
    zero_but_arguments
    call enclave_fatal
    ud2

    .globl enclave_door_end
    .hidden enclave_door_end
enclave_door_end:

.macro leaf_function name, number
    .globl \name
    .hidden \name
    .type \name, @function
\name:
    push %rbx
    mov %rdi, %rbx
    mov %rsi, %rcx
    mov $\number, %eax
    ENCLU
    pop %rbx
    ret
.endm
    .text
    leaf_function enclave_report, 0
    leaf_function enclave_get_key, 1
    leaf_function enclave_accept, 5
    leaf_function enclave_extend, 6

    .section .note.GNU-stack,"",@progbits

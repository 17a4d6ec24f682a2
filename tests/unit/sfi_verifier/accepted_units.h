// Units that the verifier accepts: every kind of form, and both sides of each limit with the refused ones.
#pragma once

#include "tests/unit/sfi_verifier/unit_case.h"

namespace occlum::sfi::verifier {

// clang-format off
inline constexpr UnitCase kAcceptedUnits[] = {
    // memory forms
    {0, "gs load", "6567488b18"},  // mov %gs:(%eax),%rbx
    {0, "gs store with base, index, scale, displacement", "65674b899cc878563412"},  // mov %rbx,%gs:0x12345678(%r8d,%r9d,8)
    {0, "gs absolute by SIB", "65678b042500100000"},  // .byte 0x65,0x67,0x8b,0x04,0x25,0,0x10,0,0
    {0, "gs with esp as base", "65678b442408"},  // mov %gs:8(%esp),%eax
    {0, "gs with esp and an index", "65678b448408"},  // mov %gs:8(%esp,%eax,4),%eax
    {0, "gs with ebp", "65678b45f8"},  // mov %gs:-8(%ebp),%eax
    {0, "gs with an r12d index", "65674a8b0460"},  // mov %gs:(%eax,%r12d,2),%rax
    {0, "gs with an r13d base", "6567498b4500"},  // mov %gs:(%r13d),%rax
    {0, "gs byte store of ah", "65678820"},  // mov %ah,%gs:(%eax)
    {0, "rsp load", "488b0424"},  // mov (%rsp),%rax
    {0, "rsp store below", "4889442480"},  // mov %rax,-128(%rsp)
    {0, "rsp, byte", "0fb6442407"},  // movzbl 7(%rsp),%eax
    {0, "rsp with sse", "0f10442410"},  // movups 16(%rsp),%xmm0
    {0, "rsp with avx", "c5fe6f442410"},  // vmovdqu 16(%rsp),%ymm0
    {0, "rsp with lock", "f0480fc10424"},  // .byte 0xf0,0x48,0x0f,0xc1,0x04,0x24
    {0, "fldcw on the stack", "d96c24f8"},  // fldcw -8(%rsp)
    {0, "ldmxcsr on the stack", "0fae5424f8"},  // ldmxcsr -8(%rsp)
    {0, "reach up to the last byte", "8b842400000700"},  // mov 458752(%rsp),%eax
    {0, "reach down to the last byte", "8b84240000f9ff"},  // mov -458752(%rsp),%eax
    {0, "reach after a push is exact", "508b842400000800"},  // push %rax; mov 524288(%rsp),%eax
    {0, "reach after a push is exact, below", "508b84240000f8ff"},  // push %rax; mov -524288(%rsp),%eax
    // slots
    {0, "spill and reload S0", "64488904251800000064488b042518000000"},  // mov %rax,%fs:0x18; mov %fs:0x18,%rax
    {0, "spill and reload S1", "644c893c2520000000644c8b042520000000"},  // mov %r15,%fs:0x20; mov %fs:0x20,%r8
    {0, "spill and reload S2", "6448892c252800000064488b3c2528000000"},  // mov %rbp,%fs:0x28; mov %fs:0x28,%rdi
    {0, "spill and reload S3", "6448890c2530000000644c8b242530000000"},  // mov %rcx,%fs:0x30; mov %fs:0x30,%r12
    {0, "guest fs base", "64488b042538000000"},  // mov %fs:0x38,%rax
    {0, "guest gs base", "644c8b1c2540000000"},  // mov %fs:0x40,%r11
    {0, "guest rip", "64c704254800000000104000"},  // movl $0x401000,%fs:0x48
    {0, "exit argument", "64c704255000000007000000"},  // movl $7,%fs:0x50
    // rsp
    {0, "mov esp to a register", "89e0"},  // mov %esp,%eax
    {0, "mov esp to r15", "4189e7"},  // mov %esp,%r15d
    {0, "mov esp by 8b", "8bc4"},  // .byte 0x8b,0xc4
    {0, "lea of esp", "678d442408"},  // .byte 0x67,0x8d,0x44,0x24,0x08
    {0, "lea of esp and an index", "678d448c08"},  // lea 8(%esp,%ecx,4),%eax
    {0, "lea of esp, 64 bits: the address has 32", "67488d442408"},  // .byte 0x67,0x48,0x8d,0x44,0x24,0x08
    {0, "lea 64 bits without segment", "488d4c9808"},  // lea 8(%rax,%rbx,4),%rcx
    {0, "lea absolute", "488d042500100000"},  // lea 0x1000,%rax
    {0, "push and pop", "534154415c5b"},  // push %rbx; push %r12; pop %r12; pop %rbx
    {0, "push imm8", "6aff4883c408"},  // push $-1; add $8,%rsp
    {0, "push imm32", "680010400058"},  // push $0x401000; pop %rax
    {0, "push memory", "6567ff3058"},  // pushq %gs:(%eax); pop %rax
    {0, "push memory on the stack", "ff74240858"},  // pushq 8(%rsp); pop %rax
    {0, "pop memory", "5065678f01"},  // push %rax; popq %gs:(%ecx)
    {0, "pop memory on the stack", "508f442408"},  // push %rax; popq 8(%rsp)
    {0, "pop memory at its reach", "508f8424f8ff0700"},  // push %rax; popq 524280(%rsp)
    {0, "pushf", "9c58"},  // pushf; pop %rax
    {0, "and of -16", "504883e4f0"},  // push %rax; and $-16,%rsp
    {0, "and of -4096", "504881e400f0ffff"},  // push %rax; and $-4096,%rsp
    {0, "and of -1", "504883e4ff"},  // push %rax; and $-1,%rsp
    {0, "sub at its limit", "504881ec00000100"},  // push %rax; sub $65536,%rsp
    {0, "sub of -64 KiB", "504881ec0000ffff"},  // push %rax; sub $-65536,%rsp
    {0, "add at its limit", "504881c400000100"},  // push %rax; add $65536,%rsp
    {0, "lea at its limit down", "50488da4240000ffff"},  // push %rax; lea -65536(%rsp),%rsp
    {0, "lea at its limit up", "50488da42400000100"},  // push %rax; lea 65536(%rsp),%rsp
    {0, "drift at its limit by parts", "504881ecf8ff00004883ec08"},  // push %rax; sub $65528,%rsp; sub $8,%rsp
    {0, "drift at its limit with and", "504881ec01f000004881e400f0ffff"},  // push %rax; sub $61441,%rsp; and $-4096,%rsp
    {0, "drift repaired by an access", "504881ec000001008b04244881ec00000100"},  // push %rax; sub $65536,%rsp; mov (%rsp),%eax; sub $65536,%rsp
    {0, "drift repaired by a store", "504881ec00000100894424f84881ecf8ff0000"},  // push %rax; sub $65536,%rsp; mov %eax,-8(%rsp); sub $65528,%rsp
    {0, "branch forward with a moved rsp", "4883ec0874019050"},  // sub $8,%rsp; jz 1f; nop; 1: push %rax
    {0, "branch forward with twice the drift", "4881ec0000010074015050"},  // sub $65536,%rsp; jz 1f; push %rax; 1: push %rax
    {0, "moved rsp at a join that is fallen into", "4883ec08eb0050"},  // sub $8,%rsp; jmp 1f; 1: push %rax
    {0, "loose block after loose block", "4883ec0874019074019050"},  // sub $8,%rsp; jz 1f; nop; 1: jz 2f; nop; 2: push %rax
    {0, "drift undone before the branch", "4883ec084883c408"},  // sub $8,%rsp; add $8,%rsp
    {0, "drift kept over a branch not taken", "5074044883ec0890"},  // push %rax; jz 1f; sub $8,%rsp; 1: nop
    {0, "far access keeps the better knowledge", "8b842400900100"},  // mov 102400(%rsp),%eax
    {0, "a loop that pushes", "50ebfd", {.tail = false}},  // 1: push %rax; jmp 1b
    {0, "a loop that moves and touches", "4881ec00100000890424ebf4", {.tail = false}},  // 1: sub $4096,%rsp; mov %eax,(%rsp); jmp 1b
    {0, "eight moves of 64 KiB after a push reach the limit", "504881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ec000001004881ecf8ff000050"},  // push %rax; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65536,%rsp; sub $65528,%rsp; push %rax
    {0, "code after a jump may have any drift behind it", "4883ec084883c408eb019050"},  // sub $8,%rsp; add $8,%rsp; jmp 1f; nop; 1: push %rax
    // sequences
    {0, "REBASE", "6448891c251800000064488b1c250800000089c4488d241c64488b1c2518000000"},  // mov %rbx,%fs:0x18; mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {0, "REBASE by 8b", "64488b1c25080000008be0488d241c64488b1c2520000000"},  // mov %fs:8,%rbx; .byte 0x8b,0xe0; lea (%rsp,%rbx,1),%rsp; mov %fs:0x20,%rbx
    {0, "REBASE with r15", "644c8b3c25080000004489f44a8d243c644c8b3c2530000000"},  // mov %fs:8,%r15; mov %r14d,%esp; lea (%rsp,%r15,1),%rsp; mov %fs:0x30,%r15
    {0, "REBASE with rbp", "64488b2c250800000089c4488d242c64488b2c2528000000"},  // mov %fs:8,%rbp; mov %eax,%esp; lea (%rsp,%rbp,1),%rsp; mov %fs:0x28,%rbp
    {0, "REBASE with r12", "644c8b24250800000089c44a8d2424644c8b242528000000"},  // mov %fs:8,%r12; mov %eax,%esp; lea (%rsp,%r12,1),%rsp; mov %fs:0x28,%r12
    {0, "REBASE of esp itself", "64488b1c250800000089e4488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %esp,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {0, "REBASE of its own register lands at B", "64488b1c250800000089dc488d241c64488b1c2518000000"},  // mov %fs:8,%rbx; mov %ebx,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {0, "REBASE then 64 KiB", "64488b1c250800000089c4488d241c64488b1c25180000004881ec00000100"},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx; sub $65536,%rsp
    {0, "REBASE as a jump target", "64488b1c250800000089c4488d241c64488b1c251800000074e6"},  // 1: mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx; jz 1b
    {0, "REBASE as an entry", "64488b1c250800000089c4488d241c64488b1c2518000000", {.entry = 0}},  // mov %fs:8,%rbx; mov %eax,%esp; lea (%rsp,%rbx,1),%rsp; mov %fs:0x18,%rbx
    {0, "STRING stosb", "64488b14250800000089ff488d3c17aa89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {0, "STRING stosw", "64488b14250800000089ff488d3c1766ab89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosw; mov %edi,%edi; mov %fs:0x18,%rdx
    {0, "STRING rep stosl", "64488b1c250800000089ff488d3c1ff3ab89ff64488b1c2518000000"},  // mov %fs:8,%rbx; mov %edi,%edi; lea (%rdi,%rbx,1),%rdi; rep stosl; mov %edi,%edi; mov %fs:0x18,%rbx
    {0, "STRING rep stosq with r15", "644c8b3c250800000089ff4a8d3c3ff348ab89ff644c8b3c2530000000"},  // mov %fs:8,%r15; mov %edi,%edi; lea (%rdi,%r15,1),%rdi; rep stosq; mov %edi,%edi; mov %fs:0x30,%r15
    {0, "STRING scasb", "64488b14250800000089ff488d3c17ae89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; scasb; mov %edi,%edi; mov %fs:0x18,%rdx
    {0, "STRING repne scasw", "64488b14250800000089ff488d3c1766f2af89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; repne scasw; mov %edi,%edi; mov %fs:0x18,%rdx
    {0, "STRING repe scasq", "64488b14250800000089ff488d3c17f348af89ff64488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; repe scasq; mov %edi,%edi; mov %fs:0x18,%rdx
    {0, "STRING movsb", "64488b14250800000089ff488d3c1789f6488d3416a489ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; movsb; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {0, "STRING rep movsw", "64488b14250800000089ff488d3c1789f6488d341666f3a589ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; .byte 0x66,0xf3,0xa5; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {0, "STRING rep movsq", "644c8b04250800000089ff4a8d3c0789f64a8d3406f348a589ff89f6644c8b042518000000"},  // mov %fs:8,%r8; mov %edi,%edi; lea (%rdi,%r8,1),%rdi; mov %esi,%esi; lea (%rsi,%r8,1),%rsi; rep movsq; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%r8
    {0, "STRING repe cmpsb", "64488b14250800000089ff488d3c1789f6488d3416f3a689ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; repe cmpsb; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {0, "STRING repne cmpsl", "64488b14250800000089ff488d3c1789f6488d3416f2a789ff89f664488b142518000000"},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; mov %esi,%esi; lea (%rsi,%rdx,1),%rsi; repne cmpsl; mov %edi,%edi; mov %esi,%esi; mov %fs:0x18,%rdx
    {0, "STRING as an entry", "64488b14250800000089ff488d3c17aa89ff64488b142518000000", {.entry = 0}},  // mov %fs:8,%rdx; mov %edi,%edi; lea (%rdi,%rdx,1),%rdi; stosb; mov %edi,%edi; mov %fs:0x18,%rdx
    {0, "DISPATCH", "644c8b1425100000004589db43ff24da", {.tail = false}},  // mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {0, "DISPATCH after a return's pop", "644c891c2518000000644c89142520000000415b644c8b1425100000004589db43ff24da", {.tail = false}},  // mov %r11,%fs:0x18; mov %r10,%fs:0x20; pop %r11; mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {0, "DISPATCH as a target", "740190644c8b1425100000004589db43ff24da", {.tail = false}},  // jz 1f; nop; 1: mov %fs:0x10,%r10; mov %r11d,%r11d; jmp *(%r10,%r11,8)
    {0, "DISPATCH with 8b truncation", "644c8b142510000000458bdb43ff24da", {.tail = false}},  // mov %fs:0x10,%r10; .byte 0x45,0x8b,0xdb; jmp *(%r10,%r11,8)
    // implicit addresses
    {0, "lods", "6567ac"},  // .byte 0x65,0x67,0xac
    {0, "lodsq", "656748ad"},  // .byte 0x65,0x67,0x48,0xad
    {0, "lodsw", "656766ad"},  // .byte 0x65,0x67,0x66,0xad
    {0, "rep lods", "6567f3ac"},  // .byte 0x65,0x67,0xf3,0xac
    {0, "xlat", "6567d7"},  // .byte 0x65,0x67,0xd7
    {0, "maskmovq", "65670ff7c1"},  // .byte 0x65,0x67,0x0f,0xf7,0xc1
    {0, "maskmovdqu", "6567660ff7c1"},  // .byte 0x65,0x67,0x66,0x0f,0xf7,0xc1
    {0, "vmaskmovdqu", "6567c5f9f7c1"},  // .byte 0x65,0x67,0xc5,0xf9,0xf7,0xc1
    {0, "vpgatherdd", "6567c4e27d901488"},  // vpgatherdd %ymm0,%gs:(%eax,%ymm1,4),%ymm2
    {0, "vpgatherdq", "6567c4e2fd9014c8"},  // vpgatherdq %ymm0,%gs:(%eax,%xmm1,8),%ymm2
    {0, "vpgatherqd", "6567c4e27d911488"},  // vpgatherqd %xmm0,%gs:(%eax,%ymm1,4),%xmm2
    {0, "vgatherqpd", "6567c482fd93542108"},  // vgatherqpd %ymm0,%gs:8(%r9d,%ymm12,1),%ymm2
    {0, "vgatherdps with index 4", "6567c4e279921420"},  // vgatherdps %xmm0,%gs:(%eax,%xmm4,1),%xmm2
    {0, "vgatherdps without a base", "6567c4e27992142510000000"},  // .byte 0x65,0x67; vgatherdps %xmm0,16(,%xmm4,1),%xmm2
    {0, "vmaskmov", "6567c4e2752c106567c4e2692f08"},  // vmaskmovps %gs:(%eax),%ymm1,%ymm2; vmaskmovpd %xmm1,%xmm2,%gs:(%eax)
    {0, "vpmaskmov", "6567c4e2f58c106567c4e2698e08"},  // vpmaskmovq %gs:(%eax),%ymm1,%ymm2; vpmaskmovd %xmm1,%xmm2,%gs:(%eax)
    // state
    {0, "fxrstor", "65670fae08"},  // fxrstor %gs:(%eax)
    {0, "fxrstor64", "6567480fae08"},  // fxrstor64 %gs:(%eax)
    {0, "fldenv", "6567d920"},  // fldenv %gs:(%eax)
    {0, "frstor", "6567dd20"},  // frstor %gs:(%eax)
    {0, "fldcw fnstcw fnstsw", "6567d9286567d9386567dd38dfe0"},  // fldcw %gs:(%eax); fnstcw %gs:(%eax); fnstsw %gs:(%eax); fnstsw %ax
    {0, "ldmxcsr stmxcsr", "65670fae1065670fae18"},  // ldmxcsr %gs:(%eax); stmxcsr %gs:(%eax)
    {0, "vldmxcsr vstmxcsr", "6567c5f8ae106567c5f8ae18"},  // vldmxcsr %gs:(%eax); vstmxcsr %gs:(%eax)
    {0, "fences", "0faee80faef00faef8f390"},  // lfence; mfence; sfence; pause
    {0, "cache lines", "65670fae386567660fae386567660fae3065670f18080f18042465670f0d08"},  // clflush %gs:(%eax); clflushopt %gs:(%eax); clwb %gs:(%eax); prefetcht0 %gs:(%eax); prefetchnta (%rsp); prefetchw %gs:(%eax)
    {0, "rdtsc rdtscp", "0f310f01f9"},  // rdtsc; rdtscp
    {0, "rdrand rdseed", "480fc7f00fc7f966410fc7f1"},  // rdrand %rax; rdseed %ecx; rdrand %r9w
    {0, "flags", "f8f9f5fcfd9f9e"},  // clc; stc; cmc; cld; std; lahf; sahf
    {0, "vzero", "c5f877c5fc770f77"},  // vzeroupper; vzeroall; emms
    // integer
    {0, "alu", "01c36609c310c3656748190165674c230183e8014835785634126683f8ff4180fc01"},  // add %eax,%ebx; or %ax,%bx; adc %al,%bl; sbb %rax,%gs:(%ecx); and %gs:(%ecx),%r8; sub $1,%eax; xor $0x12345678,%rax; cmp $-1,%ax; cmp $1,%r12b
    {0, "alu accumulator", "0401660d34121578563412483d78563412a80166a9341248a978563412"},  // add $1,%al; or $0x1234,%ax; adc $0x12345678,%eax; cmp $0x12345678,%rax; test $1,%al; test $0x1234,%ax; test $0x12345678,%rax
    {0, "alu 16-bit immediates", "6681c1341266b934126669d13412656766c700341266f7c23412"},  // add $0x1234,%cx; mov $0x1234,%cx; imul $0x1234,%cx,%dx; movw $0x1234,%gs:(%eax); test $0x1234,%dx
    {0, "ah to dh are no rsp", "88e0b40180c40100c484e40f94c40fb6c486c4d0e4f6dcf6e4fec40fb0c40fc0c4"},  // mov %ah,%al; mov $1,%ah; add $1,%ah; add %al,%ah; test %ah,%ah; sete %ah; movzbl %ah,%eax; xchg %al,%ah; shl $1,%ah; neg %ah; mul %ah; inc %ah; cmpxchg %al,%ah; xadd %al,%ah
    {0, "r12 is no rsp", "4c89e04189c44983c4084154415c490fcc499441bc01000000410f94c4c4e298f2d8c4c29bf6c4"},  // mov %r12,%rax; mov %eax,%r12d; add $8,%r12; push %r12; pop %r12; bswap %r12; xchg %rax,%r12; mov $1,%r12d; sete %r12b; andn %rax,%r12,%rbx; mulx %r12,%r12,%rax
    {0, "spl's neighbours", "4088e84088f74488e0400fb6c6"},  // mov %bpl,%al; mov %sil,%dil; mov %r12b,%al; movzbl %sil,%eax
    {0, "mov imm64", "48b8f0debc9a7856341249bcffffffffffffffff"},  // movabs $0x123456789abcdef0,%rax; movabs $0xffffffffffffffff,%r12
    {0, "shifts", "d1e048c1e80366d3f8d0c06567d318c164240805"},  // shl $1,%eax; shr $3,%rax; sar %cl,%ax; rol $1,%al; rcrl %cl,%gs:(%eax); shll $5,8(%rsp)
    {0, "double shifts", "480fa4c30465670fad01"},  // shld $4,%rax,%rbx; shrd %cl,%eax,%gs:(%ecx)
    {0, "mul div", "48f7e1f7ebf6f16567f738480fafd865676b08644d6bd105"},  // mul %rcx; imul %ebx; div %cl; idivl %gs:(%eax); imul %rax,%rbx; imul $100,%gs:(%eax),%ecx; imul $5,%r9,%r10
    {0, "inc dec neg not", "ffc0656748ff08f6d849f7d1fe0424"},  // inc %eax; decq %gs:(%eax); neg %al; not %r9; incb (%rsp)
    {0, "lock alu on gs", "6567f001086567f08300016567f06681003412"},  // .byte 0x65,0x67,0xf0,0x01,0x08; .byte 0x65,0x67,0xf0,0x83,0x00,0x01; .byte 0x65,0x67,0xf0,0x66,0x81,0x00,0x34,0x12
    {0, "lock xadd cmpxchg xchg", "6567f0480fc1086567f00fb1086567f0870865678701"},  // .byte 0x65,0x67,0xf0,0x48,0x0f,0xc1,0x08; .byte 0x65,0x67,0xf0,0x0f,0xb1,0x08; .byte 0x65,0x67,0xf0,0x87,0x08; xchg %eax,%gs:(%ecx)
    {0, "lock inc not bts btr btc", "6567f0ff006567f0f7106567f00fba28036567f0480fba30036567f00fba3803"},  // .byte 0x65,0x67,0xf0,0xff,0x00; .byte 0x65,0x67,0xf0,0xf7,0x10; .byte 0x65,0x67,0xf0,0x0f,0xba,0x28,3; .byte 0x65,0x67,0xf0,0x48,0x0f,0xba,0x30,3; .byte 0x65,0x67,0xf0,0x0f,0xba,0x38,3
    {0, "cmpxchg8b and 16b", "6567f00fc7086567f0480fc70865670fc708"},  // .byte 0x65,0x67,0xf0,0x0f,0xc7,0x08; .byte 0x65,0x67,0xf0,0x48,0x0f,0xc7,0x08; cmpxchg8b %gs:(%eax)
    {0, "bits", "480fa3c30fabc1660fb3c1490fbbc165670fba200365670fba2828480fbcd865670fbd08"},  // bt %rax,%rbx; bts %eax,%ecx; btr %ax,%cx; btc %rax,%r9; btl $3,%gs:(%eax); btsl $40,%gs:(%eax); bsf %rax,%rbx; bsr %gs:(%eax),%ecx
    {0, "counts", "66f30fb8d86567f3480fb808f3480fbcd866f30fbdd8"},  // popcnt %ax,%bx; popcnt %gs:(%eax),%rcx; tzcnt %rax,%rbx; lzcnt %ax,%bx
    {0, "crc32", "f20f38f0d86567f20f38f118f2480f38f1d866f20f38f1c8"},  // crc32b %al,%ebx; crc32l %gs:(%eax),%ebx; crc32q %rax,%rbx; .byte 0x66,0xf2,0x0f,0x38,0xf1,0xc8
    {0, "movbe", "6567480f38f0186567660f38f118"},  // movbe %gs:(%eax),%rbx; movbe %bx,%gs:(%eax)
    {0, "bmi", "c4e2e0f2c8c4e2e0f3c86567c4e260f310c4e2b0f3d8c4e2f8f7cb6567c4e2f8f508c4e2e2f5c86567c4e263f508c4e2e3f6c8c4e27af7cb6567c4e2f9f708c462fbf7e3c4e3fbf0d805"},  // andn %rax,%rbx,%rcx; blsr %rax,%rbx; blsmsk %gs:(%eax),%ebx; blsi %rax,%r9; bextr %rax,%rbx,%rcx; bzhi %rax,%gs:(%eax),%rcx; pext %rax,%rbx,%rcx; pdep %gs:(%eax),%ebx,%ecx; mulx %rax,%rbx,%rcx; sarx %eax,%ebx,%ecx; shlx %rax,%gs:(%eax),%rcx; shrx %rax,%rbx,%r12; rorx $5,%rax,%rbx
    {0, "adx", "66480f38f6d86567f30f38f608"},  // adcx %rax,%rbx; adox %gs:(%eax),%ecx
    {0, "moves", "0fb6d865670fb708480fbed80fbfd84863d8660fb6d8480f45d86567660f4f080fc848934898489998996698"},  // movzbl %al,%ebx; movzwl %gs:(%eax),%ecx; movsbq %al,%rbx; movswl %ax,%ebx; movslq %eax,%rbx; movzbw %al,%bx; cmovne %rax,%rbx; cmovg %gs:(%eax),%cx; bswap %eax; xchg %rax,%rbx; cltq; cqto; cwtl; cltd; cbtw
    {0, "nops", "9066900f1f000f1f0400660f1f04000f1f8078563412cc"},  // nop; .byte 0x66,0x90; nopl (%rax); nopl 0(%rax,%rax,1); nopw 0(%rax,%rax,1); nopl 0x12345678(%rax); int3
    {0, "movnti", "6567480fc301"},  // movnti %rax,%gs:(%ecx)
    // vectors
    {0, "mmx", "65670f6f000ffcc10f70d1010f71f0030fd7c00f6ec065670fe7000fc4c0010f2ac00f2cc0f30fd6c8f20fd6c10f3a0fc8030f3800c8"},  // movq %gs:(%eax),%mm0; paddb %mm1,%mm0; pshufw $1,%mm1,%mm2; psllw $3,%mm0; pmovmskb %mm0,%eax; movd %eax,%mm0; movntq %mm0,%gs:(%eax); pinsrw $1,%eax,%mm0; cvtpi2ps %mm0,%xmm0; cvttps2pi %xmm0,%mm0; movq2dq %mm0,%xmm1; movdq2q %xmm1,%mm0; palignr $3,%mm0,%mm1; pshufb %mm0,%mm1
    {0, "sse", "0f28c86567440f10086567f30f11000f12c80f16c865670f120065670f17000f14c80f58c80fc2c8010fc6c8010f50c0f3480f2ac0f3480f2cc00f2ec865670f2b000f52c8"},  // movaps %xmm0,%xmm1; movups %gs:(%eax),%xmm9; movss %xmm0,%gs:(%eax); movhlps %xmm0,%xmm1; movlhps %xmm0,%xmm1; movlps %gs:(%eax),%xmm0; movhps %xmm0,%gs:(%eax); unpcklps %xmm0,%xmm1; addps %xmm0,%xmm1; cmpltps %xmm0,%xmm1; shufps $1,%xmm0,%xmm1; movmskps %xmm0,%eax; cvtsi2ss %rax,%xmm0; cvttss2si %xmm0,%rax; ucomiss %xmm0,%xmm1; movntps %xmm0,%gs:(%eax); rsqrtps %xmm0,%xmm1
    {0, "sse2", "660f28c86567660f6f00f30f7f0424f20f58c8f20f2ac06567f2480f2c00660f70c801660f73d804660fd4c866480f7ec066480f6ec06567660f7e006567660fd6006567660fe7006567660fc40001660fc5c001f30fe6c80f5ac8"},  // movapd %xmm0,%xmm1; movdqa %gs:(%eax),%xmm0; movdqu %xmm0,(%rsp); addsd %xmm0,%xmm1; cvtsi2sd %eax,%xmm0; cvttsd2si %gs:(%eax),%rax; pshufd $1,%xmm0,%xmm1; psrldq $4,%xmm0; paddq %xmm0,%xmm1; movq %xmm0,%rax; movq %rax,%xmm0; movd %xmm0,%gs:(%eax); movq %xmm0,%gs:(%eax); movntdq %xmm0,%gs:(%eax); pinsrw $1,%gs:(%eax),%xmm0; pextrw $1,%xmm0,%eax; cvtdq2pd %xmm0,%xmm1; cvtps2pd %xmm0,%xmm1
    {0, "sse3 ssse3", "f20fd0c8660f7cc86567f20ff000f20f12c86567660f380000660f3a0fc803660f381ec86567dd08"},  // addsubps %xmm0,%xmm1; haddpd %xmm0,%xmm1; lddqu %gs:(%eax),%xmm0; movddup %xmm0,%xmm1; pshufb %gs:(%eax),%xmm0; palignr $3,%xmm0,%xmm1; pabsd %xmm0,%xmm1; fisttpll %gs:(%eax)
    {0, "sse4", "660f3810d1660f3817c86567660f3830006567660f382a00660f3840c8660f3841c8660f3a0bc8016567660f3a14000166480f3a16c001660f3a17c101660f3a21c801660f3a22c001660f3a40c801660f3a63c801660f3837c8"},  // pblendvb %xmm0,%xmm1,%xmm2; ptest %xmm0,%xmm1; pmovzxbw %gs:(%eax),%xmm0; movntdqa %gs:(%eax),%xmm0; pmulld %xmm0,%xmm1; phminposuw %xmm0,%xmm1; roundsd $1,%xmm0,%xmm1; pextrb $1,%xmm0,%gs:(%eax); pextrq $1,%xmm0,%rax; extractps $1,%xmm0,%ecx; insertps $1,%xmm0,%xmm1; pinsrd $1,%eax,%xmm0; dpps $1,%xmm0,%xmm1; pcmpistri $1,%xmm0,%xmm1; pcmpgtq %xmm0,%xmm1
    {0, "crypto", "660f38dcc8660f38dbc8660f3adfc8016567660f3a4400010f3accc8010f38ccc8660f38cfc8c4e275dcd0c4e37544d001"},  // aesenc %xmm0,%xmm1; aesimc %xmm0,%xmm1; aeskeygenassist $1,%xmm0,%xmm1; pclmulqdq $1,%gs:(%eax),%xmm0; sha1rnds4 $1,%xmm0,%xmm1; sha256msg1 %xmm0,%xmm1; gf2p8mulb %xmm0,%xmm1; vaesenc %ymm0,%ymm1,%ymm2; vpclmulqdq $1,%ymm0,%ymm1,%ymm2
    {0, "avx", "c5fc28c86567c5fc1000c5f210d06567c5fa10006567c5fb1100c5f012d06567c5f01200c5f458d0c5f358d0c5fc51c8c5f351d0c5f4c2d000c5f4c6d0016567c4e27d18006567c4e27d1a00c4e37518d0016567c4e37d190001c4e37506d001c4e36d4ad900c4e37d04c801c4e27d0ec8c4e1fb2ac8c4e1fb2cc0c5fd50c06567c5fc2b00c4e37d09c801c4e37540d001"},  // vmovaps %ymm0,%ymm1; vmovups %gs:(%eax),%ymm0; vmovss %xmm0,%xmm1,%xmm2; vmovss %gs:(%eax),%xmm0; vmovsd %xmm0,%gs:(%eax); vmovhlps %xmm0,%xmm1,%xmm2; vmovlps %gs:(%eax),%xmm1,%xmm0; vaddps %ymm0,%ymm1,%ymm2; vaddsd %xmm0,%xmm1,%xmm2; vsqrtps %ymm0,%ymm1; vsqrtsd %xmm0,%xmm1,%xmm2; vcmpeqps %ymm0,%ymm1,%ymm2; vshufps $1,%ymm0,%ymm1,%ymm2; vbroadcastss %gs:(%eax),%ymm0; vbroadcastf128 %gs:(%eax),%ymm0; vinsertf128 $1,%xmm0,%ymm1,%ymm2; vextractf128 $1,%ymm0,%gs:(%eax); vperm2f128 $1,%ymm0,%ymm1,%ymm2; vblendvps %ymm0,%ymm1,%ymm2,%ymm3; vpermilps $1,%ymm0,%ymm1; vtestps %ymm0,%ymm1; vcvtsi2sd %rax,%xmm0,%xmm1; vcvttsd2si %xmm0,%rax; vmovmskpd %ymm0,%eax; vmovntps %ymm0,%gs:(%eax); vroundpd $1,%ymm0,%ymm1; vdpps $1,%ymm0,%ymm1,%ymm2
    {0, "avx2", "c5f5fed0c5f571f003c5f573d803c4e27547d0c4e27536d0c4e3fd00c801c4e37502d001c4e27d78c86567c4e27d5a006567c4e375381001c4e37d39c101c5fdd7c0c4e27500d0c4e3750fd001c4e27d30c8c4e37542d001c4e3f922c801c5f9c5c001"},  // vpaddd %ymm0,%ymm1,%ymm2; vpsllw $3,%ymm0,%ymm1; vpsrldq $3,%ymm0,%ymm1; vpsllvd %ymm0,%ymm1,%ymm2; vpermd %ymm0,%ymm1,%ymm2; vpermq $1,%ymm0,%ymm1; vpblendd $1,%ymm0,%ymm1,%ymm2; vpbroadcastb %xmm0,%ymm1; vbroadcasti128 %gs:(%eax),%ymm0; vinserti128 $1,%gs:(%eax),%ymm1,%ymm2; vextracti128 $1,%ymm0,%xmm1; vpmovmskb %ymm0,%eax; vpshufb %ymm0,%ymm1,%ymm2; vpalignr $1,%ymm0,%ymm1,%ymm2; vpmovzxbw %xmm0,%ymm1; vmpsadbw $1,%ymm0,%ymm1,%ymm2; vpinsrq $1,%rax,%xmm0,%xmm1; vpextrw $1,%xmm0,%eax
    {0, "fma and f16c", "c4e275b8d06567c4e2f19910c4e2f5aed0c4e27596d0c4e271bdd0c4e27d13c86567c4e37d1d0001"},  // vfmadd231ps %ymm0,%ymm1,%ymm2; vfmadd132sd %gs:(%eax),%xmm1,%xmm2; vfnmsub213pd %ymm0,%ymm1,%ymm2; vfmaddsub132ps %ymm0,%ymm1,%ymm2; vfnmadd231ss %xmm0,%xmm1,%xmm2; vcvtph2ps %xmm0,%ymm1; vcvtps2ph $1,%ymm0,%gs:(%eax)
    {0, "vex with three bytes where two would do", "c4e17810c0"},  // .byte 0xc4,0xe1,0x78,0x10,0xc0
    {0, "a vector register 4 in vvvv", "c5dc58c8c5ddfee4"},  // vaddps %ymm0,%ymm4,%ymm1; vpaddd %ymm4,%ymm4,%ymm4
    {0, "vex.W ignored", "c4e1f810c0"},  // .byte 0xc4,0xe1,0xf8,0x10,0xc0
    {0, "x87", "6567d900dd04246567db286567db386567df286567df38d8c1dec1d9c9d9e0d9e1d9e8d9eed9fed9f3dac1dfe9ded9dbe3dbe2d9d09bddc16567df206567df306567df08d9f8d9fad9fd"},  // flds %gs:(%eax); fldl (%rsp); fldt %gs:(%eax); fstpt %gs:(%eax); fildll %gs:(%eax); fistpll %gs:(%eax); fadd %st(1),%st; faddp; fxch; fchs; fabs; fld1; fldz; fsin; fpatan; fcmovb %st(1),%st; fucomip %st(1),%st; fcompp; fninit; fnclex; fnop; fwait; ffree %st(1); fbld %gs:(%eax); fbstp %gs:(%eax); fisttps %gs:(%eax); fprem; fsqrt; fscale
    // control
    {0, "branches", "74feeb01900f8500000000e2f3e1f1e0efe3ed"},  // 1: jz 1b; jmp 2f; nop; 2: .byte 0x0f,0x85; .long 0; loop 1b; loope 1b; loopne 1b; jrcxz 1b
    {0, "jump to the next instruction", "eb0090"},  // jmp 1f; 1: nop
    {0, "jump to itself", "ebfe", {.tail = false}},  // 1: jmp 1b
    {0, "int3 padding behind a jump", "ebfecccc", {.tail = false}},  // 1: jmp 1b; int3; int3
    {0, "int3 padding before a block", "eb02ccccebfa", {.tail = false}},  // 1: jmp 2f; int3; int3; 2: jmp 1b
    {0, "nop padding before a block", "eb040f1f0400ebf8", {.tail = false}},  // 1: jmp 2f; nopl 0(%rax,%rax,1); 2: jmp 1b
    {0, "jump to stub 0", "e9fbefffff", {.tail = false}},  // .byte 0xe9; .long -4096-5
    {0, "jump to the last stub", "e93bf0ffff", {.tail = false}},  // .byte 0xe9; .long -4096-5+64
    {0, "jcc to a stub", "0f841af0ffff"},  // .byte 0x0f,0x84; .long -4096-6+32
    {0, "exit", "64c70425480000000010400064c704255000000007000000e903f0ffff", {.tail = false}},  // movl $0x401000,%fs:0x48; movl $7,%fs:0x50; .byte 0xe9; .long -4096-24-5+32
    {0, "jump to a known entry", "e9fb0f0000", {.tail = false, .known = 8192}},  // .byte 0xe9; .long 0x1000-5
    {0, "jcc to a known entry", "0f84fa0f0000", {.known = 8192}},  // .byte 0x0f,0x84; .long 0x1000-6
    {0, "linked branch at the end of a line", "e9c00f0000", {.tail = false, .known = 8192, .at = 4155}},  // .byte 0xe9; .long 0x2000-0x1000-5-59
    {0, "stub branch that straddles a line", "e9beefffff", {.tail = false, .at = 4157}},  // .byte 0xe9; .long -4096-5-61
    {0, "entries at boundaries", "90b801000000", {.entry = 1}},  // nop; mov $1,%eax
    {0, "longest instruction", "6567f06641818480000000003412"},  // .byte 0x65,0x67,0xf0,0x66,0x41,0x81,0x84,0x80,0,0,0,0,0x34,0x12
    {0, "fifteen bytes", "6567f0488184800000000000000000"},  // .byte 0x65,0x67,0xf0,0x48,0x81,0x84,0x80,0,0,0,0,0,0,0,0
};
// clang-format on

}  // namespace occlum::sfi::verifier

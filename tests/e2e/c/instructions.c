// Rare forms that compilers seldom emit: locked operations, string operations both ways, stack instructions, flags, x87 state.
#include <stdint.h>

#include "check.h"

static uint8_t bytes[4096];

static void locked(void) {
    uint64_t word[2] __attribute__((aligned(16))) = {5, 7};
    uint64_t rax = 5, rdx = 7;
    uint8_t equal;
    __asm__ volatile("lock cmpxchg16b %1; sete %0" : "=q"(equal), "+m"(word), "+a"(rax), "+d"(rdx) : "b"(11ull), "c"(13ull) : "cc");
    CHECK(equal && word[0] == 11 && word[1] == 13);
    __asm__ volatile("lock cmpxchg16b %1; sete %0" : "=q"(equal), "+m"(word), "+a"(rax), "+d"(rdx) : "b"(1ull), "c"(1ull) : "cc");
    CHECK(!equal && rax == 11 && rdx == 13);
    uint64_t v = 100;
    __asm__ volatile("lock xadd %0,%1" : "+r"(v), "+m"(word[0])::"cc");
    CHECK(v == 11 && word[0] == 111);
    __asm__ volatile("lock btsq $3,%0; lock btrq $0,%0; lock btcq $63,%0; lock negq %0; lock notq %0; lock decq %0" : "+m"(word[0])::"cc");
    CHECK(word[0] == ((111ull | 8) & ~1ull ^ 1ull << 63) - 2);
    uint32_t bits[64] = {0};
    for (long i = -1000; i < 1000; i += 37) __asm__ volatile("btsq %1,%0" : "+m"(*(uint64_t*)(bits + 32)) : "r"(i) : "memory", "cc");
    int set = 0;
    for (int i = 0; i < 64; i++) set += __builtin_popcount(bits[i]);
    CHECK(set == 55);
    uint64_t swapped = 0x1122334455667788, m = swapped;
    __asm__ volatile("bswap %0; xchg %0,%1" : "+r"(swapped), "+m"(m));
    CHECK(m == 0x8877665544332211 && swapped == 0x1122334455667788);
    uint64_t low = ~0ull, high = 1;
    __asm__ volatile("shld $4,%1,%0; shrd %%cl,%0,%1" : "+r"(low), "+r"(high) : "c"(8) : "cc");
    CHECK(low == ~0ull << 4 && high == 0xf000000000000000);
    uint8_t carry;
    __asm__ volatile("add %2,%0; adc $0,%1; setc %3" : "+r"(low), "+r"(high), "+r"(v), "=q"(carry)::"cc");
    uint64_t q = 12345678901234567ull, r = 3;
    __asm__ volatile("divq %2" : "+a"(q), "+d"(r) : "r"(1000000007ull) : "cc");
    CHECK(((unsigned __int128)q * 1000000007 + r) == ((unsigned __int128)3 << 64) + 12345678901234567ull);
    uint8_t table[256];
    for (int i = 0; i < 256; i++) table[i] = (uint8_t)(i * 3 + 1);
    uint64_t al = 77;
    __asm__ volatile("xlatb" : "+a"(al) : "b"(table) : "memory");
    CHECK(al == (uint8_t)(77 * 3 + 1));
    puts("locked ok");
}

static void strings(void) {
    for (int i = 0; i < 4096; i++) bytes[i] = (uint8_t)i;
    uint8_t *to = bytes + 1, *from = bytes;
    uint64_t n = 100;
    __asm__ volatile("cld; rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");  // overlapping: smears
    CHECK(bytes[100] == 0 && bytes[101] == 101 && n == 0 && to == bytes + 101 && from == bytes + 100);
    for (int i = 0; i < 4096; i++) bytes[i] = (uint8_t)i;
    to = bytes + 1000 + 8, from = bytes + 1000, n = 50;
    __asm__ volatile("std; rep movsq; cld" : "+D"(to), "+S"(from), "+c"(n)::"memory");
    CHECK(bytes[1008] == (uint8_t)1000 && bytes[1015] == (uint8_t)1007 && from == bytes + 600);
    to = bytes + 2000, n = 16;
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(n) : "a"(0xdeadbeef) : "memory");
    CHECK(bytes[2063] == 0xde && bytes[2064] == (uint8_t)2064 && to == bytes + 2064);
    to = bytes + 2000, n = 1000;
    __asm__ volatile("repne scasb" : "+D"(to), "+c"(n) : "a"(0xde) : "memory", "cc");
    CHECK(to == bytes + 2004 && n == 996);
    memcpy(bytes + 3000, bytes + 2500, 100);
    bytes[3050]++;
    to = bytes + 3000, from = bytes + 2500, n = 100;
    uint8_t below;
    __asm__ volatile("repe cmpsb; setb %3" : "+D"(to), "+S"(from), "+c"(n), "=q"(below)::"memory", "cc");
    CHECK(n == 49 && below == 1);
    uint64_t rax = 0;
    from = bytes + 16;
    __asm__ volatile("lodsb; lodsw; lodsl; lodsq" : "+S"(from), "+a"(rax)::"memory");
    CHECK(from == bytes + 31 && (uint8_t)rax == bytes[23]);
    n = 0;
    to = bytes;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(1) : "memory");
    CHECK(to == bytes);
    puts("strings ok");
}

static void stack(void) {
    uint64_t a, b, c = 0, flags;
    __asm__ volatile("push $-5; pop %0; push $0x12345678; popq %1; pushw $7; pushw $9; popw %w2; addq $2,%%rsp" : "=r"(a), "=r"(b), "+r"(c));
    CHECK(a == (uint64_t)-5 && b == 0x12345678 && (uint16_t)c == 9);
    uint64_t memory = 42;
    __asm__ volatile("pushq %1; popq %0" : "=m"(a) : "m"(memory));
    CHECK(a == 42);
    __asm__ volatile("push %%rsp; pop %0; mov %%rsp,%1" : "=r"(a), "=r"(b));
    CHECK(a == b);
    __asm__ volatile("push $1; push (%%rsp); pop %0; pop %1" : "=r"(a), "=r"(b));
    CHECK(a == 1 && b == 1);
    __asm__ volatile("push $0; push $77; pop (%%rsp); pop %0" : "=r"(a));
    CHECK(a == 77);
    __asm__ volatile("push %%rbp; enter $64,$0; mov %%rsp,%0; mov %%rbp,%1; leave; pop %%rbp" : "=&r"(a), "=&r"(b)::"memory");
    CHECK(b - a == 64);
    __asm__ volatile("stc; pushf; pop %0; clc; push %0; popf; setc %b1" : "=r"(flags), "=q"(c)::"cc");
    CHECK((flags & 1) && (uint8_t)c == 1);
    // The alignment check flag reads back, as programs expect that tell processors apart by it.
    __asm__ volatile("pushf; pop %%rax; mov %%rax,%%rcx; xor $0x40000,%%rax; push %%rax; popf; pushf; pop %%rax; push %%rcx; popf; xor %%rcx,%%rax; mov %%rax,%0" : "=r"(flags)::"rax", "rcx", "cc");
    CHECK(flags == 0x40000);
    __asm__ volatile("stc; lahf; clc; sahf; setc %b0" : "=q"(c)::"rax", "cc");
    CHECK((uint8_t)c == 1);
    __asm__ volatile("mov $5,%%ecx; xor %0,%0; 1: add $2,%0; loop 1b; jrcxz 2f; mov $0,%0; 2:" : "=&r"(a)::"rcx", "cc");
    CHECK(a == 10);
    __asm__ volatile("call 1f; jmp 2f; 1: mov (%%rsp),%0; ret; 2:" : "=&r"(a));
    CHECK(a != 0);
    __asm__ volatile("push $11; push $12; call 1f; jmp 2f; 1: ret $16; 2:" ::: "memory");
    __asm__ volatile("lea 1f(%%rip),%%rax; push %%rax; ret; ud2; 1:" ::: "rax", "memory");
    __asm__ volatile("mov %%rsp,%0; sub $4096,%%rsp; and $-64,%%rsp; mov %%rsp,%1; mov %0,%%rsp" : "=&r"(a), "=&r"(b)::"memory", "cc");
    CHECK(b % 64 == 0 && a - b < 4200);
    __asm__ volatile("xchg %%rsp,%0; xchg %%rsp,%0" : "+r"(c));
    __asm__ volatile("mov %%rsp,%0; lea -0x80000000(%%rsp),%1" : "=&r"(a), "=&r"(b));
    CHECK(a - b == 0x80000000);
    puts("stack ok");
}

static void x87(void) {
    uint16_t control, status;
    __asm__ volatile("fninit; fnstcw %0; fnstsw %1" : "=m"(control), "=m"(status));
    CHECK(control == 0x37f && status == 0);
    double d = 2, r;
    __asm__ volatile("fldl %1; fsqrt; fldpi; fmulp; fstpl %0" : "=m"(r) : "m"(d));
    CHECK(r > 4.4428 && r < 4.4429);
    uint8_t state[512] __attribute__((aligned(64)));
    __asm__ volatile("fld1; fldl2t; fxsave %0; fninit; fxrstor %0; fstpl %1; fstp %%st(0)" : "=m"(state), "=m"(r));
    CHECK(r > 3.32 && r < 3.33);
    uint8_t environment[28], saved[108];
    __asm__ volatile("fninit; fld1; fnstenv %0; fldenv %0; fnsave %1; frstor %1; fstp %%st(0)" : "=m"(environment), "=m"(saved));
    CHECK(*(uint16_t*)environment == 0x37f && *(uint16_t*)saved == 0x37f);
    long packed = 0;
    double number = -12345.5;
    __asm__ volatile("fldl %1; fistpll %0" : "=m"(packed) : "m"(number));
    CHECK(packed == -12346);
    uint8_t bcd[10];
    __asm__ volatile("fldl %1; fbstp %0" : "=m"(bcd) : "m"(number));
    CHECK(bcd[0] == 0x46 && bcd[1] == 0x23 && bcd[2] == 0x01 && bcd[9] == 0x80);
    uint8_t below, equal;
    __asm__ volatile("fld1; fldz; fcomip; setb %0; sete %1; fstp %%st(0)" : "=q"(below), "=q"(equal)::"cc");
    CHECK(below == 1 && equal == 0);
    __asm__ volatile("fninit; emms");
    puts("x87 ok");
}

int main(void) {
    for (int i = 0; i < 3; i++) {
        locked();
        strings();
        stack();
        x87();
    }
    uint32_t base = 0;
    for (int i = 0; i < 1000; i++) __asm__ volatile("movb %b1,%h0; rorl $3,%0; adcb $5,%b0" : "+Q"(base) : "Q"(i) : "cc");
    printf("%u\n", base);
    puts("instructions ok");
}

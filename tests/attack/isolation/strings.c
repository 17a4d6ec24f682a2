// String instructions with corrupt counts, pointers and direction.
#include "wild.h"

int main(int argc, char** argv) {
    state_ ^= (uint64_t)atoi(argc > 1 ? argv[1] : "1") * 0x9e3779b97f4a7c15u;
    survive_faults();
    for (volatile int i = 0; i < 600; i++) {
        uint64_t from = wild_address(), to = wild_address(), count = random64() >> (random64() % 64);
        if (random64() % 4) count %= 1 << 20;
        uint64_t where = random64() % 0x100000000u;
        if (random64() % 3 == 0) to = 0xfffff000u + random64() % 0x2000;
        if (random64() % 3 == 0) from = where;
#define STRING(code) __asm__ volatile(code "; cld" : "+S"(from), "+D"(to), "+c"(count)::"rax", "memory", "cc")
        ATTEMPT(switch (random64() % 14) {
            case 0: STRING("cld; rep stosb"); break;
            case 1: STRING("std; rep stosq"); break;
            case 2: STRING("cld; rep movsb"); break;
            case 3: STRING("std; rep movsq"); break;
            case 4: STRING("cld; rep movsl"); break;
            case 5: STRING("cld; repne scasb"); break;
            case 6: STRING("std; repe cmpsb"); break;
            case 7: STRING("cld; rep lodsb"); break;
            case 8: STRING("cld; addr32 rep stosb"); break;
            case 9: STRING("std; addr32 rep movsw"); break;
            case 10: STRING("cld; rep movsb %%fs:(%%rsi),%%es:(%%rdi)"); break;
            case 11: STRING("cld; rep movsb %%gs:(%%rsi),%%es:(%%rdi)"); break;
            case 12: STRING("cld; stosq; movsq; scasb; cmpsl"); break;
            case 13: STRING("cld; repe cmpsq"); break;
        });
        __asm__ volatile("cld");
    }
    return 0;
}

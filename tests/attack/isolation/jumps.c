// Jumps and calls anywhere: random addresses, the middle of instructions, data, freshly written code that tries to leave.
#include "wild.h"

static const unsigned char leaves[][16] = {
    {0x0f, 0x05},                                            // syscall
    {0xcd, 0x80},                                            // int 0x80
    {0x0f, 0x34},                                            // sysenter
    {0x0f, 0x01, 0xd7},                                      // enclu
    {0x0f, 0x01, 0xd0},                                      // xgetbv
    {0xf3, 0x48, 0x0f, 0xae, 0xd8},                          // wrgsbase
    {0xf3, 0x48, 0x0f, 0xae, 0xd0},                          // wrfsbase
    {0xf3, 0x48, 0x0f, 0xae, 0xc0},                          // rdfsbase
    {0xf3, 0x48, 0x0f, 0xae, 0xc8},                          // rdgsbase
    {0x8e, 0xe0},                                            // mov %eax,%fs
    {0x8e, 0xe8},                                            // mov %eax,%gs
    {0x0f, 0x01, 0xf8},                                      // swapgs
    {0x0f, 0x01, 0xef},                                      // wrpkru
    {0x65, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0},              // mov %gs:0,%rax
    {0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0},              // mov %fs:0,%rax
    {0x64, 0xff, 0x24, 0x25, 0, 0, 0, 0},                    // jmp *%fs:0
    {0x65, 0xff, 0x24, 0x25, 0, 0, 0, 0},                    // jmp *%gs:0
    {0xff, 0x2c, 0x24},                                      // ljmp *(%rsp)
    {0xcb},                                                  // lret
    {0x48, 0xcf},                                            // iretq
    {0x0f, 0xa2},                                            // cpuid
    {0xf4},                                                  // hlt
    {0xe4, 0x70},                                            // in
    {0x9d},                                                  // popf
    {0xc8, 0xff, 0xff, 0x1f},                                // enter with 31 levels
    {0x0f, 0xae, 0x28},                                      // xrstor (%rax)
};

int main(int argc, char** argv) {
    state_ ^= (uint64_t)atoi(argc > 1 ? argv[1] : "1") * 0x9e3779b97f4a7c15u;
    survive_faults();
    unsigned char* code = mmap(NULL, 65536, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) return 1;
    for (volatile int i = 0; i < 600; i++) {
        uint64_t a = wild_address(), main_code = (uint64_t)&main + random64() % 600;
        ATTEMPT(switch (random64() % 8) {
            case 0: __asm__ volatile("jmp *%0" ::"r"(a)); break;
            case 1: __asm__ volatile("call *%0" ::"r"(a) : "memory"); break;
            case 2: __asm__ volatile("push %0; ret" ::"r"(a) : "memory"); break;
            case 3: __asm__ volatile("mov %0,%%rax; jmp *(%%rax)" ::"r"(a) : "rax"); break;
            case 4: __asm__ volatile("push %0; ret $0x7ff0" ::"r"(a) : "memory"); break;
            case 5: if (i % 8 == 0) __asm__ volatile("jmp *%0" ::"r"(main_code)); break;
            default: {
                uint64_t at = random64() % 60000;
                for (int k = 0; k < 64; k++) code[at + k] = (unsigned char)random64();
                const unsigned char* leave = leaves[random64() % (sizeof leaves / sizeof *leaves)];
                memcpy(code + at + random64() % 20, leave, 16);
                code[at + 64] = 0xc3;
                uint64_t registers = random64();
                // getpid or a number out of the table: nothing that ends the test by itself.
                __asm__ volatile("push %%rbx; push %%rbp; push %%r12; push %%r13; push %%r14; push %%r15; mov %1,%%rdx; mov %1,%%rsi; mov $39,%%eax; call *%0;"
                                 "pop %%r15; pop %%r14; pop %%r13; pop %%r12; pop %%rbp; pop %%rbx" ::"r"(code + at + random64() % 8), "r"(registers)
                                 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
            }
        });
        __asm__ volatile("cld; fninit");
    }
    return 0;
}

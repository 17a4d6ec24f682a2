// Indirect jumps: an interpreter by computed goto, one by switch, tail calls, a state machine.
#include <stdint.h>

#include "check.h"

enum { kPush, kAdd, kMul, kSub, kDup, kSwap, kJumpNonZero, kHalt };
static const int program[] = {kPush, 1, kPush, 20000, kSwap, kPush, 3, kMul, kPush, 7, kAdd, kPush, 1000003, kSub, kSwap, kPush, 1, kSub, kDup, kJumpNonZero, 4, kHalt};

static long by_goto(void) {
    static void* const labels[] = {&&push, &&add, &&mul, &&sub, &&dup, &&swap, &&jump, &&halt};
    long stack[16], *top = stack - 1;
    const int* pc = program;
#define NEXT goto* labels[*pc++]
    NEXT;
push:
    *++top = *pc++;
    NEXT;
add:
    top[-1] = (int32_t)((uint32_t)top[-1] + (uint32_t)top[0]), top--;
    NEXT;
mul:
    top[-1] = (int32_t)((uint32_t)top[-1] * (uint32_t)top[0]), top--;
    NEXT;
sub:
    top[-1] = (int32_t)((uint32_t)top[-1] - (uint32_t)top[0]), top--;
    NEXT;
dup:
    top[1] = top[0], top++;
    NEXT;
swap: {
    long t = top[0];
    top[0] = top[-1], top[-1] = t;
    NEXT;
}
jump:
    if (*top--) pc = program + *pc;
    else pc++;
    NEXT;
halt:
    return stack[0];
}

static __attribute__((noinline)) long by_switch(void) {
    long stack[16];
    int top = -1;
    for (int pc = 0;;) switch (program[pc++]) {
            case kPush: stack[++top] = program[pc++]; break;
            case kAdd: stack[top - 1] = (int32_t)((uint32_t)stack[top - 1] + (uint32_t)stack[top]), top--; break;
            case kMul: stack[top - 1] = (int32_t)((uint32_t)stack[top - 1] * (uint32_t)stack[top]), top--; break;
            case kSub: stack[top - 1] = (int32_t)((uint32_t)stack[top - 1] - (uint32_t)stack[top]), top--; break;
            case kDup: stack[top + 1] = stack[top], top++; break;
            case kSwap: { long t = stack[top]; stack[top] = stack[top - 1], stack[top - 1] = t; break; }
            case kJumpNonZero: if (stack[top--]) pc = program[pc]; else pc++; break;
            case kHalt: return stack[0];
        }
}

static int classify(int value) {
    switch (value) {
        case 0: return 5; case 1: return 4; case 2: return 9; case 3: return 1; case 4: return 0; case 5: return 8;
        case 6: return 77; case 7: return 12; case 8: return 13; case 9: return 99; case 100: return 1; case 10000: return 2;
        case -5: return 3; case 2000000000: return 6;
        default: return -1;
    }
}
static long count_down(long n, long a);
static __attribute__((noinline)) long odd_step(long n, long a) { return n == 0 ? a : count_down(n - 1, a * 3 + 1); }
static __attribute__((noinline)) long count_down(long n, long a) { return n == 0 ? a : odd_step(n - 1, a ^ n); }

int main(void) {
    long a = by_goto(), b = by_switch();
    CHECK(a == b);
    printf("interpreted %ld\n", a);
    int sum = 0;
    for (int i = -10; i < 20; i++) sum += classify(i);
    printf("classified %d %d %d %d\n", sum, classify(100), classify(10000), classify(2000000000));
    printf("tails %ld\n", count_down(100000, 1) & 0xffffff);
    void* jumps[3] = {&&one, &&two, &&three};
    int trail = 0, i = 0;
    goto* jumps[0];
one:
    trail = trail * 10 + 1;
    goto* jumps[(i * 2 + 1) % 3];
two:
    trail = trail * 10 + 2;
    if (++i < 4) goto* jumps[i % 3];
    goto done;
three:
    trail = trail * 10 + 3;
    if (++i < 4) goto* jumps[i % 3];
done:
    printf("trail %d\n", trail);
    puts("dispatch ok");
}

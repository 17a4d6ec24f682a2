// setjmp and longjmp: values, nesting, from deep frames, with signal masks.
#include <setjmp.h>
#include <signal.h>

#include "check.h"

static jmp_buf outer, inner;
static sigjmp_buf masked;

static __attribute__((noinline)) void dive(int depth) {
    volatile char frame[64];
    frame[depth % 64] = (char)depth;
    if (depth == 0) longjmp(outer, 77);
    dive(depth - 1);
    frame[0] = frame[1];
}

static void handler(int number) { siglongjmp(masked, number); }

int main(void) {
    volatile int rounds = 0;
    int value = setjmp(outer);
    if (value == 0) dive(2000);
    CHECK(value == 77);
    for (int i = 0; i < 1000; i++) {
        value = setjmp(inner);
        if (value < 3) {
            rounds++;
            longjmp(inner, value + 1);
        }
    }
    CHECK(rounds == 3000);
    value = setjmp(inner);
    if (value == 0) longjmp(inner, 0);
    CHECK(value == 1);
    for (int i = 0; i < 100; i++) {
        value = sigsetjmp(masked, 1);
        if (value == 0) {
            signal(SIGUSR1, handler);
            raise(SIGUSR1);
            CHECK(0);
        }
        CHECK(value == SIGUSR1);
        sigset_t now;
        sigprocmask(SIG_BLOCK, NULL, &now);
        CHECK(!sigismember(&now, SIGUSR1));
    }
    volatile double kept = 1.25;
    register long a = 1;
    if (!setjmp(outer)) {
        kept *= 3;
        longjmp(outer, 1);
    }
    CHECK(kept == 3.75 && a == 1);
    printf("setjmp ok %d\n", rounds);
}

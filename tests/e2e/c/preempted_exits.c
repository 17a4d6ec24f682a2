// Threads that enter the kernel from different places, all the time: each goes on where it was, however it is preempted.
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

#include "check.h"

static atomic_int stop;

// A system call instruction of its own for each place, after which the place's number must still be there.
#define PLACE(number)                                                                                                      \
    static void *place_##number(void *unused) {                                                                            \
        (void)unused;                                                                                                      \
        while (!atomic_load_explicit(&stop, memory_order_relaxed)) {                                                       \
            long result, where = number;                                                                                   \
            __asm__ volatile("syscall; xor %2,%1" : "=a"(result), "+b"(where) : "i"(number), "a"(SYS_getppid) : "rcx", "r11", "memory"); \
            CHECK(where == 0);                                                                                             \
        }                                                                                                                  \
        return 0;                                                                                                          \
    }
PLACE(11)
PLACE(22)
PLACE(33)
PLACE(44)

int main(void) {
    void *(*places[])(void *) = {place_11, place_22, place_33, place_44};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) CHECK(pthread_create(threads + i, 0, places[i], 0) == 0);
    struct timespec time = {2, 0};
    while (nanosleep(&time, &time) != 0) {}
    atomic_store(&stop, 1);
    for (int i = 0; i < 4; i++) CHECK(pthread_join(threads[i], 0) == 0);
    puts("places ok");
    return 0;
}

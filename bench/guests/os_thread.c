// A thread's beginning and end, joined.
#define OPERATIONS 20000
#include <pthread.h>
#include "bench.h"
static void* body(void* argument) { return argument; }
uint64_t work(void) {
    uint64_t done = 0;
    for (int i = 0; i < OPERATIONS; i++) {
        pthread_t thread;
        void* result = NULL;
        done += pthread_create(&thread, NULL, body, &done) == 0 && pthread_join(thread, &result) == 0 && result == &done;
    }
    return done;
}

// Mutexes that lend priorities: whoever has given one away asks for it again at once, while the next owner has not run yet.
#define _GNU_SOURCE
#include <pthread.h>

#include "check.h"

enum { kThreads = 5, kTimes = 2000 };
static pthread_mutex_t mutex;
static int count;

static void *use(void *unused) {
    for (int i = 0; i < kTimes; ++i) {
        CHECK(pthread_mutex_lock(&mutex) == 0);
        ++count;
        CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
    return unused;
}

int main(void) {
    pthread_mutexattr_t lends;
    pthread_t threads[kThreads];
    CHECK(pthread_mutexattr_init(&lends) == 0 && pthread_mutexattr_setprotocol(&lends, PTHREAD_PRIO_INHERIT) == 0);
    CHECK(pthread_mutex_init(&mutex, &lends) == 0 && pthread_mutex_lock(&mutex) == 0);
    for (int i = 0; i < kThreads; ++i) CHECK(pthread_create(&threads[i], NULL, use, NULL) == 0);
    usleep(50000);
    // All of them wait by now: this hands it over.
    for (int i = 0; i < 3; ++i) CHECK(pthread_mutex_unlock(&mutex) == 0 && pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    for (int i = 0; i < kThreads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(count == kThreads * kTimes);
    printf("done\n");
    return 0;
}

// mq_notify(3) that starts a thread: when a message comes, once; and not after it was taken back.
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <signal.h>

#include "check.h"

static sem_t told;
static mqd_t queue;

static void take(union sigval value) {
    char text[8];
    CHECK(value.sival_int == 4711 && mq_receive(queue, text, sizeof text, NULL) == 5 && strcmp(text, "four") == 0);
    sem_post(&told);
}

int main(void) {
    struct mq_attr shape = {.mq_maxmsg = 2, .mq_msgsize = 8};
    char name[32];
    snprintf(name, sizeof name, "/notices-%d", getpid());
    queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &shape);
    CHECK(queue != (mqd_t)-1 && mq_unlink(name) == 0 && sem_init(&told, 0, 0) == 0);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 4711};
    event.sigev_notify_function = take;
    CHECK(mq_notify(queue, &event) == 0);
    CHECK_ERRNO(mq_notify(queue, &event), EBUSY);
    CHECK(mq_notify(queue, NULL) == 0);
    for (int i = 0; i < 2; ++i) {
        CHECK(mq_notify(queue, &event) == 0);
        CHECK(mq_send(queue, "four", 5, 1) == 0);
        while (sem_wait(&told) != 0) CHECK(errno == EINTR);
    }
    CHECK(mq_send(queue, "five", 5, 1) == 0);
    struct mq_attr now;
    CHECK(mq_getattr(queue, &now) == 0 && now.mq_curmsgs == 1);
    mq_close(queue);
    printf("done\n");
    return 0;
}

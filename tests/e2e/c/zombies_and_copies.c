// Calls about children that have ended, MSG_COPY, and errors whose order programs rely on.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

static void zombies(void) {
    siginfo_t info;
    pid_t child = fork();
    if (child == 0) _exit(3);
    CHECK(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0 && info.si_status == 3);
    CHECK_ERRNO(waitid(P_PID, (id_t)child, &info, WSTOPPED), ECHILD);
    CHECK_ERRNO(waitid(P_PID, (id_t)child, &info, WCONTINUED | WNOHANG), ECHILD);
    CHECK(setpgid(child, child) == 0 && getpgid(child) == child);
    CHECK(waitpid(-child, NULL, 0) == child);
    CHECK_ERRNO(setpgid(child, child), ESRCH);
}

static void copies(void) {
    struct {
        long type;
        char text[16];
    } message = {7, "first"};
    int queue = msgget(IPC_PRIVATE, 0600);
    CHECK(queue >= 0);
    CHECK_ERRNO(msgrcv(queue, &message, 16, 0, MSG_COPY | IPC_NOWAIT), ENOMSG);
    CHECK(msgsnd(queue, &message, 6, 0) == 0);
    message.type = 8;
    strcpy(message.text, "second");
    CHECK(msgsnd(queue, &message, 7, 0) == 0);
    CHECK_ERRNO(msgrcv(queue, &message, 16, 0, MSG_COPY), EINVAL);
    CHECK_ERRNO(msgrcv(queue, &message, 16, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT), EINVAL);
    CHECK(msgrcv(queue, &message, 16, 1, MSG_COPY | IPC_NOWAIT) == 7 && message.type == 8);
    CHECK(strcmp(message.text, "second") == 0);
    CHECK(msgrcv(queue, &message, 16, 0, MSG_COPY | IPC_NOWAIT) == 6 && message.type == 7);
    CHECK_ERRNO(msgrcv(queue, &message, 3, 0, MSG_COPY | IPC_NOWAIT), E2BIG);
    CHECK_ERRNO(msgrcv(queue, &message, 3, 0, MSG_COPY | MSG_NOERROR | IPC_NOWAIT), EINVAL);
    CHECK_ERRNO(msgrcv(queue, &message, 16, 2, MSG_COPY | IPC_NOWAIT), ENOMSG);
    struct msqid_ds state;
    CHECK(msgctl(queue, IPC_STAT, &state) == 0 && state.msg_qnum == 2);
    CHECK(msgctl(queue, IPC_RMID, NULL) == 0);
}

static void orders(void) {
    struct epoll_event event = {EPOLLIN};
    int epoll = epoll_create1(0), file = open("/dev/null", O_RDONLY);
    CHECK(epoll >= 0 && file >= 0);
    CHECK_ERRNO(epoll_ctl(epoll, 99, file, &event), EPERM);
    CHECK_ERRNO(epoll_ctl(epoll, EPOLL_CTL_DEL, file, &event), EPERM);
    CHECK_ERRNO(epoll_ctl(file, EPOLL_CTL_ADD, epoll, &event), EINVAL);
    unsigned long context = 0;
    CHECK_ERRNO(syscall(SYS_io_setup, -1, &context), EINVAL);
    CHECK_ERRNO(syscall(SYS_io_setup, 1000000, &context), EAGAIN);
}

int main(void) {
    zombies();
    orders();
    copies();
    printf("ok\n");
    return 0;
}

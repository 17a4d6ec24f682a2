// System V shared memory, semaphores and message queues; POSIX message queues; seals of memfds.
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static void segments(void) {
    CHECK_ERRNO(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
    int id = shmget(IPC_PRIVATE, 10000, 0600 | IPC_CREAT);
    CHECK(id >= 0);
    char *a = shmat(id, NULL, 0);
    CHECK(a != (void *)-1);
    char *b = shmat(id, NULL, SHM_RDONLY);
    CHECK(b != (void *)-1 && b != a);
    strcpy(a, "seen in both");
    CHECK(strcmp(b, "seen in both") == 0);
    struct shmid_ds ds;
    CHECK(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_segsz == 10000 && ds.shm_nattch == 2 && ds.shm_cpid == getpid());
    CHECK((ds.shm_perm.mode & 0777) == 0600);
    pid_t child = fork();
    if (child == 0) {
        CHECK(strcmp(a, "seen in both") == 0);
        strcpy(a, "from the child");
        CHECK(shmdt(a) == 0);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(strcmp(b, "from the child") == 0);
    CHECK(shmdt(b) == 0);
    CHECK_ERRNO(shmdt(b), EINVAL);
    CHECK_ERRNO(shmdt(a + 1), EINVAL);
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    a[9999] = 1;
    CHECK(shmctl(id, IPC_STAT, &ds) == 0 && (ds.shm_perm.mode & SHM_DEST) && ds.shm_nattch == 1);
    CHECK(shmdt(a) == 0);
    CHECK_ERRNO(shmctl(id, IPC_STAT, &ds), EINVAL);
    CHECK_ERRNO((long)shmat(id, NULL, 0), EINVAL);
    key_t key = 0x0cc1;
    int made = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
    CHECK(made >= 0);
    CHECK_ERRNO(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    CHECK(shmget(key, 0, 0) == made);
    CHECK_ERRNO(shmget(key, 9999, 0), EINVAL);
    CHECK(shmctl(made, IPC_RMID, NULL) == 0);
    CHECK_ERRNO(shmget(key, 0, 0), ENOENT);
}

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static void semaphores(void) {
    CHECK_ERRNO(semget(IPC_PRIVATE, 0, 0600), EINVAL);
    CHECK_ERRNO(semget(IPC_PRIVATE, -1, 0600), EINVAL);
    int id = semget(IPC_PRIVATE, 3, 0600);
    CHECK(id >= 0);
    union semun u = {.val = 2};
    CHECK(semctl(id, 0, SETVAL, u) == 0 && semctl(id, 0, GETVAL) == 2 && semctl(id, 0, GETPID) == getpid());
    u.val = 99999;
    CHECK_ERRNO(semctl(id, 0, SETVAL, u), ERANGE);
    CHECK_ERRNO(semctl(id, 7, GETVAL), EINVAL);
    unsigned short all[3] = {1, 0, 5};
    u.array = all;
    CHECK(semctl(id, 0, SETALL, u) == 0);
    struct sembuf two[2] = {{0, -1, IPC_NOWAIT}, {1, -1, IPC_NOWAIT}};
    CHECK_ERRNO(semop(id, two, 2), EAGAIN);
    CHECK(semctl(id, 0, GETVAL) == 1);
    struct sembuf one = {9, 1, 0};
    CHECK_ERRNO(semop(id, &one, 1), EFBIG);
    CHECK_ERRNO(semop(id, &one, 0), EINVAL);
    CHECK_ERRNO(semop(id, &one, 10000), E2BIG);
    CHECK_ERRNO(semop(id, (void *)8, 1), EFAULT);
    one = (struct sembuf){2, 32767, 0};
    CHECK_ERRNO(semop(id, &one, 1), ERANGE);
    struct timespec t = {0, 20000000};
    one = (struct sembuf){1, -1, 0};
    CHECK_ERRNO(semtimedop(id, &one, 1, &t), EAGAIN);
    pid_t child = fork();
    if (child == 0) {
        struct sembuf take = {1, -1, 0}, undone = {2, -5, SEM_UNDO};
        CHECK(semop(id, &undone, 1) == 0);
        CHECK(semop(id, &take, 1) == 0);
        _exit(0);
    }
    while (semctl(id, 1, GETNCNT) != 1) usleep(1000);
    CHECK(semctl(id, 2, GETVAL) == 0);
    one = (struct sembuf){1, 1, 0};
    CHECK(semop(id, &one, 1) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(semctl(id, 2, GETVAL) == 5);
    child = fork();
    if (child == 0) {
        struct sembuf zero = {2, 0, 0};
        CHECK(semop(id, &zero, 1) == 0);  // it was zero, if only for a moment
        zero.sem_num = 0;
        CHECK_ERRNO(semop(id, &zero, 1), EIDRM);
        _exit(0);
    }
    while (semctl(id, 2, GETZCNT) != 1) usleep(1000);
    one = (struct sembuf){2, -5, 0};
    CHECK(semop(id, &one, 1) == 0);
    one.sem_op = 3;
    CHECK(semop(id, &one, 1) == 0 && semctl(id, 2, GETVAL) == 3);
    while (semctl(id, 0, GETZCNT) != 1) usleep(1000);
    struct semid_ds ds;
    u.buf = &ds;
    CHECK(semctl(id, 0, IPC_STAT, u) == 0 && ds.sem_nsems == 3);
    CHECK(semctl(id, 0, IPC_RMID) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_ERRNO(semctl(id, 0, GETVAL), EINVAL);
}

// A message goes to the one who waits for it, even when the queue is removed right after.
static void last_message(void) {
    struct {
        long type;
        char text[8];
    } m = {5, "last"};
    int id = msgget(IPC_PRIVATE, 0600), status;
    pid_t child = fork();
    if (child == 0) {
        CHECK(msgrcv(id, &m, 8, 5, 0) == 4 && memcmp(m.text, "last", 4) == 0);
        _exit(0);
    }
    usleep(50000);
    CHECK(msgsnd(id, &m, 4, 0) == 0 && msgctl(id, IPC_RMID, NULL) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

static void messages(void) {
    struct {
        long type;
        char text[64];
    } m = {1, "one"};
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(id >= 0);
    CHECK_ERRNO(msgrcv(id, &m, 64, 0, IPC_NOWAIT), ENOMSG);
    CHECK(msgsnd(id, &m, 4, 0) == 0);
    m.type = 3, strcpy(m.text, "three");
    CHECK(msgsnd(id, &m, 6, 0) == 0);
    m.type = 2, strcpy(m.text, "two");
    CHECK(msgsnd(id, &m, 4, 0) == 0);
    m.type = 0;
    CHECK_ERRNO(msgsnd(id, &m, 4, 0), EINVAL);
    m.type = 1;
    CHECK_ERRNO(msgsnd(id, &m, 100000, 0), EINVAL);
    struct msqid_ds ds;
    CHECK(msgctl(id, IPC_STAT, &ds) == 0 && ds.msg_qnum == 3 && ds.msg_lspid == getpid());
    CHECK_ERRNO(msgrcv(id, &m, 2, 3, 0), E2BIG);
    CHECK(msgrcv(id, &m, 2, 3, MSG_NOERROR) == 2 && m.type == 3 && memcmp(m.text, "th", 2) == 0);
    CHECK(msgrcv(id, &m, 64, -2, 0) == 4 && m.type == 1);
    CHECK(msgrcv(id, &m, 64, 1, MSG_EXCEPT) == 4 && m.type == 2);
    pid_t child = fork();
    if (child == 0) {
        CHECK(msgrcv(id, &m, 64, 7, 0) == 5 && strcmp(m.text, "wake") == 0);
        CHECK_ERRNO(msgrcv(id, &m, 64, 7, 0), EIDRM);
        _exit(0);
    }
    m.type = 7, strcpy(m.text, "wake");
    usleep(20000);
    CHECK(msgsnd(id, &m, 5, 0) == 0);
    usleep(50000);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK_ERRNO(msgsnd(id, &m, 4, 0), EINVAL);
}

static volatile sig_atomic_t told;
static void tell(int signal, siginfo_t *info, void *context) { told = info->si_value.sival_int; }

static void posix_queues(void) {
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 16}, seen;
    mq_unlink("/occlum-test");
    CHECK_ERRNO(mq_open("/occlum-test", O_RDWR), ENOENT);
    mqd_t q = mq_open("/occlum-test", O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
    CHECK(q >= 0);
    CHECK_ERRNO(mq_open("/occlum-test", O_RDWR | O_CREAT | O_EXCL, 0600, &attr), EEXIST);
    CHECK(mq_getattr(q, &seen) == 0 && seen.mq_maxmsg == 2 && seen.mq_msgsize == 16 && seen.mq_flags == O_NONBLOCK);
    char b[16];
    unsigned priority;
    CHECK_ERRNO(mq_receive(q, b, 16, NULL), EAGAIN);
    CHECK_ERRNO(mq_receive(q, b, 3, NULL), EMSGSIZE);
    CHECK_ERRNO(mq_send(q, b, 17, 0), EMSGSIZE);
    CHECK_ERRNO(mq_send(q, b, 1, 99999), EINVAL);
    struct sigaction action = {.sa_sigaction = tell, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR2, &action, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 77};
    CHECK(mq_notify(q, &event) == 0);
    CHECK_ERRNO(mq_notify(q, &event), EBUSY);
    CHECK(mq_send(q, "low", 3, 1) == 0);
    CHECK(told == 77);
    CHECK(mq_send(q, "high", 4, 9) == 0);
    CHECK_ERRNO(mq_send(q, "full", 4, 0), EAGAIN);
    CHECK(mq_getattr(q, &seen) == 0 && seen.mq_curmsgs == 2);
    CHECK(mq_receive(q, b, 16, &priority) == 4 && priority == 9);
    CHECK(mq_receive(q, b, 16, &priority) == 3 && priority == 1);
    seen.mq_flags = 0;
    CHECK(mq_setattr(q, &seen, NULL) == 0);
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 20000000;
    if (t.tv_nsec >= 1000000000) t.tv_nsec -= 1000000000, ++t.tv_sec;
    CHECK_ERRNO(mq_timedreceive(q, b, 16, NULL, &t), ETIMEDOUT);
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        CHECK(mq_send(q, "child", 5, 0) == 0);
        _exit(0);
    }
    CHECK(mq_receive(q, b, 16, NULL) == 5);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(mq_close(q) == 0 && mq_unlink("/occlum-test") == 0);
    CHECK_ERRNO(mq_unlink("/occlum-test"), ENOENT);
}

static void seals(void) {
    int fd = memfd_create("plain", 0);
    CHECK(fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
    close(fd);
    fd = memfd_create("sealed", MFD_ALLOW_SEALING);
    CHECK(fcntl(fd, F_GET_SEALS) == 0);
    CHECK(write(fd, "contents", 8) == 8);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    CHECK_ERRNO(ftruncate(fd, 2), EPERM);
    CHECK(ftruncate(fd, 100) == 0);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
    CHECK_ERRNO(ftruncate(fd, 200), EPERM);
    CHECK_ERRNO(pwrite(fd, "x", 1, 100), EPERM);
    char *m = mmap(NULL, 100, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(m != MAP_FAILED);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
    CHECK(munmap(m, 100) == 0);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
    CHECK_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
    CHECK_ERRNO((long)mmap(NULL, 100, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EPERM);
    m = mmap(NULL, 100, PROT_READ, MAP_SHARED, fd, 0);
    CHECK(m != MAP_FAILED && memcmp(m, "contents", 8) == 0);
    CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0);
    CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), EPERM);
    close(fd);
    int ends[2];
    CHECK(pipe(ends) == 0);
    CHECK_ERRNO(fcntl(ends[1], F_ADD_SEALS, 1), EINVAL);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    segments();
    semaphores();
    messages();
    last_message();
    posix_queues();
    seals();
    printf("done\n");
    return 0;
}

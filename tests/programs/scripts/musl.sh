#!/bin/bash
# packages: musl-tools busybox-static
cat >library.c <<'END'
#include <stdlib.h>
__thread int counter = 7;
int count(void) { return ++counter; }
__attribute__((constructor)) static void begin(void) { setenv("LOADED", "yes", 1); }
END
cat >main.c <<'END'
#include <dlfcn.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int (*count)(void);
static void *work(void *sum) { for (int i = 0; i < 10; i++) count(); *(int *)sum = count(); return sum; }
int main(int argc, char **argv)
{
    void *library = dlopen("./library.so", RTLD_NOW);
    if (!library) return printf("%s\n", dlerror()), 1;
    count = (int (*)(void))dlsym(library, "count");
    printf("%d %d %s\n", count(), count(), getenv("LOADED"));
    pthread_t threads[20]; int sums[20], total = 0;
    for (int i = 0; i < 20; i++) pthread_create(threads + i, 0, work, sums + i);
    for (int i = 0; i < 20; i++) pthread_join(threads[i], 0), total += sums[i];
    printf("%d %.6f\n", total, pow(2, 0.5));
    regex_t r; printf("%d\n", regcomp(&r, "^a+b$", REG_EXTENDED | REG_NOSUB) || regexec(&r, "aaab", 0, 0, 0));
    if (!fork()) execlp("sh", "sh", "-c", "exit 9", (char *)0);
    int status; wait(&status); printf("%d\n", WEXITSTATUS(status));
    FILE *p = popen("echo piped", "r"); char line[20]; fgets(line, 20, p); printf("%s%d\n", line, pclose(p));
    if (!fork()) raise(SIGABRT); wait(&status); printf("%d %s\n", WTERMSIG(status), strerror(2));
    return dlopen("./none.so", RTLD_LAZY) ? 1 : 5;
}
END
musl-gcc -O2 -fPIC -shared -o library.so library.c && musl-gcc -O2 -o main main.c && readelf -l main | grep -o 'ld-musl[^]]*'; ./main; echo "status $?"; musl-gcc -no-pie -o main main.c; ./main; echo "status $?"
/lib/ld-musl-x86_64.so.1 ./main | tail -1; busybox sh -c 'for i in 1 2 3; do echo $((i * i)); done | sort -r; busybox ls -d /usr; exec ./main' ; echo "status $?"; rm library.so; ./main 2>&1; echo "status $?"

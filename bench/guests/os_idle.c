// What an idle copy of a process costs the system, in bytes: the first number, where the others have nanoseconds.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
enum { kProcesses = 200 };
static uint64_t available(void) {
    char text[8192];
    FILE* file = fopen("/proc/meminfo", "r");
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return strtoull(strstr(text, "MemFree:") + 8, NULL, 10) * 1024;
}
int main(void) {
    pid_t children[kProcesses];
    int ready[2];
    if (pipe(ready)) return 1;
    available();
    uint64_t before = available();
    for (int i = 0; i < kProcesses; i++) {
        if ((children[i] = fork()) == 0) {
            if (write(ready[1], "x", 1) == 1) pause();
            _exit(1);
        }
    }
    char byte;
    for (int i = 0; i < kProcesses; i++)
        if (read(ready[0], &byte, 1) != 1) return 1;
    uint64_t after = available();
    for (int i = 0; i < kProcesses; i++) kill(children[i], SIGKILL);
    while (wait(NULL) > 0) {}
    printf("%llu %d\n", (unsigned long long)((before - after) / kProcesses), kProcesses);
}

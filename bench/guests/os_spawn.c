// Programs one after the other: the argument is "COUNT PROGRAM ARG…". Before more than one there is one that does not count: what is
// translated only once has rows of its own, with a COUNT of 1.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#define WITH_MAIN
#include "bench.h"

static uint64_t spawn(char** words, uint64_t count) {
    uint64_t done = 0;
    for (uint64_t i = 0; i < count; i++) {
        pid_t child = vfork();
        if (child == 0) {
            execv(words[0], words);
            _exit(1);
        }
        int status;
        done += waitpid(child, &status, 0) == child && status == 0;
    }
    return done;
}

int main(int argc, char** argv) {
    char text[400] = "", *words[16] = {0}, *rest = text;
    if (argc > 1) strncpy(text, argv[1], sizeof text - 1);
    const char* number = strtok_r(rest, " ", &rest);
    const uint64_t count = number ? strtoul(number, NULL, 10) : 0;
    for (int n = 0; n < 15 && (words[n] = strtok_r(rest, " ", &rest)); n++) {}
    if (count == 0 || !words[0]) return 2;
    const int quiet = open("/dev/null", O_WRONLY), out = dup(1);
    dup2(quiet, 1);
    if (count > 1) spawn(words, 1);
    const uint64_t start = now_ns(), done = spawn(words, count), took = now_ns() - start;
    dup2(out, 1);
    printf("%llu %llx\n", (unsigned long long)(took / count), (unsigned long long)done);
}

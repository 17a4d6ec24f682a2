// What a program is given at its start: arguments, environment, auxiliary vector; and its end: atexit, destructors, buffers.
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/wait.h>

#include "check.h"

extern char** environ;
static int built;
static int data = 4711, *pointer_to_data = &data;
static const char* const names[] = {"zero", "one", "two"};
static __thread int local = 5;
static __thread char block[300];

static __attribute__((constructor)) void build(void) { built++; }
static __attribute__((destructor)) void destroy(void) { puts("destructor"); }
static void first(void) { puts("registered first"); }
static void second(void) { puts("registered second"); }

int main(int argc, char** argv) {
    CHECK(argc == 1 && argv[0] && !argv[1] && built == 1 && *pointer_to_data == 4711 && strcmp(names[2], "two") == 0);
    CHECK(local == 5 && block[299] == 0);
    local = 6;
    CHECK(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_RANDOM) && getauxval(AT_PHDR) && getauxval(AT_PHENT) == sizeof(ElfW(Phdr)));
    CHECK(getauxval(AT_ENTRY) && getauxval(AT_CLKTCK) == 100 && getauxval(AT_SECURE) == 0 && getauxval(AT_UID) == getuid());
    CHECK(strcmp((const char*)getauxval(AT_EXECFN), argv[0]) == 0);
    const ElfW(Phdr)* headers = (const ElfW(Phdr)*)getauxval(AT_PHDR);
    int loads = 0;
    for (size_t i = 0; i < getauxval(AT_PHNUM); i++) loads += headers[i].p_type == PT_LOAD;
    CHECK(loads >= 2);
    const unsigned char* random = (const unsigned char*)getauxval(AT_RANDOM);
    int bits = 0;
    for (int i = 0; i < 16; i++) bits |= random[i];
    CHECK(bits);
    CHECK(strcmp(getenv("LANG"), "C") == 0 && !getenv("NO_SUCH_NAME"));
    CHECK(setenv("NEW", "1", 0) == 0 && setenv("NEW", "2", 0) == 0 && strcmp(getenv("NEW"), "1") == 0);
    CHECK(setenv("NEW", "3", 1) == 0 && strcmp(getenv("NEW"), "3") == 0 && unsetenv("NEW") == 0 && !getenv("NEW"));
    CHECK_ERRNO(setenv("BAD=NAME", "x", 1), EINVAL);
    int n = 0;
    for (char** e = environ; *e; e++) n++;
    for (int i = 0; i < 200; i++) {
        char name[16];
        snprintf(name, sizeof name, "V%d", i);
        CHECK(setenv(name, name, 1) == 0);
    }
    for (char** e = environ; *e; e++) n--;
    CHECK(n == -200 && strcmp(getenv("V150"), "V150") == 0);
    CHECK(clearenv() == 0 && !getenv("PATH"));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(local == 6 ? 3 : 4);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 3);
    CHECK(atexit(first) == 0 && atexit(second) == 0);
    printf("environment ok");
    exit(12);
}

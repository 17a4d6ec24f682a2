// A guest to be profiled: `guest spin` computes in one function, `guest call` makes system calls, `guest jit` computes in code of its own
// making, which it names in /tmp/perf-PID.map.
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile uint64_t result;

__attribute__((noinline)) static void spin_in_here(void) {
    uint64_t x = result + 1;
    for (int i = 0; i < 2000000; ++i) x = x * 6364136223846793005u + 1442695040888963407u;
    result = x;
}

static void call(void) {
    char zero[65536];
    int fd = open("/dev/zero", O_RDONLY);
    for (int n = 0; n < 300000; ++n) read(fd, zero, sizeof zero);
}

static int jit(void) {
    // mov $20000000, %eax; 1: dec %eax; jnz 1b; ret
    static const unsigned char kCode[] = {0xb8, 0x00, 0x2d, 0x31, 0x01, 0xff, 0xc8, 0x75, 0xfc, 0xc3};
    unsigned char* code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) return 1;
    memcpy(code, kCode, sizeof kCode);
    char path[64];
    snprintf(path, sizeof path, "/tmp/perf-%d.map", getpid());
    FILE* map = fopen(path, "w");
    if (!map) return 1;
    fprintf(map, "%lx %zx made at run time\n", (unsigned long)code, sizeof kCode);
    fclose(map);
    for (int n = 0; n < 60; ++n) ((void (*)(void))code)();
    return 0;
}

int main(int count, char** arguments) {
    const char* what = count > 1 ? arguments[1] : "";
    if (strcmp(what, "jit") == 0) return jit();
    if (strcmp(what, "call") == 0) call();
    if (strcmp(what, "spin") == 0)
        for (int n = 0; n < 150; ++n) spin_in_here();
    puts("done");
    return 0;
}

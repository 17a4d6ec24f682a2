// strict_wx strict|free: every way from writable to executable, refused or not.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>

#include "../c/check.h"

static int strict;
static int refused(int result) {
    CHECK(result == 0 || errno == EACCES);
    return result != 0;
}

int main(int argc, char** argv) {
    strict = argc > 1 && strcmp(argv[1], "strict") == 0;
    void* both = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(strict ? both == MAP_FAILED && errno == EACCES : both != MAP_FAILED);
    char* page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED && refused(mprotect(page, 4096, PROT_READ | PROT_EXEC)) == strict);
    CHECK(refused(mprotect(page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC)) == strict);
    int self = open("/proc/self/exe", O_RDONLY);
    char* code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, self, 0);
    CHECK(code != MAP_FAILED && mprotect(code, 4096, PROT_READ | PROT_WRITE) == 0);
    code[0] = 1;
    CHECK(refused(mprotect(code, 4096, PROT_READ | PROT_EXEC)) == strict);
    CHECK(refused(mprotect(code, 4096, PROT_EXEC)) == strict);
    printf("%s ok\n", argv[1]);
}

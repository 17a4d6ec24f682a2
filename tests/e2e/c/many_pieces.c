// Memory in very many pieces, in several processes at once: a limit of the machine is ENOMEM, or kills who wanted more, and the others go on.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 30000, CHILDREN = 4 };

static int all_divided[2];  // a pipe that ends when every child has divided its memory

static int divide(void) {
    char* const memory = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return errno == ENOMEM ? 0 : 1;
    memset(memory, 1, (size_t)PAGES * PAGE);
    for (long page = 0; page < PAGES; page += 2)
        if (mprotect(memory + page * PAGE, PAGE, PROT_READ) != 0) {
            if (errno != ENOMEM) return 2;
            break;
        }
    for (long page = 0; page < PAGES; ++page)
        if (memory[page * PAGE] != 1) return 3;
    char end;
    close(all_divided[1]);
    if (read(all_divided[0], &end, 1) != 0) return 6;
    // Room is made when pieces go.
    if (munmap(memory, (size_t)PAGES * PAGE) != 0) return 4;
    char* const again = mmap(NULL, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (again == MAP_FAILED) return 5;
    memset(again, 2, 64 * PAGE);
    return 0;
}

int main(void) {
    if (pipe(all_divided) != 0) return 1;
    for (int n = 0; n < CHILDREN; ++n)
        if (fork() == 0) _exit(divide());
    close(all_divided[1]);
    int status;
    while (wait(&status) > 0)
        if (status != 0 && status != SIGKILL) printf("a child ended with %x\n", status);
    printf("parent: %d\n", divide());
    return 0;
}

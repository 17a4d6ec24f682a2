// A child of a process that has had code of its own making, and has it no more.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "check.h"

typedef int Function(void);

static void* code_page(void) {
    static const unsigned char kReturn42[] = {0xb8, 42, 0, 0, 0, 0xc3};
    void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    memcpy(page, kReturn42, sizeof kReturn42);
    CHECK(((Function*)page)() == 42);
    return page;
}

// How a child ends that calls the page.
static int status_of_call(void* page) {
    fflush(stdout);
    const int child = fork();
    CHECK(child >= 0);
    if (child == 0) _exit(page ? ((Function*)page)() : 7);
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

int main(void) {
    void* page = code_page();
    CHECK(status_of_call(page) == 42);
    CHECK(munmap(page, 4096) == 0);
    CHECK(status_of_call(NULL) == 7);
    puts("unmapped");
    page = code_page();
    CHECK(madvise(page, 4096, MADV_DONTFORK) == 0);
    CHECK(status_of_call(page) == -SIGSEGV);
    CHECK(((Function*)page)() == 42);
    puts("not inherited");
    return 0;
}

// Files that run are not written to and files that are written to do not run; what one maps shared and
// read-only, others' stores and writes reach.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char** environ;

static void copy_self(const char* to) {
    char bytes[4096];
    const int in = open("/proc/self/exe", O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    for (ssize_t count; (count = read(in, bytes, sizeof bytes)) > 0;)
        CHECK(write(out, bytes, (size_t)count) == count);
    close(in);
    close(out);
}

static int run(const char* path) {
    const pid_t child = fork();
    if (child == 0) {
        execl(path, path, "child", (char*)0);
        _exit(errno);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static void busy_text(void) {
    copy_self("file_use_copy");
    CHECK(run("file_use_copy") == 0);
    const int writing = open("file_use_copy", O_WRONLY);
    CHECK(run("file_use_copy") == ETXTBSY);
    close(writing);
    int to[2];
    CHECK(pipe(to) == 0);
    const pid_t child = fork();
    if (child == 0) {
        dup2(to[0], 0);
        close(to[1]);
        execl("file_use_copy", "file_use_copy", "wait", (char*)0);
        _exit(1);
    }
    close(to[0]);
    // The child's program runs once this is read.
    char name[64], link[64] = "";
    snprintf(name, sizeof name, "/proc/%d/exe", child);
    while (!strstr(link, "file_use_copy")) CHECK(readlink(name, link, sizeof link - 1) > 0);
    CHECK_ERRNO(open("file_use_copy", O_WRONLY), ETXTBSY);
    CHECK_ERRNO(open("file_use_copy", O_RDONLY | O_TRUNC), ETXTBSY);
    CHECK_ERRNO(truncate("file_use_copy", 0), ETXTBSY);
    CHECK(chmod("file_use_copy", 0700) == 0);
    close(to[1]);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    CHECK(truncate("file_use_copy", 0) == 0);
    unlink("file_use_copy");
}

static void read_only_sharing(const char* folder) {
    char name[128];
    snprintf(name, sizeof name, "%s/file_use_shared", folder);
    const int writer = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(writer >= 0 && ftruncate(writer, 8192) == 0);
    const int reader = open(name, O_RDONLY);
    char* seen = mmap(0, 8192, PROT_READ, MAP_SHARED, reader, 0);
    CHECK(seen != MAP_FAILED && seen[0] == 0 && seen[4096] == 0);
    CHECK(pwrite(writer, "written", 8, 0) == 8 && strcmp(seen, "written") == 0);
    char* stored = mmap(0, 8192, PROT_WRITE, MAP_SHARED, writer, 0);
    CHECK(stored != MAP_FAILED);
    strcpy(stored + 4096, "stored");
    CHECK(strcmp(seen + 4096, "stored") == 0);
    char* late = mmap(0, 8192, PROT_READ, MAP_SHARED, reader, 0);
    CHECK(strcmp(late, "written") == 0 && strcmp(late + 4096, "stored") == 0);
    CHECK_ERRNO(mprotect(late, 8192, PROT_READ | PROT_WRITE), EACCES);
    CHECK(mmap(0, 8192, PROT_WRITE, MAP_SHARED, reader, 0) == MAP_FAILED && errno == EACCES);
    unlink(name);
    close(writer);
    close(reader);
}

static void queueing_nothing(void) {
    const union sigval value = {0};
    CHECK(sigqueue(getpid(), 0, value) == 0);
    CHECK_ERRNO(sigqueue(4000000, 0, value), ESRCH);
    CHECK_ERRNO(sigqueue(getpid(), -1, value), EINVAL);
    CHECK_ERRNO(sigqueue(getpid(), 65, value), EINVAL);
}

int main(int count, char** arguments) {
    if (count > 1) {
        char byte;
        return strcmp(arguments[1], "wait") == 0 && read(0, &byte, 1) != 0;
    }
    busy_text();
    read_only_sharing(".");
    read_only_sharing("/dev/shm");
    queueing_nothing();
    return 0;
}

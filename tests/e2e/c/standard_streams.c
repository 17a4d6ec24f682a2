// Standard input is /dev/null here and standard output a pipe: how they are open, and opened again through /proc.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void try_read(const char* what, int fd) {
    char byte;
    errno = 0;
    const int got = (int)read(fd, &byte, 1);
    printf("%s: read %d %s\n", what, got, strerror(errno));
    fflush(stdout);
}

static void try_write(const char* what, int fd, const char* text) {
    errno = 0;
    const int put = (int)write(fd, text, strlen(text));
    printf("%s: write %d %s\n", what, put, strerror(errno));
    fflush(stdout);
}

int main(void) {
    printf("access %d %d\n", fcntl(0, F_GETFL) & O_ACCMODE, fcntl(1, F_GETFL) & O_ACCMODE);
    fflush(stdout);
    try_read("input", 0);
    try_write("input", 0, "x");
    try_read("output", 1);
    const int reader = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK);
    try_write("output again, to read", reader, "x");
    const int writer = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK);
    try_write("output again", writer, "by another way\n");
    try_read("output again", writer);
    printf("flags %x %x\n", fcntl(reader, F_GETFL) & (O_ACCMODE | O_NONBLOCK), fcntl(writer, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
    fflush(stdout);
    return 0;
}

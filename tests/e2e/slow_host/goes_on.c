// goes_on HOW FILE [BESIDE]: uses FILE in a way that makes the host slow, in a child; meanwhile makes other calls and other changes to BESIDE, or beside
// FILE, and says whether many of a hundred steps, 5 ms each, were done before the child's wait was over. The child first makes the file that WHEN says, if any.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void must(int good, const char* what) {
    if (good) return;
    perror(what);
    exit(1);
}

static int use_name(const char* how, const char* file) {
    struct stat there;
    char text[4096];
    if (!strcmp(how, "stat")) {
        must(stat(file, &there) == 0 || errno == ENOENT, "stat");
    } else if (!strcmp(how, "readlink")) {
        must(readlink(file, text, sizeof text) > 0, "readlink");
    } else if (!strcmp(how, "list")) {
        DIR* directory = opendir(file);
        must(directory != NULL, "opendir");
        while (readdir(directory)) continue;
        closedir(directory);
    } else if (!strcmp(how, "mkdir")) {
        must(mkdir(file, 0700) == 0, "mkdir");
    } else if (!strcmp(how, "rename")) {
        snprintf(text, sizeof text, "%s.before", file);
        must(close(open(text, O_WRONLY | O_CREAT, 0600)) == 0 && rename(text, file) == 0, "rename");
    } else if (!strcmp(how, "unlink")) {
        must(unlink(file) == 0, "unlink");
    } else {
        return 0;
    }
    return 1;
}

// The LibOS keeps host files open for a while: others must take their place.
static void use_many_after(const char* file) {
    char name[4096], byte;
    for (int n = 0; n <= 300; n++) {
        if (n > 0) snprintf(name, sizeof name, "%s.%d", file, n);
        const int fd = open(n > 0 ? name : file, O_RDWR | O_CREAT, 0600);
        must(fd >= 0 && write(fd, "x", 1) == 1 && pread(fd, &byte, 1, 0) == 1 && close(fd) == 0, "use");
    }
}

// In the middle of a file that is there, of which nothing is in memory.
static int change_contents(const char* how, const char* file) {
    const int fd = open(file, O_RDWR);
    char byte;
    if (!strcmp(how, "patch")) {
        must(fd >= 0 && pwrite(fd, "patch", 5, 150000) == 5, "pwrite");
    } else if (!strcmp(how, "truncate")) {
        must(fd >= 0 && ftruncate(fd, 150000) == 0, "ftruncate");
    } else if (!strcmp(how, "punch")) {
        must(fd >= 0 && fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 9000, 90000) == 0, "fallocate");
    } else if (!strcmp(how, "seek")) {
        must(fd >= 0 && lseek(fd, 0, SEEK_HOLE) == 300000, "lseek");
    } else if (!strcmp(how, "setxattr")) {
        must(fd >= 0 && fsetxattr(fd, "user.other", "two", 3, 0) == 0 && fgetxattr(fd, "user.one", &byte, 1) == 1, "xattr");
    } else {
        return 0;
    }
    must(close(fd) == 0, "close");
    return 1;
}

// More than a file system will keep to itself.
static void write_much(const char* file) {
    static char piece[1 << 20];
    const int fd = open(file, O_WRONLY | O_CREAT, 0600);
    memset(piece, 'm', sizeof piece);
    for (int i = 0; i < 40; i++) must(write(fd, piece, sizeof piece) == sizeof piece, "write");
    must(close(fd) == 0, "close");
}

static volatile char touched;

static char* map_file(int fd, size_t size, int flags, off_t at) {
    char* where = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, at);
    must(where != MAP_FAILED, "mmap");
    return where;
}

// Where the kernel itself is the first to touch the file's page, for a call's buffer or name.
static int use_from_memory(const char* how, const char* file) {
    const int fd = open(file, O_RDWR);
    if (!strcmp(how, "buffer")) {
        const int zero = open("/dev/zero", O_RDONLY);
        must(read(zero, map_file(fd, 8192, MAP_PRIVATE, 65536) + 100, 4000) == 4000, "read");
    } else if (!strcmp(how, "vector")) {
        char* at = map_file(fd, 8192, MAP_PRIVATE, 65536);
        struct iovec parts[] = {{.iov_base = at + 10, .iov_len = 10}, {.iov_base = at + 4096, .iov_len = 10}};
        const int null = open("/dev/null", O_WRONLY);
        must(writev(null, parts, 2) == 20, "writev");
    } else if (!strcmp(how, "name")) {
        must(access(map_file(fd, 8192, MAP_PRIVATE, 65536), F_OK) == -1 && errno == ENAMETOOLONG, "access");
    } else if (!strcmp(how, "populate")) {
        touched = map_file(fd, 8192, MAP_PRIVATE | MAP_POPULATE, 65536)[0];
    } else if (!strcmp(how, "edge")) {
        must(pwrite(fd, "x", 1, 66000) == 1, "pwrite");
    } else if (!strcmp(how, "cut")) {
        must(ftruncate(fd, 66000) == 0, "ftruncate");
    } else if (!strcmp(how, "unmap")) {
        char* at = map_file(fd, 4096, MAP_SHARED, 0);
        at[0] = 'u';
        must(munmap(at, 4096) == 0, "munmap");
    } else if (!strcmp(how, "agree")) {
        char byte;
        map_file(fd, 4096, MAP_SHARED, 0)[0] = 'a';
        must(pread(fd, &byte, 1, 0) == 1 && byte == 'a', "pread");
    } else {
        close(fd);
        return 0;
    }
    return 1;
}

static void use(const char* how, const char* file) {
    if (use_name(how, file) || use_from_memory(how, file) || change_contents(how, file)) return;
    if (!strcmp(how, "much")) return write_much(file);
    if (!strcmp(how, "close")) return use_many_after(file);
    const int writes = strcmp(how, "read") != 0 && strcmp(how, "touch") != 0;
    const int fd = open(file, writes ? O_RDWR | O_CREAT : O_RDONLY, 0600);
    must(fd >= 0, file);
    const off_t middle = lseek(fd, 0, SEEK_END) / 8192 * 4096;
    must(lseek(fd, 0, SEEK_SET) == 0, "lseek");
    char bytes[4096] = "bytes";
    if (!strcmp(how, "read")) {
        must(pread(fd, bytes, sizeof bytes, middle) > 0, "read");
    } else if (!strcmp(how, "touch")) {
        volatile const char* at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, middle);
        must(at != MAP_FAILED, "mmap");
        touched = at[0];
    } else {
        must(write(fd, bytes, sizeof bytes) == sizeof bytes, "write");
        if (!strcmp(how, "sync")) sync();
        if (!strcmp(how, "fsync")) must(fsync(fd) == 0, "fsync");
        if (!strcmp(how, "dsync")) {
            const int other = open(file, O_WRONLY | O_DSYNC);
            must(other >= 0 && write(other, "x", 1) == 1, "write O_DSYNC");
        }
        if (!strcmp(how, "msync")) {
            char* at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            must(at != MAP_FAILED, "mmap");
            at[0] = 'm';
            must(msync(at, 4096, MS_SYNC) == 0, "msync");
        }
    }
}

static long ms_since(struct timespec start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000;
}

static long longest_step;

static void step(const char* beside) {
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    const int fd = open(beside, O_RDWR | O_CREAT | O_APPEND, 0600);
    must(fd >= 0 && write(fd, "0123456789", 10) == 10, beside);
    close(fd);
    const long took = ms_since(start);
    if (took > longest_step) longest_step = took;
}

int main(int count, char** arguments) {
    must(count == 3 || count == 4, "arguments");
    int done[2];
    must(pipe2(done, O_NONBLOCK) == 0, "pipe");
    char beside[4096], byte;
    snprintf(beside, sizeof beside, "%s%s", arguments[count - 1], count == 4 ? "" : ".beside");
    // What the steps need of programs and files is here before anything is slow.
    step(beside);
    const pid_t child = fork();
    if (child == 0) {
        struct timespec start;
        const char* when = getenv("WHEN");
        must(when == NULL || close(open(when, O_CREAT | O_WRONLY, 0600)) == 0, "WHEN");
        clock_gettime(CLOCK_MONOTONIC, &start);
        use(arguments[1], arguments[2]);
        const long took = ms_since(start);
        must(write(done[1], "x", 1) == 1, "pipe");
        _exit(took >= 900 ? 0 : 2);
    }
    int steps = 0;
    const char* within = getenv("STEP_MS");  // each step, from the first to the last moment
    const int to_the_end = within != NULL;
    for (; (steps < 100 || to_the_end) && read(done[0], &byte, 1) != 1; ++steps) step(beside);
    // On a machine with much else to do a step takes longer; none is done while one is kept waiting.
    int enough = steps >= 20;
    for (; steps < 100; ++steps) step(beside);
    // What is slow may be short of what the child does before, or come after what others may go on during.
    if (!strcmp(arguments[1], "close") || to_the_end) enough = longest_step < (to_the_end ? atoi(within) : 900);
    int status;
    must(waitpid(child, &status, 0) == child && WIFEXITED(status), "waitpid");
    printf("%s %s\n", enough ? "went on" : "was kept waiting", WEXITSTATUS(status) == 0 ? "slow" : "not slow");
    return 0;
}

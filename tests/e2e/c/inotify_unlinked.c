// inotify(7) of files that have no name any more: who watches hears of their use, and of their end.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "check.h"

static int notes, directory_watch;

static void event_text(unsigned mask) {
    static const struct {
        unsigned bit;
        const char* name;
    } kNames[] = {{IN_ACCESS, "access"},
                  {IN_MODIFY, "modify"},
                  {IN_ATTRIB, "attrib"},
                  {IN_CLOSE_WRITE, "close_write"},
                  {IN_CLOSE_NOWRITE, "close_nowrite"},
                  {IN_OPEN, "open"},
                  {IN_MOVED_FROM, "moved_from"},
                  {IN_MOVED_TO, "moved_to"},
                  {IN_CREATE, "create"},
                  {IN_DELETE, "delete"},
                  {IN_DELETE_SELF, "delete_self"},
                  {IN_MOVE_SELF, "move_self"},
                  {IN_IGNORED, "ignored"},
                  {IN_ISDIR, "isdir"}};
    for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i)
        if (mask & kNames[i].bit) printf(" %s", kNames[i].name);
}

static void show(const char* when) {
    char buffer[4096] __attribute__((aligned(8)));
    printf("%s:\n", when);
    for (;;) {
        ssize_t size = read(notes, buffer, sizeof buffer);
        if (size < 0) {
            CHECK(errno == EAGAIN);
            return;
        }
        for (ssize_t at = 0; at < size;) {
            struct inotify_event* event = (struct inotify_event*)(buffer + at);
            printf("  %s", event->wd == directory_watch ? "directory" : "file");
            event_text(event->mask);
            if (event->len) printf(" \"%s\"", event->name);
            printf("\n");
            at += (ssize_t)(sizeof *event + event->len);
        }
    }
}

static void begin(unsigned extra) {
    notes = inotify_init1(IN_NONBLOCK);
    CHECK(notes >= 0);
    directory_watch = inotify_add_watch(notes, ".", IN_ALL_EVENTS | extra);
    CHECK(directory_watch > 0);
}

static int make(const char* name) {
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0);
    return fd;
}

static void watch(const char* name) { CHECK(inotify_add_watch(notes, name, IN_ALL_EVENTS) > 0); }

static void open_file(unsigned extra) {
    begin(extra);
    int fd = make("a");
    watch("a");
    show("made");
    CHECK(unlink("a") == 0);
    show("unlinked");
    CHECK(write(fd, "x", 1) == 1);
    show("written");
    int second = dup(fd);
    close(fd);
    show("closed one");
    close(second);
    show("closed");
    close(notes);
}

static void closed_file(void) {
    begin(0);
    close(make("a"));
    watch("a");
    show("made");
    CHECK(unlink("a") == 0);
    show("unlinked");
    close(notes);
}

static void two_names(void) {
    begin(0);
    close(make("a"));
    CHECK(link("a", "b") == 0);
    watch("a");
    int one = open("a", O_RDONLY), two = open("b", O_RDONLY);
    CHECK(one >= 0 && two >= 0);
    show("made");
    CHECK(unlink("a") == 0);
    show("unlinked one");
    close(one);
    show("closed one");
    CHECK(unlink("b") == 0);
    show("unlinked");
    close(two);
    show("closed");
    close(notes);
}

static void mapped(void) {
    notes = inotify_init1(IN_NONBLOCK);
    directory_watch = 0;
    int fd = make("a");
    CHECK(ftruncate(fd, 4096) == 0);
    CHECK(inotify_add_watch(notes, "a", IN_ATTRIB | IN_DELETE_SELF) > 0);
    char* memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    CHECK(memory != MAP_FAILED);
    close(fd);
    CHECK(unlink("a") == 0);
    show("mapped");
    CHECK(munmap(memory, 4096) == 0);
    show("unmapped");
    close(notes);
}

static void replaced(void) {
    begin(0);
    close(make("a"));
    int held = make("b");
    close(make("c"));
    watch("b");
    show("made");
    CHECK(rename("a", "b") == 0);
    show("replaced an open file");
    close(held);
    show("closed");
    watch("b");
    CHECK(rename("c", "b") == 0);
    show("replaced");
    CHECK(unlink("b") == 0);
    close(notes);
}

static void directories(void) {
    begin(0);
    CHECK(mkdir("d", 0755) == 0);
    CHECK(access("d/nothing", F_OK) == -1);
    watch("d");
    int held = open("d", O_RDONLY | O_DIRECTORY);
    show("made");
    CHECK(rmdir("d") == 0);
    show("removed");
    close(held);
    show("closed");
    CHECK(mkdir("d", 0755) == 0);
    CHECK(access("d/nothing", F_OK) == -1);
    watch("d");
    CHECK(rmdir("d") == 0);
    show("removed another");
    close(notes);
}

static void exchanged(void) {
    begin(0);
    close(make("a"));
    CHECK(mkdir("b", 0755) == 0);
    watch("a");
    show("made");
    CHECK(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2) == 0);
    show("exchanged");
    CHECK(rmdir("a") == 0 && unlink("b") == 0);
    close(notes);
}

int main(void) {
    char place[] = "/tmp/inotify_XXXXXX";
    CHECK(mkdtemp(place) && chdir(place) == 0);
    open_file(0);
    open_file(IN_EXCL_UNLINK);
    closed_file();
    two_names();
    mapped();
    replaced();
    directories();
    exchanged();
    CHECK(chdir("/") == 0 && rmdir(place) == 0);
    return 0;
}

// Pseudo-terminals: the line discipline, sessions and job control, packet mode, hang-ups.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

static int master, slave;

static void open_pair(void) {
    master = posix_openpt(O_RDWR | O_NOCTTY);
    CHECK(master >= 0);
    CHECK(grantpt(master) == 0);
    char name[64];
    CHECK(ptsname_r(master, name, sizeof name) == 0);
    CHECK(open(name, O_RDWR | O_NOCTTY) == -1 && errno == EIO);
    CHECK(unlockpt(master) == 0);
    slave = open(name, O_RDWR | O_NOCTTY);
    CHECK(slave >= 0);
    CHECK(isatty(slave) && isatty(master));
    char seen[64];
    CHECK(ttyname_r(slave, seen, sizeof seen) == 0 && strcmp(seen, name) == 0);
    struct stat st;
    CHECK(fstat(slave, &st) == 0 && S_ISCHR(st.st_mode));
}

static void close_pair(void) {
    close(slave);
    close(master);
}

// What the master sees once it is quiet, as visible text.
static void show(const char *what) {
    char bytes[4096];
    size_t have = 0;
    struct pollfd p = {master, POLLIN, 0};
    while (poll(&p, 1, 100) == 1 && (p.revents & POLLIN)) {
        ssize_t got = read(master, bytes + have, sizeof bytes - have);
        if (got <= 0) break;
        have += (size_t)got;
    }
    printf("%s: ", what);
    for (size_t i = 0; i < have; ++i)
        if (bytes[i] >= 32 && bytes[i] < 127)
            putchar(bytes[i]);
        else
            printf("<%d>", (unsigned char)bytes[i]);
    putchar('\n');
}

// Linux hands typed bytes on a little later.
static void type(const char *text) {
    CHECK(write(master, text, strlen(text)) == (ssize_t)strlen(text));
    usleep(20000);
}

static void take(const char *what) {
    char bytes[512];
    int flags = fcntl(slave, F_GETFL);
    fcntl(slave, F_SETFL, flags | O_NONBLOCK);
    int waiting = -1;
    CHECK(ioctl(slave, FIONREAD, &waiting) == 0);
    ssize_t got = read(slave, bytes, sizeof bytes);
    printf("%s: %d waiting, ", what, waiting);
    if (got < 0) printf("%s", errno == EAGAIN ? "EAGAIN" : strerror(errno));
    for (ssize_t i = 0; i < got; ++i)
        if (bytes[i] >= 32 && bytes[i] < 127)
            putchar(bytes[i]);
        else
            printf("<%d>", (unsigned char)bytes[i]);
    printf(" (%zd)\n", got);
    fcntl(slave, F_SETFL, flags);
}

static void editing(void) {
    open_pair();
    type("abc\x7f\x7fxyz\n");
    show("erase");
    take("erase");
    type("one two  \x17three\n");
    show("word erase");
    take("word erase");
    type("lost\x15kept\n");
    show("kill");
    take("kill");
    type("a\tb\x7f\x7f\x7fz\n");
    show("erased tab");
    take("erased tab");
    type("a\x16\x03" "b\n");
    show("literal next");
    take("literal next");
    type("ab\x12" "c\n");
    show("reprint");
    take("reprint");
    type("part");
    take("unfinished");
    type("\x04");
    take("end of file after text");
    type("\x04");
    take("end of file");
    type("first\nsecond\n");
    show("two lines");
    take("one line");
    take("other line");
    char few[3];
    type("abcdef\n");
    show("short reads");
    CHECK(read(slave, few, 3) == 3 && memcmp(few, "abc", 3) == 0);
    take("the rest");
    type("cr\r");
    show("carriage return");
    take("carriage return");
    CHECK(write(slave, "out\n", 4) == 4);
    show("output");
    type("\x01\x1b[A\n");
    show("control characters");
    take("control characters");
    type("pending");
    CHECK(tcflush(slave, TCIFLUSH) == 0);
    type("new\n");
    take("flushed");
    show("flushed");
    close_pair();
}

static void with_flags(const char *what, tcflag_t in_on, tcflag_t in_off, tcflag_t out_on, tcflag_t out_off,
                       tcflag_t local_on, tcflag_t local_off, const char *typed) {
    open_pair();
    struct termios t;
    CHECK(tcgetattr(slave, &t) == 0);
    t.c_iflag = (t.c_iflag | in_on) & ~in_off;
    t.c_oflag = (t.c_oflag | out_on) & ~out_off;
    t.c_lflag = (t.c_lflag | local_on) & ~local_off;
    CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
    type(typed);
    show(what);
    take(what);
    CHECK(write(slave, "a\tb\nc\rd", 7) == 7);
    show("  output");
    close_pair();
}

static void flags(void) {
    with_flags("no echo", 0, 0, 0, 0, 0, ECHO, "secret\n");
    with_flags("only newlines", 0, 0, 0, 0, ECHONL, ECHO, "secret\n");
    with_flags("no ECHOE", 0, 0, 0, 0, 0, ECHOE, "ab\x7f" "c\n");
    with_flags("ECHOPRT", 0, 0, 0, 0, ECHOPRT, 0, "abc\x7f\x7f" "d\n");
    with_flags("no ECHOKE", 0, 0, 0, 0, 0, ECHOKE, "abc\x15" "d\n");
    with_flags("no ECHOCTL", 0, 0, 0, 0, 0, ECHOCTL, "a\x01" "d\n");
    with_flags("INLCR", INLCR, ICRNL, 0, 0, 0, 0, "a\nb\r\n");
    with_flags("IGNCR", IGNCR, 0, 0, 0, 0, 0, "a\rb\n");
    with_flags("ISTRIP", ISTRIP, 0, 0, 0, 0, 0, "\xe1\xe2\n");
    with_flags("IUTF8", IUTF8, 0, 0, 0, 0, 0, "\xc3\xa9x\x7f\x7fz\n");
    with_flags("no OPOST", 0, 0, 0, OPOST, 0, 0, "a\n");
    with_flags("OCRNL", 0, 0, OCRNL, 0, 0, 0, "a\n");
    with_flags("XTABS", 0, 0, XTABS, 0, 0, 0, "a\tb\n");
    with_flags("no IEXTEN", 0, 0, 0, 0, 0, IEXTEN, "a b\x17\x16\n");
    with_flags("no ISIG", 0, 0, 0, 0, 0, ISIG, "a\x03\x1a\n");
    with_flags("no ICANON", 0, 0, 0, 0, 0, ICANON, "ab\x7f");
}

static void raw_reads(void) {
    open_pair();
    struct termios t;
    CHECK(tcgetattr(slave, &t) == 0);
    cfmakeraw(&t);
    CHECK(tcsetattr(slave, TCSAFLUSH, &t) == 0);
    type("a\x03\r\n");
    take("raw");
    show("raw");
    t.c_cc[VMIN] = 0;
    t.c_cc[VTIME] = 0;
    CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
    char bytes[8];
    CHECK(read(slave, bytes, 8) == 0);
    t.c_cc[VTIME] = 1;
    CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
    CHECK(read(slave, bytes, 8) == 0);
    type("x");
    CHECK(read(slave, bytes, 8) == 1);
    t.c_cc[VMIN] = 3;
    t.c_cc[VTIME] = 0;
    CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
    type("ab");
    struct pollfd p = {slave, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents == POLLOUT);
    type("c");
    CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT));
    CHECK(read(slave, bytes, 8) == 3);
    t.c_cc[VTIME] = 1;
    CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
    type("ab");
    CHECK(read(slave, bytes, 8) == 2);
    // Back to lines: what was typed before is one.
    type("left");
    CHECK(tcgetattr(slave, &t) == 0);
    t.c_lflag |= ICANON;
    CHECK(tcsetattr(slave, TCSANOW, &t) == 0);
    type("over\n");
    take("after the change");
    close_pair();
}

static void flow(void) {
    open_pair();
    type("\x13");
    fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK);
    CHECK(write(slave, "held", 4) == -1 && errno == EAGAIN);
    type("\x11");
    CHECK(write(slave, "free", 4) == 4);
    show("flow");
    CHECK(tcflow(slave, TCOOFF) == 0);
    CHECK(write(slave, "held", 4) == -1 && errno == EAGAIN);
    CHECK(tcflow(slave, TCOON) == 0);
    CHECK(tcflow(slave, 77) == -1 && errno == EINVAL);
    CHECK(tcflush(slave, 77) == -1 && errno == EINVAL);
    CHECK(tcdrain(slave) == 0);
    close_pair();
}

static void windows(void) {
    open_pair();
    struct winsize size = {11, 22, 33, 44}, seen = {0};
    CHECK(ioctl(master, TIOCSWINSZ, &size) == 0);
    CHECK(ioctl(slave, TIOCGWINSZ, &seen) == 0 && memcmp(&size, &seen, sizeof size) == 0);
    int number = -1, lock = -1;
    CHECK(ioctl(master, TIOCGPTN, &number) == 0 && number >= 0);
    CHECK(ioctl(master, TIOCGPTLCK, &lock) == 0 && lock == 0);
    CHECK(ioctl(slave, TIOCGPTN, &number) == -1 && errno == ENOTTY);
    CHECK(ioctl(slave, 0x1234, &number) == -1 && errno == ENOTTY);
    CHECK(ioctl(slave, TCGETS, (void *)8) == -1 && errno == EFAULT);
    CHECK(lseek(slave, 0, SEEK_SET) == -1 && errno == ESPIPE);
    int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    CHECK(peer >= 0 && isatty(peer));
    close(peer);
    CHECK(tcgetpgrp(slave) == -1 && errno == ENOTTY);
    CHECK(tcgetsid(slave) == -1 && errno == ENOTTY);
    close_pair();
}

static void packets(void) {
    open_pair();
    int on = 1;
    CHECK(ioctl(master, TIOCPKT, &on) == 0);
    char bytes[16];
    CHECK(write(slave, "hi", 2) == 2);
    CHECK(read(master, bytes, sizeof bytes) == 3 && memcmp(bytes, "\0hi", 3) == 0);
    CHECK(tcflush(slave, TCIFLUSH) == 0);
    CHECK(read(master, bytes, sizeof bytes) == 1);
    printf("packet: flush %d\n", bytes[0] & TIOCPKT_FLUSHREAD);
    CHECK(tcflow(slave, TCOOFF) == 0);
    CHECK(read(master, bytes, sizeof bytes) == 1);
    printf("packet: stop %d\n", bytes[0] & TIOCPKT_STOP);
    CHECK(tcflow(slave, TCOON) == 0);
    CHECK(read(master, bytes, sizeof bytes) == 1);
    printf("packet: start %d\n", bytes[0] & TIOCPKT_START);
    close_pair();
}

static void hang_ups(void) {
    open_pair();
    CHECK(write(slave, "last", 4) == 4);
    close(slave);
    char bytes[16];
    struct pollfd p = {master, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) && (p.revents & POLLIN));
    CHECK(read(master, bytes, sizeof bytes) == 4);
    CHECK(read(master, bytes, sizeof bytes) == -1 && errno == EIO);
    close(master);
    open_pair();
    close(master);
    p.fd = slave;
    CHECK(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP));
    CHECK(read(slave, bytes, sizeof bytes) == 0);
    CHECK(write(slave, "x", 1) == -1 && errno == EIO);
    struct termios t;
    CHECK(tcgetattr(slave, &t) == -1 && errno == EIO);
    close(slave);
}

static volatile sig_atomic_t got;
static void note(int signal) { got = signal; }
static void await(int signal) {
    for (int i = 0; i < 1000 && got != signal; ++i) usleep(2000);
    CHECK(got == signal);
    got = 0;
}

// In a session of its own, with the pair as its terminal.
static void session(void) {
    open_pair();
    pid_t child = fork();
    if (child == 0) {
        CHECK(ioctl(slave, TIOCSCTTY, 0) == -1 && errno == EPERM);
        CHECK(setsid() == getpid());
        CHECK(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO);
        CHECK(ioctl(slave, TIOCSCTTY, 0) == 0);
        int own = open("/dev/tty", O_RDWR);
        CHECK(own >= 0);
        CHECK(tcgetpgrp(own) == getpgrp() && tcgetsid(slave) == getpid());
        CHECK(tcsetpgrp(slave, 999999) == -1 && errno == ESRCH);
        CHECK(tcsetpgrp(slave, getppid()) == -1 && (errno == EPERM || errno == ESRCH));
        signal(SIGINT, note);
        signal(SIGQUIT, note);
        signal(SIGTSTP, note);
        signal(SIGWINCH, note);
        signal(SIGHUP, note);
        type("\x03");
        await(SIGINT);
        type("\x1c");
        await(SIGQUIT);
        type("\x1a");
        await(SIGTSTP);
        struct winsize size = {5, 6, 0, 0};
        CHECK(ioctl(master, TIOCSWINSZ, &size) == 0);
        await(SIGWINCH);
        // A child in the background that reads is stopped, and continued in the foreground it reads.
        int pipes[2];
        CHECK(pipe(pipes) == 0);
        pid_t reader = fork();
        if (reader == 0) {
            signal(SIGINT, SIG_DFL);
            setpgid(0, 0);
            char byte;
            write(pipes[1], "r", 1);
            CHECK(read(slave, &byte, 1) == 1 && byte == 'q');
            _exit(3);
        }
        char ready;
        CHECK(read(pipes[0], &ready, 1) == 1);
        int status;
        CHECK(waitpid(reader, &status, WUNTRACED) == reader);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
        CHECK(tcsetpgrp(slave, reader) == 0);
        CHECK(kill(-reader, SIGCONT) == 0);
        type("q\n");
        CHECK(waitpid(reader, &status, 0) == reader && WIFEXITED(status) && WEXITSTATUS(status) == 3);
        // Now this group is in the background itself: its change of the terminal stops it, unless blocked.
        signal(SIGTTOU, SIG_IGN);
        struct termios t;
        CHECK(tcgetattr(slave, &t) == 0 && tcsetattr(slave, TCSANOW, &t) == 0);
        CHECK(tcsetpgrp(slave, getpgrp()) == 0);
        CHECK(ioctl(slave, TIOCNOTTY) == 0);
        await(SIGHUP);
        CHECK(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO);
        _exit(42);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    printf("session: exited %d, status %d\n", WIFEXITED(status), WEXITSTATUS(status));
    close_pair();
}

// The end of a session leader hangs up its foreground group; the end of the master, the leader.
static void ends(void) {
    open_pair();
    pid_t leader = fork();
    if (leader == 0) {
        setsid();
        CHECK(ioctl(slave, TIOCSCTTY, 0) == 0);
        close(master);
        signal(SIGHUP, note);
        got = 0;
        write(slave, "ready\n", 6);
        await(SIGHUP);
        _exit(5);
    }
    char bytes[16];
    CHECK(read(master, bytes, sizeof bytes) > 0);
    close_pair();
    int status;
    CHECK(waitpid(leader, &status, 0) == leader && WIFEXITED(status) && WEXITSTATUS(status) == 5);
    int fd;
    pid_t child = forkpty(&fd, NULL, NULL, NULL);
    if (child == 0) {
        CHECK(isatty(0) && isatty(1) && isatty(2));
        write(1, "from the child\n", 15);
        _exit(6);
    }
    char text[64] = {0};
    CHECK(read(fd, text, sizeof text) == 16);
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 6);
    CHECK(read(fd, text, sizeof text) == -1 && errno == EIO);
    close(fd);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    editing();
    flags();
    raw_reads();
    flow();
    windows();
    packets();
    hang_ups();
    session();
    ends();
    return 0;
}

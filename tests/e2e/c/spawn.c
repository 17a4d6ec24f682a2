// vfork, posix_spawn, system, popen: processes as C libraries start them.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "check.h"

extern char** environ;

int main(int argc, char** argv) {
    if (argc > 1) {
        if (strcmp(argv[1], "cat") == 0) {
            char buffer[256];
            for (ssize_t n; (n = read(0, buffer, sizeof buffer)) > 0;)
                if (write(1, buffer, (size_t)n) != n) return 1;
            return 0;
        }
        return atoi(argv[1]);
    }
    volatile int shared = 0;
    int status;
    for (int i = 0; i < 50; i++) {
        pid_t child = vfork();
        if (child == 0) {
            shared++;
            char* const args[] = {argv[0], "17", NULL};
            execv(argv[0], args);
            _exit(99);
        }
        CHECK(shared == i + 1 && waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 17);
    }
    pid_t child = vfork();
    if (child == 0) _exit(4);
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 4);
    puts("vfork ok");
    for (int i = 0; i < 20; i++) {
        char* const args[] = {argv[0], "21", NULL};
        CHECK(posix_spawn(&child, argv[0], NULL, NULL, args, environ) == 0);
        CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 21);
    }
    char* const args[] = {argv[0], "cat", NULL};
    CHECK(posix_spawn(&child, "/no/such/file", NULL, NULL, args, environ) == ENOENT);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int in[2];
    CHECK(pipe(in) == 0);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_addclose(&actions, in[1]);
    posix_spawn_file_actions_addopen(&actions, 1, "spawned", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    CHECK(posix_spawn(&child, argv[0], &actions, &attributes, args, environ) == 0);
    close(in[0]);
    CHECK(write(in[1], "through spawn", 13) == 13);
    close(in[1]);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    char text[64] = "";
    int fd = open("spawned", O_RDONLY);
    CHECK(read(fd, text, 63) == 13 && strcmp(text, "through spawn") == 0);
    close(fd), unlink("spawned");
    puts("spawn ok");
    CHECK(WEXITSTATUS(system("exit 7")) == 7 && system("true") == 0 && system(NULL) != 0);
    CHECK(WTERMSIG(WEXITSTATUS(system("kill -9 $$")) ? 0 : system("kill -9 $$")) == SIGKILL);
    FILE* pipe = popen("echo one; echo two; exit 3", "r");
    CHECK(pipe && fgets(text, 64, pipe) && strcmp(text, "one\n") == 0 && fgets(text, 64, pipe) && !fgets(text, 64, pipe));
    CHECK(WEXITSTATUS(pclose(pipe)) == 3);
    pipe = popen("cat > popened", "w");
    CHECK(pipe && fputs("written\n", pipe) >= 0 && pclose(pipe) == 0);
    FILE* file = fopen("popened", "r");
    CHECK(file && fgets(text, 64, file) && strcmp(text, "written\n") == 0);
    fclose(file), unlink("popened");
    puts("system ok");
}

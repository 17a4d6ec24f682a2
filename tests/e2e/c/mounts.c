// mount(2) and its kin over memory file systems, in a name space of its own where there are any.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "check.h"

static void put(const char* path, const char* text) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    CHECK(fd >= 0);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    CHECK(close(fd) == 0);
}

static int holds(const char* path, const char* text) {
    char got[64] = "";
    int fd = open(path, O_RDONLY);
    if (fd < 0) return 0;
    ssize_t size = read(fd, got, sizeof got - 1);
    close(fd);
    return size == (ssize_t)strlen(text) && memcmp(got, text, (size_t)size) == 0;
}

// Lines of /proc/self/mounts with this mount point; the options of the last one.
static int mounts_on(const char* point, char* options) {
    char line[4096], where[1024], given[1024];
    int count = 0;
    FILE* list = fopen("/proc/self/mounts", "r");
    CHECK(list);
    while (fgets(line, sizeof line, list))
        if (sscanf(line, "%*s %1023s %*s %1023s", where, given) == 2 && strcmp(where, point) == 0) {
            ++count;
            strcpy(options, given);
        }
    fclose(list);
    return count;
}

static void errors(void) {
    CHECK_ERRNO(mount("none", "/tmp/m/absent", "tmpfs", 0, NULL), ENOENT);
    CHECK_ERRNO(mount("none", "/tmp/m/file", "tmpfs", 0, NULL), ENOTDIR);
    CHECK_ERRNO(mount("none", "/tmp/m/a", "nosuchfs", 0, NULL), ENODEV);
    CHECK_ERRNO(mount("none", "/tmp/m/a", NULL, 0, NULL), EINVAL);
    CHECK_ERRNO(mount("none", "/tmp/m/a", "tmpfs", 0, "size=x"), EINVAL);
    CHECK_ERRNO(mount("none", "/tmp/m/a", "tmpfs", 0, "nosuchoption=1"), EINVAL);
    CHECK_ERRNO(mount("none", "/tmp/m/a", NULL, MS_REMOUNT, NULL), EINVAL);
    CHECK_ERRNO(mount("/tmp/m/b", "/tmp/m/a", NULL, MS_MOVE, NULL), EINVAL);
    CHECK_ERRNO(mount(NULL, "/tmp/m/a", NULL, MS_BIND, NULL), EINVAL);
    CHECK_ERRNO(mount("none", "/tmp/m/a", NULL, MS_PRIVATE | MS_SLAVE, NULL), EINVAL);
    CHECK_ERRNO(mount("none", (char*)8, "tmpfs", 0, NULL), EFAULT);
    CHECK_ERRNO(umount2("/tmp/m/a", 0), EINVAL);
    CHECK_ERRNO(umount2("/tmp/m/a", 0x100), EINVAL);
    CHECK_ERRNO(umount2("/tmp/m/absent", 0), ENOENT);
}

static void memory(void) {
    char options[1024];
    struct statfs info;
    CHECK(mount("mem", "/tmp/m/a", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=750,uid=7,gid=8") == 0);
    CHECK(mounts_on("/tmp/m/a", options) == 1);
    CHECK(strncmp(options, "rw,nosuid,nodev,relatime", 24) == 0 && strstr(options, "size=64k") && strstr(options, "mode=750"));
    struct stat st;
    CHECK(stat("/tmp/m/a", &st) == 0 && (st.st_mode & 07777) == 0750 && st.st_uid == 7 && st.st_gid == 8);
    CHECK(statfs("/tmp/m/a", &info) == 0 && info.f_type == 0x01021994 && info.f_blocks == 16);
    CHECK((info.f_flags & (ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RDONLY)) == (ST_NOSUID | ST_NODEV));
    put("/tmp/m/a/f", "text");
    // Larger, then busy.
    CHECK(mount("mem", "/tmp/m/a", NULL, MS_REMOUNT | MS_NOEXEC, "size=128k") == 0);
    CHECK(statfs("/tmp/m/a", &info) == 0 && info.f_blocks == 32 && (info.f_flags & ST_NOEXEC));
    int fd = open("/tmp/m/a/f", O_WRONLY);
    CHECK_ERRNO(mount("mem", "/tmp/m/a", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
    CHECK_ERRNO(umount("/tmp/m/a"), EBUSY);
    CHECK(close(fd) == 0);
    CHECK(mount("mem", "/tmp/m/a", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
    CHECK_ERRNO(open("/tmp/m/a/f", O_WRONLY), EROFS);
    CHECK_ERRNO(mkdir("/tmp/m/a/d", 0755), EROFS);
    CHECK_ERRNO(unlink("/tmp/m/a/f"), EROFS);
    CHECK_ERRNO(chmod("/tmp/m/a/f", 0600), EROFS);
    CHECK_ERRNO(rename("/tmp/m/a/f", "/tmp/m/a/g"), EROFS);
    CHECK_ERRNO(truncate("/tmp/m/a/f", 0), EROFS);
    CHECK_ERRNO(access("/tmp/m/a/f", W_OK), EROFS);
    CHECK(umount("/tmp/m/a") == 0);
    CHECK_ERRNO(open("/tmp/m/a/f", O_RDONLY), ENOENT);
}

static void forbidden(void) {
    CHECK(mount("mem", "/tmp/m/a", "tmpfs", MS_NODEV | MS_NOEXEC | 256 /* MS_NOSYMFOLLOW */, NULL) == 0);
    CHECK(mknod("/tmp/m/a/null", S_IFCHR | 0666, 0x103) == 0);
    CHECK_ERRNO(open("/tmp/m/a/null", O_RDONLY), EACCES);
    put("/tmp/m/a/run", "#!/bin/sh\n");
    CHECK(chmod("/tmp/m/a/run", 0755) == 0);
    CHECK_ERRNO(execl("/tmp/m/a/run", "run", NULL), EACCES);
    CHECK_ERRNO(access("/tmp/m/a/run", X_OK), EACCES);
    CHECK(symlink("run", "/tmp/m/a/link") == 0);
    CHECK_ERRNO(open("/tmp/m/a/link", O_RDONLY), ELOOP);
    CHECK(umount("/tmp/m/a") == 0);
}

static void bind(void) {
    char options[1024];
    CHECK(mount("mem", "/tmp/m/a", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/tmp/m/a/in", 0755) == 0 && mkdir("/tmp/m/a/in/deep", 0755) == 0);
    CHECK(mount("mem", "/tmp/m/a/in/deep", "tmpfs", 0, NULL) == 0);
    put("/tmp/m/a/in/one", "1");
    put("/tmp/m/a/in/deep/two", "2");
    CHECK(mount("/tmp/m/a/in", "/tmp/m/b", NULL, MS_BIND, NULL) == 0);
    CHECK(holds("/tmp/m/b/one", "1") && !holds("/tmp/m/b/deep/two", "2"));
    // Names made and removed on one side are seen on the other.
    put("/tmp/m/b/three", "3");
    CHECK(holds("/tmp/m/a/in/three", "3"));
    CHECK(unlink("/tmp/m/a/in/three") == 0);
    CHECK_ERRNO(open("/tmp/m/b/three", O_RDONLY), ENOENT);
    CHECK(rename("/tmp/m/b/one", "/tmp/m/b/uno") == 0 && holds("/tmp/m/a/in/uno", "1"));
    CHECK_ERRNO(rename("/tmp/m/b/uno", "/tmp/m/a/in/one"), EXDEV);
    CHECK_ERRNO(link("/tmp/m/b/uno", "/tmp/m/a/in/one"), EXDEV);
    CHECK(chdir("/tmp/m/b") == 0);
    char where[256];
    CHECK(getcwd(where, sizeof where) && strcmp(where, "/tmp/m/b") == 0);
    CHECK(chdir("..") == 0 && getcwd(where, sizeof where) && strcmp(where, "/tmp/m") == 0);
    // Flags are the mount's own.
    CHECK(mount(NULL, "/tmp/m/b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) == 0);
    CHECK_ERRNO(open("/tmp/m/b/uno", O_RDWR), EROFS);
    put("/tmp/m/a/in/uno", "one");
    CHECK(holds("/tmp/m/b/uno", "one"));
    CHECK(mounts_on("/tmp/m/b", options) == 1 && strncmp(options, "ro", 2) == 0);
    CHECK(umount("/tmp/m/b") == 0);
    // With what is mounted below.
    CHECK(mount("/tmp/m/a/in", "/tmp/m/b", NULL, MS_BIND | MS_REC, NULL) == 0);
    CHECK(holds("/tmp/m/b/deep/two", "2"));
    CHECK_ERRNO(umount("/tmp/m/b"), EBUSY);
    CHECK(umount2("/tmp/m/b", MNT_DETACH) == 0 && mounts_on("/tmp/m/b/deep", options) == 0);
    // A file over a file.
    put("/tmp/m/a/over", "over");
    CHECK(mount("/tmp/m/a/over", "/tmp/m/file", NULL, MS_BIND, NULL) == 0);
    CHECK(holds("/tmp/m/file", "over"));
    CHECK_ERRNO(unlink("/tmp/m/a/in/deep"), EISDIR);
    CHECK_ERRNO(rmdir("/tmp/m/a/in/deep"), EBUSY);
    CHECK(umount("/tmp/m/file") == 0 && holds("/tmp/m/file", "file"));
    // Moved, with what is in it.
    CHECK_ERRNO(mount("/tmp/m/a", "/tmp/m/a/in", NULL, MS_MOVE, NULL), ELOOP);
    CHECK(mount("/tmp/m/a", "/tmp/m/b", NULL, MS_MOVE, NULL) == 0);
    CHECK(holds("/tmp/m/b/in/deep/two", "2") && mounts_on("/tmp/m/a", options) == 0);
    // What is open stays open after a lazy umount.
    int fd = open("/tmp/m/b/in/uno", O_RDONLY);
    CHECK(fd >= 0 && umount2("/tmp/m/b", MNT_DETACH) == 0);
    CHECK(read(fd, where, sizeof where) == 3 && close(fd) == 0);
    // Unbindable.
    CHECK(mount("mem", "/tmp/m/a", "tmpfs", 0, NULL) == 0);
    CHECK(mount(NULL, "/tmp/m/a", NULL, MS_UNBINDABLE, NULL) == 0);
    CHECK_ERRNO(mount("/tmp/m/a", "/tmp/m/b", NULL, MS_BIND, NULL), EINVAL);
    // Expiring takes two calls with no visit in between.
    CHECK_ERRNO(umount2("/tmp/m/a", MNT_EXPIRE | MNT_DETACH), EINVAL);
    CHECK_ERRNO(umount2("/tmp/m/a", MNT_EXPIRE), EAGAIN);
    CHECK(access("/tmp/m/a", F_OK) == 0);
    CHECK_ERRNO(umount2("/tmp/m/a", MNT_EXPIRE), EAGAIN);
    CHECK(umount2("/tmp/m/a", MNT_EXPIRE) == 0);
}

// What mountinfo says of the mount beside its options: "shared", "master", or nothing.
static int tagged(const char* point, const char* tag) {
    char line[1024], wanted[128];
    snprintf(wanted, sizeof wanted, " %s ", point);
    int found = 0;
    FILE* all = fopen("/proc/self/mountinfo", "r");
    while (fgets(line, sizeof line, all)) {
        char* fields = strstr(line, wanted);
        if (fields == NULL) continue;
        char* end = strstr(fields, " - ");
        *end = 0;
        found = strstr(fields, tag) != NULL;
    }
    fclose(all);
    return found;
}

static void shared(void) {
    CHECK(mount("mem", "/tmp/m/a", "tmpfs", 0, NULL) == 0 && !tagged("/tmp/m/a", "shared:"));
    CHECK(mount(NULL, "/tmp/m/a", NULL, MS_SHARED, NULL) == 0 && tagged("/tmp/m/a", "shared:"));
    CHECK(mount("/tmp/m/a", "/tmp/m/b", NULL, MS_BIND, NULL) == 0 && tagged("/tmp/m/b", "shared:"));
    CHECK(mount(NULL, "/tmp/m/b", NULL, MS_SLAVE, NULL) == 0);
    CHECK(tagged("/tmp/m/b", "master:") && !tagged("/tmp/m/b", "shared:"));
    CHECK(mount(NULL, "/tmp/m/b", NULL, MS_PRIVATE, NULL) == 0 && !tagged("/tmp/m/b", "master:"));
    CHECK(mount(NULL, "/tmp/m/a", NULL, MS_SLAVE, NULL) == 0);  // of nobody
    CHECK(!tagged("/tmp/m/a", "master:") && !tagged("/tmp/m/a", "shared:"));
    CHECK(umount("/tmp/m/b") == 0 && umount("/tmp/m/a") == 0);
}

static void descriptors(void) {
    char options[1024];
    CHECK_ERRNO(syscall(SYS_fsopen, "nosuchfs", 0), ENODEV);
    CHECK_ERRNO(syscall(SYS_fsopen, "tmpfs", 0x10), EINVAL);
    int context = (int)syscall(SYS_fsopen, "tmpfs", 1 /* FSOPEN_CLOEXEC */);
    CHECK(context >= 0);
    CHECK_ERRNO(syscall(SYS_fsmount, context, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_fsconfig, context, 1, "size", NULL, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_fsconfig, context, 100, "size", "64k", 0), EOPNOTSUPP);
    CHECK_ERRNO(syscall(SYS_fsconfig, context, 1, "nosuch", "64k", 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_fsconfig, 0, 1, "size", "64k", 0), EINVAL);
    CHECK(syscall(SYS_fsconfig, context, 1, "source", "made", 0) == 0);
    CHECK(syscall(SYS_fsconfig, context, 1, "size", "64k", 0) == 0);
    CHECK(syscall(SYS_fsconfig, context, 6, NULL, NULL, 0) == 0);
    CHECK_ERRNO(syscall(SYS_fsmount, context, 0, 1u << 30), EINVAL);
    int made = (int)syscall(SYS_fsmount, context, 1, 4 | 0x10 /* nodev, noatime */);
    CHECK(made >= 0 && close(context) == 0);
    CHECK(syscall(SYS_move_mount, made, "", AT_FDCWD, "/tmp/m/a", 4 /* MOVE_MOUNT_F_EMPTY_PATH */) == 0);
    CHECK(mounts_on("/tmp/m/a", options) == 1 && strncmp(options, "rw,nodev,noatime", 16) == 0);
    int file = openat(made, "in", O_CREAT | O_WRONLY, 0644);
    CHECK(file >= 0 && close(file) == 0 && access("/tmp/m/a/in", F_OK) == 0);
    CHECK(close(made) == 0 && access("/tmp/m/a/in", F_OK) == 0);

    // A copy, attached elsewhere; one that nobody attaches goes with its descriptor.
    CHECK_ERRNO(syscall(SYS_open_tree, AT_FDCWD, "/tmp/m/a", 0x8000), EINVAL);
    int copy = (int)syscall(SYS_open_tree, AT_FDCWD, "/tmp/m/a", 1 | O_CLOEXEC);
    CHECK(copy >= 0 && close(copy) == 0);
    copy = (int)syscall(SYS_open_tree, AT_FDCWD, "/tmp/m/a", 1 | O_CLOEXEC);
    CHECK(syscall(SYS_move_mount, copy, "", AT_FDCWD, "/tmp/m/b", 4) == 0 && close(copy) == 0);
    CHECK(access("/tmp/m/b/in", F_OK) == 0);
    struct {
        unsigned long long set, clear, propagation, user;
    } change = {1, 4, 0, 0};
    CHECK_ERRNO(syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/m/b", 0, &change, 16), EINVAL);
    CHECK(syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/m/b", 0, &change, sizeof change) == 0);
    CHECK(mounts_on("/tmp/m/b", options) == 1 && strncmp(options, "ro,noatime", 10) == 0);
    change.set = 0x10, change.clear = 0;
    CHECK_ERRNO(syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/m/b", 0, &change, sizeof change), EINVAL);
    change.set = 0x40000000;
    CHECK_ERRNO(syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/m/b", 0, &change, sizeof change), EINVAL);
    CHECK(umount("/tmp/m/b") == 0);
    CHECK_ERRNO(syscall(SYS_fspick, AT_FDCWD, "/tmp/m/b", 0), EINVAL);
    context = (int)syscall(SYS_fspick, AT_FDCWD, "/tmp/m/a", 1);
    CHECK(context >= 0);
    CHECK(syscall(SYS_fsconfig, context, 0, "ro", NULL, 0) == 0 && syscall(SYS_fsconfig, context, 7, NULL, NULL, 0) == 0);
    CHECK_ERRNO(open("/tmp/m/a/in", O_WRONLY), EROFS);
    CHECK(close(context) == 0 && umount("/tmp/m/a") == 0);
}

static void pivot(void) {
    CHECK(mount("mem", "/tmp/m/a", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/tmp/m/a/old", 0755) == 0);
    put("/tmp/m/a/new", "new");
    CHECK_ERRNO(syscall(SYS_pivot_root, "/tmp/m/b", "/tmp/m/b"), EINVAL);
    CHECK_ERRNO(syscall(SYS_pivot_root, "/tmp/m/a", "/tmp/m/b"), EINVAL);
    CHECK_ERRNO(syscall(SYS_pivot_root, "/tmp/m/a", "/tmp/m/a/new"), ENOTDIR);
    CHECK(syscall(SYS_pivot_root, "/tmp/m/a", "/tmp/m/a/old") == 0);
    CHECK(chdir("/") == 0 && holds("/new", "new") && access("/old/tmp/m/b", F_OK) == 0);
    CHECK(umount2("/old", MNT_DETACH) == 0);
    CHECK_ERRNO(access("/old/tmp", F_OK), ENOENT);
}

int main(void) {
    // Where mounts would be seen by others, or may not be made, there is nothing to compare.
    NEED(unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    NEED(mount("mem", "/tmp", "tmpfs", 0, NULL) == 0);
    CHECK(mkdir("/tmp/m", 0755) == 0 && mkdir("/tmp/m/a", 0755) == 0 && mkdir("/tmp/m/b", 0755) == 0);
    put("/tmp/m/file", "file");
    errors();
    memory();
    forbidden();
    bind();
    shared();
    descriptors();
    pivot();
    return 0;
}

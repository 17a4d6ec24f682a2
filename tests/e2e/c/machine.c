// Asynchronous requests, memory policies of one node, and small questions to the machine.
#define _GNU_SOURCE
// musl comes without the kernel's headers.
#if __has_include(<linux/aio_abi.h>)
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>

#include "check.h"

static void asynchronous(void) {
    aio_context_t context = 0;
    CHECK_ERRNO(syscall(SYS_io_setup, 0, &context), EINVAL);
    CHECK_ERRNO(syscall(SYS_io_setup, 8, NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_io_destroy, context), EINVAL);
    CHECK(syscall(SYS_io_setup, 8, &context) == 0 && context != 0);
    int file = memfd_create("aio", 0), counter = eventfd(0, EFD_NONBLOCK);
    char out[] = "asynchronous", in[16] = "";
    struct iocb write_it = {.aio_data = 1, .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (unsigned)file,
                            .aio_buf = (unsigned long)out, .aio_nbytes = 12, .aio_offset = 4};
    struct iocb sync_it = {.aio_data = 2, .aio_lio_opcode = IOCB_CMD_FSYNC, .aio_fildes = (unsigned)file};
    struct iocb read_it = {.aio_data = 3, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (unsigned)file,
                           .aio_buf = (unsigned long)in, .aio_nbytes = 16, .aio_offset = 4,
                           .aio_flags = IOCB_FLAG_RESFD, .aio_resfd = (unsigned)counter};
    struct iocb* list[] = {&write_it};
    struct io_event events[4];
    CHECK(syscall(SYS_io_submit, context, 1, list) == 1);
    CHECK(syscall(SYS_io_getevents, context, 1, 4, events, NULL) == 1);
    CHECK(events[0].data == 1 && events[0].res == 12 && events[0].obj == (unsigned long)&write_it);
    list[0] = &sync_it;
    CHECK(syscall(SYS_io_submit, context, 1, list) == 1);
    CHECK(syscall(SYS_io_getevents, context, 1, 4, events, NULL) == 1 && events[0].data == 2 && events[0].res == 0);
    list[0] = &read_it;
    CHECK(syscall(SYS_io_submit, context, 1, list) == 1);
    CHECK(syscall(SYS_io_getevents, context, 1, 1, events, NULL) == 1);
    CHECK(events[0].data == 3 && events[0].res == 12 && memcmp(in, out, 12) == 0);
    unsigned long long count = 0;
    CHECK(read(counter, &count, sizeof count) == 8 && count == 1);
    struct timespec soon = {0, 1000000};
    CHECK(syscall(SYS_io_getevents, context, 1, 4, events, &soon) == 0);
    CHECK_ERRNO(syscall(SYS_io_getevents, context, 3, 2, events, NULL), EINVAL);
    read_it.aio_fildes = 777;
    CHECK_ERRNO(syscall(SYS_io_submit, context, 1, list), EBADF);
    read_it.aio_fildes = (unsigned)file;
    read_it.aio_lio_opcode = 99;
    CHECK_ERRNO(syscall(SYS_io_submit, context, 1, list), EINVAL);
    CHECK_ERRNO(syscall(SYS_io_submit, context, -1, list), EINVAL);
    CHECK_ERRNO(syscall(SYS_io_submit, 1, 1, list), EINVAL);
    CHECK(syscall(SYS_io_submit, context, 0, list) == 0);
    CHECK_ERRNO(syscall(SYS_io_cancel, context, NULL, events), EFAULT);
    CHECK(syscall(SYS_io_destroy, context) == 0);
    CHECK_ERRNO(syscall(SYS_io_destroy, context), EINVAL);
}

enum { kDefault, kPreferred, kBind, kInterleave };

static void policies(void) {
    int mode = -1;
    unsigned long nodes[16] = {0}, one = 1, far = 1ul << 40;
    char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *page = 1;
    CHECK(syscall(SYS_get_mempolicy, &mode, nodes, 1024ul, NULL, 0ul) == 0 && mode == kDefault && nodes[0] == 0);
    CHECK_ERRNO(syscall(SYS_get_mempolicy, &mode, NULL, 0ul, NULL, 64ul), EINVAL);
    CHECK_ERRNO(syscall(SYS_get_mempolicy, &mode, NULL, 0ul, page, 0ul), EINVAL);
    CHECK_ERRNO(syscall(SYS_set_mempolicy, 99, NULL, 0ul), EINVAL);
    CHECK_ERRNO(syscall(SYS_set_mempolicy, kBind, NULL, 0ul), EINVAL);
    CHECK_ERRNO(syscall(SYS_set_mempolicy, kDefault, &one, 64ul), EINVAL);
    CHECK_ERRNO(syscall(SYS_set_mempolicy, kBind, (void*)8, 64ul), EFAULT);
    CHECK_ERRNO(syscall(SYS_set_mempolicy, kBind, &far, 64ul), EINVAL);
    CHECK(syscall(SYS_set_mempolicy, kBind, &one, 64ul) == 0);
    CHECK(syscall(SYS_get_mempolicy, &mode, nodes, 1024ul, NULL, 0ul) == 0 && mode == kBind && nodes[0] == 1);
    CHECK(syscall(SYS_get_mempolicy, &mode, NULL, 0ul, page, 3ul) == 0 && mode == 0);
    CHECK(syscall(SYS_set_mempolicy, kDefault, NULL, 0ul) == 0);
    CHECK(syscall(SYS_mbind, page, 4096ul, kBind, &one, 64ul, 0) == 0);
    CHECK_ERRNO(syscall(SYS_mbind, page + 1, 4096ul, kBind, &one, 64ul, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_mbind, page, 4096ul, kBind, &one, 64ul, 1 << 10), EINVAL);
    int status = -1, node = 0;
    void* pages[] = {page};
    CHECK(syscall(SYS_move_pages, 0, 1ul, pages, NULL, &status, 2) == 0 && status == 0);
    CHECK(syscall(SYS_move_pages, 0, 1ul, pages, &node, &status, 2) == 0 && status == 0);
    CHECK_ERRNO(syscall(SYS_move_pages, 0, 1ul, pages, NULL, &status, 64), EINVAL);
    CHECK_ERRNO(syscall(SYS_move_pages, 999999, 1ul, pages, NULL, &status, 2), ESRCH);
    CHECK(syscall(SYS_migrate_pages, 0, 64ul, &one, &one) == 0);
    CHECK_ERRNO(syscall(SYS_migrate_pages, 999999, 64ul, &one, &one), ESRCH);
    CHECK(munmap(page, 4096) == 0);
    CHECK_ERRNO(syscall(SYS_mbind, page, 4096ul, kBind, &one, 64ul, 0), EFAULT);
}

static void machine(void) {
    struct timex about = {0};
    int state = (int)syscall(SYS_adjtimex, &about);
    CHECK(state >= 0 && state <= 5 && about.tick >= 9000 && about.tick <= 11000 && about.time.tv_sec > 1600000000);
    CHECK_ERRNO(syscall(SYS_adjtimex, NULL), EFAULT);
    memset(&about, 0, sizeof about);
    CHECK(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &about) >= 0);
    CHECK_ERRNO(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &about), EOPNOTSUPP);
    CHECK_ERRNO(syscall(SYS_syslog, 99, NULL, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_syslog, 3, NULL, 5), EINVAL);
    CHECK(syscall(SYS_syslog, 10, NULL, 0) > 0);
    int types = (int)syscall(SYS_sysfs, 3);
    CHECK(types > 0);
    char name[64] = "";
    CHECK(syscall(SYS_sysfs, 2, 0, name) == 0 && name[0] != 0 && syscall(SYS_sysfs, 1, name) == 0);
    CHECK_ERRNO(syscall(SYS_sysfs, 1, "nosuchfs"), EINVAL);
    CHECK_ERRNO(syscall(SYS_sysfs, 2, types + 1000, name), EINVAL);
    CHECK_ERRNO(syscall(SYS_sysfs, 9), EINVAL);
    char data[32];
    CHECK_ERRNO(syscall(SYS_ustat, 0x7fffff, data), EINVAL);
    CHECK_ERRNO(syscall(SYS_pkey_alloc, 1, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_pkey_free, 77), EINVAL);
    CHECK_ERRNO(syscall(SYS_reboot, 0, 0, 0, NULL), EINVAL);
}

static void handles(void) {
    struct {
        struct file_handle head;
        unsigned char bytes[128];
    } one = {.head = {.handle_bytes = 0}}, two;
    int mount = -1, file = open("/dev/shm/occlum-handle", O_CREAT | O_RDWR, 0600);
    CHECK(file >= 0 && write(file, "held", 4) == 4);
    CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "/dev/shm/absent", &one.head, &mount, 0), ENOENT);
    CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "/dev/shm/occlum-handle", &one.head, &mount, 0x40000000), EINVAL);
    CHECK_ERRNO(name_to_handle_at(AT_FDCWD, "/dev/shm/occlum-handle", &one.head, &mount, 0), EOVERFLOW);
    CHECK(one.head.handle_bytes > 0 && one.head.handle_bytes <= 128);
    CHECK(name_to_handle_at(AT_FDCWD, "/dev/shm/occlum-handle", &one.head, &mount, 0) == 0 && mount >= 0);
    two.head.handle_bytes = one.head.handle_bytes;
    CHECK(name_to_handle_at(file, "", &two.head, &mount, AT_EMPTY_PATH) == 0);
    CHECK(memcmp(one.bytes, two.bytes, one.head.handle_bytes) == 0);
    char got[4];
    int again = open_by_handle_at(file, &one.head, O_RDONLY);
    CHECK(again >= 0 || errno == EPERM);
    if (again >= 0) {
        CHECK(read(again, got, 4) == 4 && memcmp(got, "held", 4) == 0 && close(again) == 0);
        CHECK(close(file) == 0 && unlink("/dev/shm/occlum-handle") == 0);
        file = open("/dev/shm", O_RDONLY);
        CHECK_ERRNO(open_by_handle_at(file, &one.head, O_RDONLY), ESTALE);
    }
    unlink("/dev/shm/occlum-handle");
    CHECK(close(file) == 0);
}

static void mappings(void) {
    volatile char* shared = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 4; ++i) shared[i * 4096] = (char)('a' + i);
    CHECK_ERRNO(syscall(SYS_remap_file_pages, shared, 4096ul, 1ul, 3ul, 0ul), EINVAL);
    CHECK(syscall(SYS_remap_file_pages, shared, 4096ul, 0ul, 3ul, 0ul) == 0);
    CHECK(shared[0] == 'd');
    shared[0] = 'z';
    CHECK(shared[3 * 4096] == 'z' && shared[4096] == 'b');
    char* private = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_ERRNO(syscall(SYS_remap_file_pages, private, 4096ul, 0ul, 0ul, 0ul), EINVAL);
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    struct {
        void* base;
        unsigned long size;
    } piece = {private, 4096};
    CHECK(syscall(SYS_process_madvise, self, &piece, 1ul, 20 /* MADV_COLD */, 0u) == 4096);
    CHECK_ERRNO(syscall(SYS_process_madvise, self, &piece, 1ul, 20, 1u), EINVAL);
    CHECK_ERRNO(syscall(SYS_process_madvise, 999, &piece, 1ul, 20, 0u), EBADF);
    CHECK(close(self) == 0 && munmap(shared, 4 * 4096) == 0 && munmap(private, 4096) == 0);
}

int main(void) {
    // Containers may not use these.
    NEED(syscall(SYS_set_mempolicy, 0, NULL, 0ul) == 0 && syscall(SYS_syslog, 10, NULL, 0) > 0);
    handles();
    mappings();
    asynchronous();
    policies();
    machine();
    return 0;
}
#else
int main(void) { return 0; }
#endif

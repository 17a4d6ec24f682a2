// What every guest program here shares: a check that names its line and ends the program.
#pragma once
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                          \
    do {                                                                                          \
        if (!(condition)) {                                                                       \
            printf("%s:%d: failed: %s (errno %d)\n", __FILE_NAME__, __LINE__, #condition, errno); \
            fflush(stdout);                                                                       \
            _exit(1);                                                                             \
        }                                                                                         \
    } while (0)
#ifndef __FILE_NAME__
#define __FILE_NAME__ (strrchr(__FILE__, '/') ? strrchr(__FILE__, '/') + 1 : __FILE__)
#endif

// What a Linux may forbid, for want of privileges or of room. The enclave must have it (compare).
#define NEED(condition)              \
    do {                             \
        if (!(condition)) _exit(77); \
    } while (0)

// A call that must fail with one errno.
#define CHECK_ERRNO(call, code)                                                                      \
    do {                                                                                             \
        errno = 0;                                                                                   \
        long check_result_ = (long)(call);                                                           \
        if (check_result_ != -1 || errno != (code)) {                                                \
            printf("%s:%d: failed: %s gave %ld, errno %d, not %s\n", __FILE_NAME__, __LINE__, #call, \
                   check_result_, errno, #code);                                                     \
            fflush(stdout);                                                                          \
            _exit(1);                                                                                \
        }                                                                                            \
    } while (0)

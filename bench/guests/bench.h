// Each program times its own work and prints "NANOSECONDS CHECKSUM"; the checksum must be the same natively and in the enclave.
#pragma once
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static inline uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static inline uint32_t next_random(uint32_t* state) { return *state = *state * 1664525u + 1013904223u; }

#ifndef OPERATIONS
#define OPERATIONS 1
#endif
#if defined(WITH_MAIN)  // of its own
#elif !defined(WITH_ARGUMENT)
uint64_t work(void);
int main(void) {
    uint64_t start = now_ns(), sum = work(), took = now_ns() - start;
    printf("%llu %llx\n", (unsigned long long)(took / OPERATIONS), (unsigned long long)sum);
}
#else
uint64_t work(void);
static const char* argument;
int main(int argc, char** argv) {
    argument = argc > 1 ? argv[1] : "";
    uint64_t start = now_ns(), sum = work(), took = now_ns() - start;
    printf("%llu %llx\n", (unsigned long long)(took / OPERATIONS), (unsigned long long)sum);
}
#endif

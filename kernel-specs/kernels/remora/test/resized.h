/* What apps of test/resized share: they and the keeper's script wait for each other. */
#pragma once

#include "check.h"
#include <sched.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <time.h>

/* Between two looks: others run meanwhile. */
static inline void rest(void) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* 8 MiB less are unused: the script, which waits for that (`below`), goes on. */
static inline void next_step(void) {
    void *at = mmap(NULL, 8 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
}

static inline uint64_t cores(void) {
    uint64_t mask = 0;
    CHECK(sched_getaffinity(0, sizeof mask, (cpu_set_t *)&mask) >= 0);
    return mask;
}

static inline void await_cores(uint64_t wanted) {
    while (cores() != wanted)
        rest();
}

static inline void bind_to(int core) {
    uint64_t mask = 1ull << core;
    CHECK(sched_setaffinity(0, sizeof mask, (cpu_set_t *)&mask) == 0);
}

static inline uint64_t total_memory(void) {
    struct sysinfo info;
    CHECK(sysinfo(&info) == 0);
    return info.totalram * info.mem_unit;
}

static inline void await_memory(uint64_t bytes) {
    while (total_memory() != bytes)
        rest();
}

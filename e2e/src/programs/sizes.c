/*
 * What an app sees of cores and memory that come and go: sizes THREADS [MIB]. Prints a line
 * "cores C, memory M MiB, threads T" at first and whenever C or M has changed and every thread has
 * got on since; T is how many of them did. With MIB, it has touched that much memory before, and
 * checks it before each line.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define MOST_THREADS 16
#define PAGE         4096
#define PERIOD_US    20000
#define PATIENCE     500 /* periods */

static atomic_ulong steps[MOST_THREADS];

static void *step(void *counter) {
    for (;;) {
        atomic_fetch_add((atomic_ulong *)counter, 1);
        sched_yield();
    }
    return NULL;
}

static int cores(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

static unsigned long memory_mib(void) {
    struct sysinfo info;
    return sysinfo(&info) == 0 ? info.totalram / 1024 * info.mem_unit / 1024 : 0;
}

/* How many threads get on, waiting for all of them as long as there is hope. */
static int alive(int threads) {
    unsigned long before[MOST_THREADS];
    for (int i = 0; i < threads; i++)
        before[i] = atomic_load(&steps[i]);
    int moved = 0;
    for (int period = 0; period < PATIENCE && moved < threads; period++) {
        usleep(PERIOD_US);
        moved = 0;
        for (int i = 0; i < threads; i++)
            moved += atomic_load(&steps[i]) != before[i];
    }
    return moved;
}

static int as_written(const uint64_t *memory, size_t bytes) {
    for (size_t at = 0; at < bytes / sizeof *memory; at += PAGE / sizeof *memory)
        if (memory[at] != at * 0x9e3779b97f4a7c15)
            return 0;
    return 1;
}

static uint64_t *written(size_t bytes) {
    uint64_t *memory = malloc(bytes + PAGE);
    for (size_t at = 0; memory && at < bytes / sizeof *memory; at += PAGE / sizeof *memory)
        memory[at] = at * 0x9e3779b97f4a7c15;
    return memory;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    size_t bytes = argc > 2 ? (size_t)atol(argv[2]) << 20 : 0;
    if (threads < 0 || threads > MOST_THREADS)
        return 2;
    uint64_t *memory = written(bytes);
    if (!memory)
        return 3;
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, step, &steps[i]) != 0)
            return 4;
    }
    int seen_cores = 0;
    for (unsigned long seen_memory = 0;; usleep(PERIOD_US)) {
        int now_cores = cores();
        unsigned long now_memory = memory_mib();
        if (now_cores == seen_cores && now_memory == seen_memory)
            continue;
        if (!as_written(memory, bytes))
            return 5;
        printf("cores %d, memory %lu MiB, threads %d\n", now_cores, now_memory, alive(threads));
        fflush(stdout);
        seen_cores = now_cores;
        seen_memory = now_memory;
    }
}

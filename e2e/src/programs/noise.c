/*
 * What interrupts a core: noise SECONDS [THRESHOLD_NS [quiet|busy]]. Reads the TSC in a tight loop;
 * where two readings are further apart than the threshold (default 10,000 ns), the core was
 * elsewhere: a detour. With "busy", a second thread computes on the next core all the time. As the
 * selfish-detour benchmark (Beckman et al., "The influence of operating systems on the performance
 * of collective operations at extreme scale", 2006).
 *
 * Prints one JSON line; histogram[n] counts the detours of 2^n to 2^(n+1) ns.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BINS         40
#define FREQUENCY_NS 100000000

static struct {
    uint64_t readings, detours, shortest, longest, elsewhere;
    uint64_t histogram[BINS];
} seen = {.shortest = UINT64_MAX};

static inline uint64_t tsc(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

static uint64_t monotonic_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static double ticks_per_ns(void) {
    uint64_t start_ns = monotonic_ns(), start = tsc(), now_ns;
    do {
        now_ns = monotonic_ns();
    } while (now_ns - start_ns < FREQUENCY_NS);
    return (double)(tsc() - start) / (double)(now_ns - start_ns);
}

static void detour(uint64_t ticks, double per_ns) {
    seen.detours++;
    seen.elsewhere += ticks;
    uint64_t ns = (uint64_t)((double)ticks / per_ns);
    int bin = ns ? 63 - __builtin_clzll(ns) : 0;
    seen.histogram[bin < BINS ? bin : BINS - 1]++;
}

static void watch(uint64_t end, uint64_t threshold, double per_ns) {
    for (uint64_t last = tsc(), now; last < end; last = now) {
        now = tsc();
        uint64_t passed = now - last;
        seen.readings++;
        if (passed < seen.shortest)
            seen.shortest = passed;
        if (passed > seen.longest)
            seen.longest = passed;
        if (passed > threshold) {
            detour(passed, per_ns);
            now = tsc();
        }
    }
}

static atomic_bool ended;

/* Onto the core with this place among those that the program was started with. */
static int pin(int place) {
    static cpu_set_t mine;
    if (CPU_COUNT(&mine) == 0)
        sched_getaffinity(0, sizeof mine, &mine);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &mine) && place-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(i, &one);
            return sched_setaffinity(0, sizeof one, &one);
        }
    return -1;
}

static void *compute(void *unused) {
    static volatile double numbers[4096];
    if (pin(1) != 0)
        fprintf(stderr, "noise: there is no second core\n"), exit(1);
    while (!ended)
        for (int i = 0; i < 4096; i++)
            numbers[i] = numbers[i] * 0.5 + i;
    return unused;
}

int main(int argc, char **argv) {
    double seconds = argc > 1 ? atof(argv[1]) : 0;
    double threshold_ns = argc > 2 ? atof(argv[2]) : 10000;
    if (seconds <= 0 || seconds > 3600 || threshold_ns <= 0) {
        fprintf(stderr, "usage: noise SECONDS [THRESHOLD_NS [quiet|busy]]\n");
        return 2;
    }
    pthread_t neighbour;
    int busy = argc > 3 && strcmp(argv[3], "busy") == 0;
    if (pin(0) != 0 || (busy && pthread_create(&neighbour, NULL, compute, NULL) != 0))
        return 1;
    double per_ns = ticks_per_ns();
    watch(tsc() + (uint64_t)(seconds * 1e9 * per_ns), (uint64_t)(threshold_ns * per_ns), per_ns);
    ended = 1;
    if (busy)
        pthread_join(neighbour, NULL);
    printf(
        "{\"seconds\":%.3f,\"busy\":%s,\"threshold_ns\":%.0f,\"readings\":%lu,\"shortest_ns\":%.0f,"
        "\"longest_ns\":%.0f,\"detours\":%lu,\"elsewhere_ns\":%.0f,\"histogram\":[",
        seconds, busy ? "true" : "false", threshold_ns, seen.readings,
        (double)seen.shortest / per_ns, (double)seen.longest / per_ns, seen.detours,
        (double)seen.elsewhere / per_ns);
    for (int i = 0; i < BINS; i++)
        printf(i ? ",%lu" : "%lu", seen.histogram[i]);
    puts("]}");
}

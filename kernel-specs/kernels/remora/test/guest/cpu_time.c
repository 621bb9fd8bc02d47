// CPU time is what threads have run for, all of them together: not what they have slept.
// compute. cpus: 2 cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <time.h>

static double now(clockid_t clock) {
    struct timespec time;
    CHECK(clock_gettime(clock, &time) == 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void *compute(void *unused) {
    double start = now(CLOCK_THREAD_CPUTIME_ID);
    while (now(CLOCK_THREAD_CPUTIME_ID) - start < 0.1)
        ;
    return unused;
}

int main(void) {
    pthread_t thread;
    double process = now(CLOCK_PROCESS_CPUTIME_ID), self = now(CLOCK_THREAD_CPUTIME_ID);
    double wall = now(CLOCK_MONOTONIC);
    CHECK(nanosleep(&(struct timespec){0, 300000000}, NULL) == 0);
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - process < now(CLOCK_MONOTONIC) - wall);
    CHECK(pthread_create(&thread, NULL, compute, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - process >= 0.1);
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - process > now(CLOCK_THREAD_CPUTIME_ID) - self);
    return 0;
}

// A thread that ends on a core of its own may leave others that nobody can wake any more.
// cpus: 2
// cflags: -pthread
// expect: signal 9
// report: "reason":"it waits for a futex that nobody can wake"
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

static int word;

/* Computes until the first core has long halted, and leaves this one without any thread. */
static void *other(void *unused) {
    struct timespec start, now;
    CHECK(sched_getcpu() == 1 && clock_gettime(CLOCK_MONOTONIC, &start) == 0);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while (now.tv_sec < start.tv_sec + 2);
    return unused;
}

int main(void) {
    pthread_t thread;
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    CHECK(pthread_create(&thread, NULL, other, NULL) == 0);
    CHECK(pthread_setaffinity_np(pthread_self(), sizeof first, &first) == 0);
    syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
    return 1;
}

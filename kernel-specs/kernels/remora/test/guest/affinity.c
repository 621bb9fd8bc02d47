// Threads run where they may: placed on the core with the fewest, moved by their affinity.
// cpus: 3
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <sched.h>

static volatile int stop, where = -1;

static void *report(void *unused) {
    while (!stop)
        where = sched_getcpu();
    return unused;
}

static void move(pthread_t thread, int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    CHECK(pthread_setaffinity_np(thread, sizeof set, &set) == 0);
}

int main(void) {
    cpu_set_t set;
    pthread_t thread;
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) == 3 || sysconf(_SC_NPROCESSORS_ONLN) == 1);
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 3);
    for (int core = 0; core < 3; core++) {
        move(pthread_self(), core);
        CHECK(sched_getcpu() == core);
    }
    move(pthread_self(), 0);
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1);
    CPU_ZERO(&set);
    CPU_SET(5, &set);
    FAILS(EINVAL, sched_setaffinity(0, sizeof set, &set));
    FAILS(ESRCH, sched_setaffinity(12345, sizeof set, &set));
    CHECK(pthread_create(&thread, NULL, report, NULL) == 0);
    for (int round = 0; round < 20; round++)
        for (int core = 1; core < 3; core++) {
            move(thread, core);
            while (where != core)
                ;
        }
    stop = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    return 0;
}

// Cores come and go: threads are shared out, go on elsewhere, lose what they were bound to.
// machine: 4
// cflags: -pthread
// keep: below 116M
// keep: add-core 1 2
// keep: below 108M
// keep: remove-core 1 2
// keep: online 2
// keep: below 100M
// keep: add-core 1 3
// keep: below 92M
// keep: remove-core 0 1
// keep: below 84M
// keep: add-core 0 1
// keep: below 76M
// answer: add-core 1 2: 0, cores 0x3,
// answer: remove-core 1 2: 0, cores 0x1,
// answer: online 2: done
// answer: add-core 1 3: 0, cores 0x3,
// answer: remove-core 0 1: 0, cores 0x2,
// answer: add-core 0 1: 0, cores 0x3,
#include "check.h"
#include "resized.h"
#include <pthread.h>

static volatile int stop, where[2];

static void *report(void *at) {
    while (!stop) {
        *(volatile int *)at = sched_getcpu();
        rest();
    }
    return NULL;
}

/* The two are there in some order. */
static void await_where(int first, int second) {
    while (!(where[0] == first && where[1] == second) && !(where[0] == second && where[1] == first))
        rest();
}

static volatile int is_bound;

static void *sleep_bound(void *unused) {
    bind_to(0);
    is_bound = 1;
    while (!stop)
        rest();
    return unused;
}

static void *read_pipe(void *ends) {
    char byte = 0;
    CHECK(read(((int *)ends)[0], &byte, 1) == 1 && byte == 'x');
    return NULL;
}

static volatile int alarms;

static void on_alarm(int number) {
    alarms += number == SIGALRM;
}

int main(void) {
    pthread_t thread[2], bound, reader;
    int ends[2];
    CHECK(cores() == 1);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&thread[i], NULL, report, (void *)&where[i]) == 0);
    next_step();
    await_cores(3);
    while (where[0] != 1 && where[1] != 1 && sched_getcpu() != 1) /* three had one core */
        rest();

    next_step();
    await_cores(1);
    await_where(0, 0);

    next_step();
    await_cores(3);
    CHECK(pipe(ends) == 0);
    CHECK(pthread_create(&bound, NULL, sleep_bound, NULL) == 0);
    CHECK(pthread_create(&reader, NULL, read_pipe, ends) == 0); /* its call outlives its core */
    while (!is_bound)
        rest();
    signal(SIGALRM, on_alarm);
    bind_to(0);
    struct itimerval timer = {{0, 5000}, {0, 5000}};
    CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0); /* core 0 is interrupted */

    next_step();
    while (sched_getcpu() != 1) /* bound to a core that goes */
        rest();
    CHECK(cores() == 2);
    FAILS(EINVAL, sched_setaffinity(0, 8, (cpu_set_t *)&(uint64_t){1}));
    await_where(1, 1);
    for (int before = alarms; alarms < before + 10;)
        ;
    CHECK(write(ends[1], "x", 1) == 1 && pthread_join(reader, NULL) == 0);

    next_step();
    await_cores(3);
    bind_to(0); /* the number is another core now */
    CHECK(sched_getcpu() == 0);
    next_step();
    stop = 1;
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(thread[i], NULL) == 0);
    CHECK(pthread_join(bound, NULL) == 0);
    return 0;
}

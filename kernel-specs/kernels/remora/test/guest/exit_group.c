// The app ends, wherever its other threads are: computing, waiting, in the kernel.
// cpus: 4
// cflags: -pthread
// expect: exit 23
#include "check.h"
#include <pthread.h>
#include <time.h>

static void *compute(void *argument) {
    for (volatile long i = 0;; i++)
        ;
    return argument;
}

static void *call(void *argument) {
    for (;;)
        getppid();
    return argument;
}

static void *wait(void *argument) {
    for (;;)
        pause();
    return argument;
}

int main(void) {
    static void *(*const bodies[])(void *) = {compute, wait, call};
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&thread, NULL, bodies[i], NULL) == 0);
    nanosleep(&(struct timespec){0, 5000000}, NULL);
    exit(23);
}

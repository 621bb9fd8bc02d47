// A signal that comes while a thread has given its turn away is delivered when it has it again.
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <sched.h>

static volatile int caught;

static void on_signal(int number) {
    caught = number;
}

static void *send(void *target) {
    CHECK(pthread_kill(*(pthread_t *)target, SIGUSR1) == 0);
    return NULL;
}

int main(void) {
    pthread_t self = pthread_self(), thread;
    signal(SIGUSR1, on_signal);
    CHECK(pthread_create(&thread, NULL, send, &self) == 0);
    while (!caught)
        sched_yield();
    CHECK(caught == SIGUSR1 && pthread_join(thread, NULL) == 0);
    return 0;
}

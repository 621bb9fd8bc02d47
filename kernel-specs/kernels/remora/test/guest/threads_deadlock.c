// Threads on two cores that all wait for each other end the app, with the reason.
// cpus: 2
// cflags: -pthread
// expect: signal 9
// report: "reason":"it waits for a futex that nobody can wake"
#include "check.h"
#include <pthread.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static void *other(void *unused) {
    pthread_mutex_lock(&second);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&first);
    return unused;
}

int main(void) {
    pthread_t thread;
    pthread_barrier_init(&both, NULL, 2);
    pthread_mutex_lock(&first);
    CHECK(pthread_create(&thread, NULL, other, NULL) == 0);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(&second);
    return 1;
}

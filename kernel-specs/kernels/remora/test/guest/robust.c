// A robust mutex whose owner ends goes to the next, who is told; a thread's end wakes who joins it.
// cpus: 2
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

static pthread_mutex_t mutex;
static sem_t held;

static void *hold(void *unused) {
    CHECK(pthread_mutex_lock(&mutex) == 0);
    sem_post(&held);
    nanosleep(&(struct timespec){0, 3000000}, NULL);
    return unused;
}

int main(void) {
    pthread_mutexattr_t attributes;
    pthread_t thread;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    sem_init(&held, 0, 0);
    pthread_mutex_init(&mutex, &attributes);
    for (int i = 0; i < 10; i++) {
        CHECK(pthread_create(&thread, NULL, hold, NULL) == 0);
        if (i % 2)
            CHECK(pthread_join(thread, NULL) == 0 && sem_wait(&held) == 0);
        else
            sem_wait(&held);
        CHECK(pthread_mutex_lock(&mutex) == EOWNERDEAD);
        CHECK(pthread_mutex_consistent(&mutex) == 0);
        CHECK(pthread_mutex_unlock(&mutex) == 0);
        if (i % 2 == 0)
            CHECK(pthread_join(thread, NULL) == 0);
    }
    return 0;
}

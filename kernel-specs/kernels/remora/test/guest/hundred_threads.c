// A hundred threads on one core, with stacks of 8 MiB each that are reserved and not used up.
// memory: 128M
// cflags: -pthread
// stdout: 5000 counted
#include "check.h"
#include <pthread.h>
#include <time.h>

#define THREADS 100
#define ROUNDS  50

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t handed_on = PTHREAD_COND_INITIALIZER;
static long counted, next;

static void *work(void *argument) {
    long mine = (long)argument;
    volatile char stack[65536];
    for (size_t i = 0; i < sizeof stack; i += 4096)
        stack[i] = (char)mine;
    char *heap = malloc(1000); /* every thread has an arena of its own */
    memset(heap, (int)mine, 1000);
    nanosleep(&(struct timespec){.tv_nsec = (THREADS - mine) * 100000}, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        counted++;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    while (next != mine)
        pthread_cond_wait(&handed_on, &mutex);
    CHECK(stack[40960] == (char)mine && heap[999] == (char)mine);
    next++;
    pthread_cond_broadcast(&handed_on);
    pthread_mutex_unlock(&mutex);
    free(heap);
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    printf("%ld counted\n", counted);
    return 0;
}

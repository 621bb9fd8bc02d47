/*
 * A hundred threads: each sleeps, counts under one lock, and hands the word on to the next, so that
 * the lines come in order.
 */
#include <pthread.h>
#include <stdio.h>
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
    nanosleep(&(struct timespec){.tv_nsec = (THREADS - mine) * 100000}, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        counted++;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    while (next != mine)
        pthread_cond_wait(&handed_on, &mutex);
    printf("thread %ld, stack %d\n", mine, stack[40960] == (char)mine);
    next++;
    pthread_cond_broadcast(&handed_on);
    pthread_mutex_unlock(&mutex);
    return (void *)(mine * mine);
}

int main(void) {
    pthread_t threads[THREADS];
    long sum = 0;
    for (long i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0) {
            printf("thread %ld could not be made\n", i);
            return 1;
        }
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    printf("%ld counted, sum of squares %ld\n", counted, sum);
}

/* Threads that share everything, end in all ways, and are cancelled. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 8

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn, sum;
static _Thread_local int own;

static void *take_turns(void *number) {
    int self = (int)(long)number;
    for (int round = 0; round < 50; round++) {
        pthread_mutex_lock(&mutex);
        while (turn % THREADS != self)
            pthread_cond_wait(&changed, &mutex);
        turn++;
        sum += self;
        own++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return (void *)(long)own;
}

static void say(void *text) {
    puts(text);
}

static void *wait_forever(void *ends) {
    char byte;
    pthread_cleanup_push(say, "cleaned up");
    read(*(int *)ends, &byte, 1);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *private_descriptors(void *argument) {
    (void)argument;
    for (int i = 0; i < 200; i++) {
        int ends[2];
        char bytes[4];
        if (pipe(ends) || write(ends[1], "abcd", 4) != 4 || read(ends[0], bytes, 4) != 4 ||
            memcmp(bytes, "abcd", 4))
            abort();
        close(ends[0]);
        close(ends[1]);
    }
    return NULL;
}

static void *outlive(void *argument) {
    (void)argument;
    usleep(50000);
    printf("the last thread ends\n");
    fflush(stdout);
    syscall(SYS_exit, 3);
    return NULL;
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    pthread_t threads[THREADS];
    void *result;
    long total = 0;
    for (long i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, take_turns, (void *)i);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], &result);
        total += (long)result;
    }
    printf("turns %d, sum %d, own %ld\n", turn, sum, total);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, private_descriptors, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int ends[2];
    pipe(ends);
    pthread_create(&threads[0], NULL, wait_forever, ends);
    usleep(30000);
    int cancelled = pthread_cancel(threads[0]);
    pthread_join(threads[0], &result);
    printf("cancelled: %d %d\n", cancelled, result == PTHREAD_CANCELED);
    pthread_create(&threads[0], NULL, outlive, NULL);
    pthread_detach(threads[0]);
    syscall(SYS_exit, 7); /* the other thread's status is the process's then */
}

// Futexes under load: many wakes, waits, timeouts and requeues on four cores, and no wake is lost.
// cpus: 4
// cflags: -pthread
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#define THREADS 8
#define ROUNDS  400

static sem_t ping[THREADS], pong[THREADS];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int rounds, arrived, sum;

static void *play(void *argument) {
    int self = (int)(intptr_t)argument;
    for (int i = 0; i < ROUNDS; i++) {
        sem_wait(&ping[self]);
        __atomic_add_fetch(&sum, 1, __ATOMIC_SEQ_CST);
        sem_post(&pong[self]);
    }
    for (int i = 0; i < ROUNDS / 10; i++) {
        pthread_mutex_lock(&mutex);
        int round = rounds;
        if (++arrived == THREADS) {
            arrived = 0;
            rounds++;
            pthread_cond_broadcast(&condition);
        }
        while (round == rounds)
            pthread_cond_wait(&condition, &mutex);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static long futex(uint32_t *at, int operation, uint32_t value, void *fourth, uint32_t *second,
                  uint32_t last) {
    return syscall(SYS_futex, at, operation, value, fourth, second, last);
}

/* The answers of single calls, as Linux gives them. */
static void check_answers(void) {
    uint32_t one = 1, two = 2;
    struct timespec moment = {0, 1000000};
    FAILS(EAGAIN, futex(&one, FUTEX_WAIT, 2, NULL, NULL, 0));
    FAILS(ETIMEDOUT, futex(&one, FUTEX_WAIT, 1, &moment, NULL, 0));
    FAILS(EINVAL, futex(&one, FUTEX_WAIT_BITSET, 1, NULL, NULL, 0));
    FAILS(EFAULT, futex((uint32_t *)16, FUTEX_WAIT, 1, NULL, NULL, 0));
    FAILS(EINVAL, futex((uint32_t *)((char *)&one + 1), FUTEX_WAKE, 1, NULL, NULL, 0));
    FAILS(EAGAIN, futex(&one, FUTEX_CMP_REQUEUE, 1, (void *)1, &two, 2));
    CHECK(futex(&one, FUTEX_CMP_REQUEUE, 1, (void *)1, &two, 1) == 0);
    CHECK(futex(&one, FUTEX_WAKE_OP, 1, (void *)1, &two,
                FUTEX_OP(FUTEX_OP_ADD, 5, FUTEX_OP_CMP_EQ, 2)) == 0);
    CHECK(two == 7);
    FAILS(ENOSYS, futex(&one, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
    FAILS(ENOSYS, futex(&one, 99, 0, NULL, NULL, 0));
}

int main(void) {
    pthread_t threads[THREADS];
    check_answers();
    for (int i = 0; i < THREADS; i++)
        CHECK(sem_init(&ping[i], 0, 0) == 0 && sem_init(&pong[i], 0, 0) == 0);
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, play, (void *)i) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < THREADS; i++)
            sem_post(&ping[i]);
        for (int i = 0; i < THREADS; i++)
            sem_wait(&pong[i]);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(sum == THREADS * ROUNDS);
    return 0;
}

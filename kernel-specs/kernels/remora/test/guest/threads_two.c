// The same threads on two cores.
// cpus: 2
// cflags: -pthread
// stdout: 4 threads, 40000 counted
#include "check.h"
#include <pthread.h>
#include <sched.h>

#define THREADS 4
#define ROUNDS  10000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_key_t key;
static __thread int local;
static int counted, turn, destroyed;

static void destroy(void *value) {
    __atomic_add_fetch(&destroyed, (int)(intptr_t)value, __ATOMIC_SEQ_CST);
}

static void *run(void *argument) {
    int self = (int)(intptr_t)argument;
    local = self;
    CHECK(pthread_setspecific(key, (void *)1) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&lock);
        counted++;
        pthread_mutex_unlock(&lock);
    }
    pthread_barrier_wait(&barrier);
    pthread_mutex_lock(&lock);
    while (turn != self)
        pthread_cond_wait(&turned, &lock);
    turn++;
    pthread_cond_broadcast(&turned);
    pthread_mutex_unlock(&lock);
    CHECK(local == self && gettid() != getpid());
    return (void *)(intptr_t)(self * self);
}

static void *endless(void *argument) {
    (void)argument;
    for (;;)
        pause();
}

int main(void) {
    pthread_t threads[THREADS], cancelled;
    void *result;
    CHECK(pthread_key_create(&key, destroy) == 0);
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    local = -1;
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK((intptr_t)result == i * i);
    }
    CHECK(local == -1 && destroyed == THREADS);
    CHECK(pthread_create(&cancelled, NULL, endless, NULL) == 0);
    CHECK(pthread_cancel(cancelled) == 0);
    CHECK(pthread_join(cancelled, &result) == 0 && result == PTHREAD_CANCELED);
    printf("%d threads, %d counted\n", THREADS, counted);
    return 0;
}

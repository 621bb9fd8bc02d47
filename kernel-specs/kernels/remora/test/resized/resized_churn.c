// Cores and memory come and go while threads compute, sleep, forward calls and use memory.
// machine: 4
// cflags: -pthread
// keep: add-core 1 2
// keep: cycle 10 2 3
// keep: churn 60 7
// keep: remove-core 0 1
// keep: cycle 10 0 3
// keep: churn 60 8
// keep: add-core 0 1
// keep: ask 3 446M 2M
// answer: cycle 10 2 3: 0 failed
// answer: churn 60 7: 0 failed, memory 134217728, moved
// answer: cycle 10 0 3: 0 failed
// answer: churn 60 8: 0 failed, memory 134217728, moved
// no-answer: garbage was done
// extra: 66
#include "resized.h"
#include <pthread.h>
#include <sys/wait.h>

#define MIB (1ul << 20)

static volatile int stop;
static volatile long done[4];

/* Memory that comes and goes with its content. */
static void *use_memory(void *unused) {
    for (size_t size = 1; !stop; size = size % 9 + 1) {
        size_t bytes = size * MIB + size * 4096;
        uint64_t *at =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED)
            continue; /* it is gone just now */
        for (size_t i = 0; i < bytes / 8; i += 512) {
            CHECK(at[i] == 0);
            at[i] = i ^ size;
        }
        rest();
        for (size_t i = 0; i < bytes / 8; i += 512)
            CHECK(at[i] == (i ^ size));
        CHECK(munmap(at, bytes) == 0);
        done[0]++;
    }
    return unused;
}

static void *compute(void *unused) {
    volatile double sum = 0;
    for (long i = 1; !stop; i++) {
        sum += 1.0 / (double)i;
        if (i % 100000 == 0) {
            CHECK(sum > 1);
            done[1]++;
            sched_yield();
        }
    }
    return unused;
}

/* Calls that wait on the agent's Linux, from whatever core this is on. */
static void *forward(void *ends) {
    char bytes[64], seen[64];
    for (int round = 0; !stop; round++) {
        memset(bytes, round, sizeof bytes);
        CHECK(write(((int *)ends)[1], bytes, sizeof bytes) == sizeof bytes);
        CHECK(read(((int *)ends)[0], seen, sizeof seen) == sizeof seen);
        CHECK(memcmp(bytes, seen, sizeof seen) == 0);
        done[2]++;
    }
    return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long turns;

/* Two of these wake each other. */
static void *take_turns(void *odd) {
    CHECK(pthread_mutex_lock(&mutex) == 0);
    while (!stop) {
        while (!stop && turns % 2 != (odd != NULL))
            CHECK(pthread_cond_wait(&changed, &mutex) == 0);
        turns++;
        done[3]++;
        CHECK(pthread_cond_broadcast(&changed) == 0);
    }
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    return NULL;
}

int main(void) {
    pthread_t threads[5];
    int ends[2], one = 1;
    CHECK(pipe(ends) == 0);
    CHECK(pthread_create(&threads[0], NULL, use_memory, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, compute, NULL) == 0);
    CHECK(pthread_create(&threads[2], NULL, forward, ends) == 0);
    CHECK(pthread_create(&threads[3], NULL, take_turns, NULL) == 0);
    CHECK(pthread_create(&threads[4], NULL, take_turns, &one) == 0);
    await_memory(130 * MIB); /* the keeper has done all it was to do */
    for (int i = 0; i < 4; i++)
        for (long before = done[i]; done[i] < before + 3;)
            rest(); /* they still go on */
    stop = 1;
    pthread_cond_broadcast(&changed);
    for (int i = 0; i < 5; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(cores() == 3);
    return 0;
}

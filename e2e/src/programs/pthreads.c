/*
 * Threads on two cores: a counter under a mutex, an atomic one, a queue with condition variables, a
 * barrier, a read-write lock, thread-local storage, a key's destructor, a semaphore, pthread_once,
 * a timed wait that times out, a signal to one thread, cancellation, and return values. Prints the
 * same wherever threads work.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS  20000
#define ITEMS   5000

typedef void *body(void *);

/* Runs `count` threads; the sum of what they return. */
static long run(int count, body *work) {
    pthread_t threads[THREADS * 2];
    long sum = 0;
    for (long i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, work, (void *)i) != 0)
            exit(1);
    for (int i = 0; i < count; i++) {
        void *result;
        pthread_join(threads[i], &result);
        sum += (long)result;
    }
    return sum;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long guarded;
static atomic_long atomic;
static __thread long own;

static void *count(void *argument) {
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&mutex);
        guarded++;
        pthread_mutex_unlock(&mutex);
        atomic++;
        own++;
    }
    return (void *)(own + (long)argument);
}

static struct {
    long items[8];
    int first, used;
    pthread_cond_t filled, emptied;
} queue = {.filled = PTHREAD_COND_INITIALIZER, .emptied = PTHREAD_COND_INITIALIZER};

static void put(long item) {
    pthread_mutex_lock(&mutex);
    while (queue.used == 8)
        pthread_cond_wait(&queue.emptied, &mutex);
    queue.items[(queue.first + queue.used++) % 8] = item;
    pthread_cond_signal(&queue.filled);
    pthread_mutex_unlock(&mutex);
}

static long take(void) {
    pthread_mutex_lock(&mutex);
    while (queue.used == 0)
        pthread_cond_wait(&queue.filled, &mutex);
    long item = queue.items[queue.first];
    queue.first = (queue.first + 1) % 8;
    queue.used--;
    pthread_cond_signal(&queue.emptied);
    pthread_mutex_unlock(&mutex);
    return item;
}

/* Even threads put, odd ones take. */
static void *exchange(void *argument) {
    long sum = 0;
    for (long i = 1; i <= ITEMS; i++) {
        if ((long)argument % 2 == 0)
            put(i);
        else
            sum += take();
    }
    return (void *)sum;
}

static pthread_barrier_t barrier;
static atomic_int arrived;

static void *phases(void *unused) {
    long good = 0, last = 0;
    (void)unused;
    for (int phase = 1; phase <= 50; phase++) {
        arrived++;
        last += pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
        good += arrived == phase * THREADS;
        pthread_barrier_wait(&barrier);
    }
    return (void *)(good * 1000 + last);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long pair[2];

static void *read_and_write(void *argument) {
    long torn = 0;
    for (int i = 0; i < 2000; i++) {
        if ((long)argument == 0) {
            pthread_rwlock_wrlock(&rwlock);
            pair[0]++;
            sched_yield();
            pair[1]++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
            torn += pair[0] != pair[1];
        }
        pthread_rwlock_unlock(&rwlock);
    }
    return (void *)torn;
}

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int destroyed, initialised;

static void destroy(void *value) {
    destroyed += (int)(long)value;
}

static void initialise(void) {
    initialised++;
    pthread_key_create(&key, destroy);
}

static void *keep(void *argument) {
    pthread_once(&once, initialise);
    pthread_setspecific(key, (void *)((long)argument + 1));
    sched_yield();
    return pthread_getspecific(key);
}

static sem_t semaphore;

static void *post_or_wait(void *argument) {
    for (int i = 0; i < 1000; i++)
        if ((long)argument % 2 == 0)
            sem_post(&semaphore);
        else
            sem_wait(&semaphore);
    return NULL;
}

static atomic_int signalled;
static pthread_t target;

static void handler(int number) {
    signalled += number == SIGUSR1 && pthread_equal(pthread_self(), target);
}

static void *wait_for_ever(void *unused) {
    while (!unused)
        pause();
    return unused;
}

static void signal_and_cancel(void) {
    void *result;
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = handler}, NULL);
    pthread_create(&target, NULL, wait_for_ever, NULL);
    while (!signalled) {
        pthread_kill(target, SIGUSR1);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    printf("the thread meant has seen the signal\n");
    pthread_cancel(target);
    pthread_join(target, &result);
    printf("cancelled: %d\n", result == PTHREAD_CANCELED);
}

static void time_out(void) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += 20000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_mutex_lock(&mutex);
    int result = pthread_cond_timedwait(&queue.filled, &mutex, &end);
    pthread_mutex_unlock(&mutex);
    printf("timed out: %d\n", result == ETIMEDOUT);
}

/* Two threads that only go on when both run at once, or are made to take turns. */
static atomic_int turn;

static void *take_turns(void *argument) {
    for (int i = 0; i < 1000; i++) {
        while (turn % 2 != (int)(long)argument)
            sched_yield();
        turn++;
    }
    return NULL;
}

int main(void) {
    long own_counts = run(THREADS, count);
    printf("guarded %ld, atomic %ld, own %ld\n", guarded, (long)atomic, own_counts);
    printf("queue %ld\n", run(THREADS, exchange));
    pthread_barrier_init(&barrier, NULL, THREADS);
    printf("barrier %ld\n", run(THREADS, phases));
    long torn = run(THREADS, read_and_write);
    printf("read-write lock: %ld torn, %ld written\n", torn, pair[1]);
    long kept = run(THREADS, keep);
    printf("keys %ld, destroyed %d, initialised %d\n", kept, destroyed, initialised);
    sem_init(&semaphore, 0, 0);
    run(THREADS, post_or_wait);
    int left;
    sem_getvalue(&semaphore, &left);
    printf("semaphore %d\n", left);
    run(2, take_turns);
    printf("turns %d\n", turn);
    time_out();
    signal_and_cancel();
}

// Threads that map, move, protect and unmap memory while others read and write files through it and
// wake each other: `churn SECONDS`. What each thread has done is printed every few seconds; one
// that has not come further for long hangs, and the program aborts and says where. cflags: -pthread
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>

#define THREADS 6
#define PAGE    4096
#define MOST    (3 << 20) /* bytes of a mapping, so that some have large pages */
#define LOOK    5         /* seconds between two looks at the counters */
#define HANGS   6         /* looks without progress */

static atomic_ulong rounds[THREADS];
static atomic_int step[THREADS]; /* of the round: what it is at when it hangs */
static atomic_bool ends;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned long turns;

static uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

/* Fills memory with words of the thread's own, by way of a file, and finds them there again. */
static void through_file(int fd, uint32_t *words, size_t bytes, uint32_t value) {
    size_t offset = (bytes - PAGE) / sizeof *words, count = PAGE / sizeof *words;
    for (size_t i = 0; i < count; i++)
        CHECK(words[offset + i] == 0);
    for (size_t i = 0; i < count; i++)
        words[i] = value + (uint32_t)i;
    CHECK(pwrite(fd, words, PAGE, 0) == PAGE);
    CHECK(pread(fd, words + offset, PAGE, 0) == PAGE);
    for (size_t i = 0; i < count; i++)
        CHECK(words[offset + i] == value + (uint32_t)i);
}

/* Another mapping's frames are given back while others have calls in flight. */
static uint32_t *move(uint32_t *words, size_t bytes) {
    uint32_t first = words[0];
    words = mremap(words, bytes, bytes + PAGE, MREMAP_MAYMOVE);
    CHECK(words != MAP_FAILED && words[0] == first && words[bytes / sizeof *words] == 0);
    CHECK(mprotect(words, PAGE, PROT_READ) == 0 && words[0] == first);
    CHECK(mprotect(words, PAGE, PROT_READ | PROT_WRITE) == 0);
    CHECK(madvise(words, PAGE, MADV_DONTNEED) == 0 && words[0] == 0);
    return words;
}

static void take_turn(void) {
    CHECK(pthread_mutex_lock(&lock) == 0);
    turns++;
    CHECK(pthread_cond_broadcast(&changed) == 0);
    CHECK(pthread_mutex_unlock(&lock) == 0);
}

/* Until somebody else has come round, or a little while. */
static void await_turn(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 2000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    CHECK(pthread_mutex_lock(&lock) == 0);
    for (unsigned long seen = turns; turns == seen;)
        if (pthread_cond_timedwait(&changed, &lock, &until) != 0)
            break;
    CHECK(pthread_mutex_unlock(&lock) == 0);
}

static void *work(void *argument) {
    int self = (int)(intptr_t)argument, ends_of_pipe[2];
    uint32_t state = 2463534242u + (uint32_t)self;
    char name[16], byte;
    snprintf(name, sizeof name, "churn.%d", self);
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && pipe(ends_of_pipe) == 0);
    for (; !ends; rounds[self]++) {
        size_t bytes = (2 + next_random(&state) % (MOST / PAGE - 2)) * PAGE;
        step[self] = 1;
        uint32_t *words =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CHECK(words != MAP_FAILED);
        step[self] = 2;
        through_file(fd, words, bytes, state);
        step[self] = 3;
        if (rounds[self] % 4 == 0)
            words = move(words, bytes), bytes += PAGE;
        step[self] = 4;
        CHECK(write(ends_of_pipe[1], "x", 1) == 1 && read(ends_of_pipe[0], &byte, 1) == 1);
        step[self] = 5;
        take_turn();
        if (rounds[self] % 8 == 0)
            await_turn();
        step[self] = 6;
        CHECK(munmap(words, bytes) == 0);
    }
    CHECK(unlink(name) == 0 && close(fd) == 0);
    return NULL;
}

/* Prints how far all have come; the longest that one has stood still, in looks. */
static int look(void) {
    static unsigned long before[THREADS];
    static int still[THREADS];
    int longest = 0;
    for (int i = 0; i < THREADS; i++) {
        unsigned long now = rounds[i];
        still[i] = now == before[i] ? still[i] + 1 : 0;
        longest = still[i] > longest ? still[i] : longest;
        before[i] = now;
        printf("%lu@%d ", now, step[i]);
    }
    printf("\n");
    fflush(stdout);
    return longest;
}

int main(int count, char **arguments) {
    int seconds = count > 1 ? atoi(arguments[1]) : 60;
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
    for (int at = 0; at < seconds; at += LOOK) {
        sleep(LOOK);
        if (look() >= HANGS)
            abort();
    }
    ends = true;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    look();
    return 0;
}

// What one thread unmaps, protects or moves, no other reaches any more once that call has returned.
// cpus: 4
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <sys/mman.h>

#define PAGES  64
#define ROUNDS 60

static unsigned char *volatile area;
static volatile int allowed, done; /* whether a write may succeed now */
static __thread sigjmp_buf back;
static __thread volatile int touching;

static void fault(int number) {
    CHECK(number == SIGSEGV && touching);
    siglongjmp(back, 1);
}

static void *touch(void *argument) {
    unsigned seed = (unsigned)(uintptr_t)argument;
    while (!done) {
        unsigned char *at = area + (size_t)(seed % PAGES) * 4096 + seed % 4096;
        seed = seed * 1103515245 + 12345;
        if (sigsetjmp(back, 1) == 0) {
            touching = 1;
            *(volatile unsigned char *)at = 0x55;
        }
        touching = 0;
    }
    return NULL;
}

/* Filled now, all of it still has to be so after a while: nobody writes there any more. */
static void check_untouched(const unsigned char *at, unsigned char value) {
    for (int i = 0; i < 3; i++)
        for (size_t n = 0; n < PAGES * 4096; n += 64)
            CHECK(at[n] == value);
}

int main(void) {
    pthread_t threads[3];
    size_t size = PAGES * 4096;
    CHECK(signal(SIGSEGV, fault) != SIG_ERR);
    unsigned char *place = mmap(NULL, size, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    area = place;
    for (uintptr_t i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, touch, (void *)(i + 1)) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        CHECK(mprotect(place, size, PROT_READ) == 0);
        unsigned char before[PAGES];
        for (int i = 0; i < PAGES; i++)
            before[i] = place[i * 4096 + round];
        for (int i = 0; i < PAGES; i++)
            CHECK(before[i] == place[i * 4096 + round]);
        CHECK(mprotect(place, size, PROT_READ | PROT_WRITE) == 0);

        /* its frames go to another mapping, which the others must not write to */
        CHECK(munmap(place, size) == 0);
        unsigned char *other =
            mmap((void *)0x10000000, size, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        CHECK(other == (void *)0x10000000);
        memset(other, round, size);
        check_untouched(other, (unsigned char)round);
        CHECK(munmap(other, size) == 0);
        CHECK(mmap(place, size, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == place);

        unsigned char *moved =
            mremap(place, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x20000000);
        CHECK(moved == (void *)0x20000000);
        memset(moved, round, size);
        check_untouched(moved, (unsigned char)round);
        CHECK(munmap(moved, size) == 0);
        CHECK(mmap(place, size, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == place);
    }
    done = 1;
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    return 0;
}

// Random numbers and arguments to every call, from a fixed seed: whatever happens to the app, the
// kernel stays up and says so. Calls go by the instruction itself, since errno and libc's state may
// be gone at any time.
// cflags: -fno-stack-protector -pthread
#include "check.h"
#include <pthread.h>
#include <sys/mman.h>

#define CALLS 60000
#define ARENA 0x20000000ul /* memory that may come and go */

#ifndef THREADS
#define THREADS 1 /* that do this at the same time */
#endif

/* The state is the caller's: a thread's own locals may be gone, too. */
static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint64_t argument(uint64_t *state) {
    static const uint64_t edges[] = {
        0,    1,          2,         4095,      4096,           1ul << 47, 0xffff800000000000, ~0ul,
        0x10, ~0ul << 12, 1ul << 63, 1ul << 31, 0x7ffffffff000, 1ul << 21, 0xffffffff80100000,
    };
    switch (next(state) % 6) {
    case 0:
        return next(state);
    case 1:
        return next(state) % 64;
    case 2:
        return edges[next(state) % (sizeof edges / sizeof edges[0])];
    case 3:
        return ARENA + next(state) % (64 << 20);
    case 4:
        return ARENA + next(state) % 0x4000 * 4096;
    default:
        return next(state) >> next(state) % 64;
    }
}

static long call(uint64_t number, const uint64_t *a) {
    long result;
    register uint64_t r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Calls that end or stop the app have tests of their own. */
static int ends_or_waits(uint64_t number) {
    static const uint16_t some[] = {
        SYS_exit,
        SYS_exit_group,
        SYS_pause,
        SYS_rt_sigsuspend,
        SYS_kill,
        SYS_tkill,
        SYS_tgkill,
        SYS_nanosleep,
        SYS_clock_nanosleep,
        SYS_read,
        SYS_readv,
        SYS_poll,
        SYS_ppoll,
        SYS_futex,
        SYS_rt_sigreturn,
        SYS_clone,
        SYS_clone3,
        SYS_alarm,
        SYS_setitimer,
        SYS_timer_settime,
        SYS_rt_sigtimedwait,
        SYS_rt_sigqueueinfo,
        SYS_rt_tgsigqueueinfo,
    };
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        if (number == some[i])
            return 1;
    return 0;
}

/* Would this take away the memory that the app itself runs in? */
static int hits_the_app(uint64_t number, const uint64_t *a) {
    uint64_t at = number == SYS_mremap && a[4] ? a[4] : a[0], size = a[1] > a[2] ? a[1] : a[2];
    if (number != SYS_munmap && number != SYS_mprotect && number != SYS_mremap &&
        number != SYS_mmap && number != SYS_madvise)
        return 0;
    return at < ARENA || size > 1ul << 32 || at + size > 0x700000000000;
}

static void *run(void *seed) {
    uint64_t own = (uint64_t)seed, *state = &own;
    for (int done = 0; done < CALLS / THREADS;) {
        uint64_t number = next(state) % 8 ? next(state) % 340 : next(state), a[6];
        for (int i = 0; i < 6; i++)
            a[i] = argument(state);
        if (ends_or_waits(number) || hits_the_app(number, a))
            continue;
        call(number, a);
        done++;
    }
    call(SYS_exit_group, (uint64_t[6]){7});
    return NULL;
}

int main(void) {
    pthread_t thread;
    for (uint64_t i = 1; i < THREADS; i++)
        CHECK(pthread_create(&thread, NULL, run, (void *)(SEED + i)) == 0);
    run((void *)SEED);
}

// Random numbers and arguments to every call, from a fixed seed: whatever happens to the app, the
// kernel stays up and says so. Calls go by the instruction itself, since errno and libc's state may
// be gone at any time.
// cflags: -fno-stack-protector
#include "check.h"
#include <sys/mman.h>

#define CALLS 60000
#define ARENA 0x20000000ul /* memory that may come and go */

static uint64_t state = SEED;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t argument(void) {
    static const uint64_t edges[] = {
        0,    1,          2,         4095,      4096,           1ul << 47, 0xffff800000000000, ~0ul,
        0x10, ~0ul << 12, 1ul << 63, 1ul << 31, 0x7ffffffff000, 1ul << 21, 0xffffffff80100000,
    };
    switch (next() % 6) {
    case 0:
        return next();
    case 1:
        return next() % 64;
    case 2:
        return edges[next() % (sizeof edges / sizeof edges[0])];
    case 3:
        return ARENA + next() % (64 << 20);
    case 4:
        return ARENA + next() % 0x4000 * 4096;
    default:
        return next() >> next() % 64;
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

int main(void) {
    for (int done = 0; done < CALLS;) {
        uint64_t number = next() % 8 ? next() % 340 : next(), a[6];
        for (int i = 0; i < 6; i++)
            a[i] = argument();
        if (ends_or_waits(number) || hits_the_app(number, a))
            continue;
        call(number, a);
        done++;
    }
    uint64_t status = 7;
    return (int)call(SYS_exit_group, &status);
}

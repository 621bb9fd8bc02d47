/* Clocks and sleeping. */
#include "remora/time.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/x86.h"

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_TAI                11

#define TIMER_ABSTIME 1

struct timespec {
    int64_t seconds, nanoseconds;
};

struct timeval {
    int64_t seconds, microseconds;
};

/* CPU time is counted where turns change hands, under the kernel lock. */
static uint64_t cpu_time(const struct thread *thread) {
    bool locked = kernel_is_locked();
    if (!locked)
        kernel_lock();
    uint64_t nanoseconds = thread_ran(thread);
    if (!locked)
        kernel_unlock();
    return nanoseconds;
}

/* False if there is no such clock. */
static bool clock_get(uint64_t clock, uint64_t *nanoseconds) {
    switch ((int)clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        *nanoseconds = clock_wall();
        return true;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME:
        *nanoseconds = clock_now();
        return true;
    case CLOCK_PROCESS_CPUTIME_ID:
        *nanoseconds = cpu_time(NULL);
        return true;
    case CLOCK_THREAD_CPUTIME_ID:
        *nanoseconds = cpu_time(thread_current());
        return true;
    default:
        return false;
    }
}

static struct timespec timespec_of(uint64_t nanoseconds) {
    return (struct timespec){(int64_t)(nanoseconds / NANOSECONDS),
                             (int64_t)(nanoseconds % NANOSECONDS)};
}

/* Cut where 64 bits would overflow: after 584 years. */
int time_read(uint64_t address, uint64_t *nanoseconds) {
    struct timespec time;
    if (!user_read(&time, address, sizeof time))
        return -EFAULT;
    if (time.seconds < 0 || time.nanoseconds < 0 || time.nanoseconds >= (int64_t)NANOSECONDS)
        return -EINVAL;
    uint64_t seconds = MIN((uint64_t)time.seconds, FOREVER / NANOSECONDS - 1);
    *nanoseconds = seconds * NANOSECONDS + (uint64_t)time.nanoseconds;
    return 0;
}

uint64_t deadline_in(uint64_t nanoseconds) {
    uint64_t now = clock_now();
    return nanoseconds < FOREVER - now ? now + nanoseconds : FOREVER;
}

int64_t sys_clock_gettime(const struct call *call) {
    uint64_t nanoseconds;
    if (!clock_get(call->argument[0], &nanoseconds))
        return -EINVAL;
    struct timespec time = timespec_of(nanoseconds);
    return user_write(call->argument[1], &time, sizeof time) ? 0 : -EFAULT;
}

int64_t sys_clock_getres(const struct call *call) {
    uint64_t ignored;
    if (!clock_get(call->argument[0], &ignored))
        return -EINVAL;
    struct timespec resolution = {0, 1};
    if (call->argument[1] && !user_write(call->argument[1], &resolution, sizeof resolution))
        return -EFAULT;
    return 0;
}

int64_t sys_gettimeofday(const struct call *call) {
    uint64_t now = clock_wall();
    struct timeval time = {(int64_t)(now / NANOSECONDS), (int64_t)(now % NANOSECONDS / 1000)};
    uint32_t timezone[2] = {0, 0};
    if (call->argument[0] && !user_write(call->argument[0], &time, sizeof time))
        return -EFAULT;
    if (call->argument[1] && !user_write(call->argument[1], timezone, sizeof timezone))
        return -EFAULT;
    return 0;
}

int64_t sys_time(const struct call *call) {
    int64_t seconds = (int64_t)(clock_wall() / NANOSECONDS);
    if (call->argument[0] && !user_write(call->argument[0], &seconds, sizeof seconds))
        return -EFAULT;
    return seconds;
}

struct tms {
    int64_t user, system, children_user, children_system;
};

#define TICKS 100 /* per second, as AT_CLKTCK says */

int64_t sys_times(const struct call *call) {
    int64_t now = (int64_t)(clock_now() / (NANOSECONDS / TICKS));
    struct tms times = {.user = (int64_t)(cpu_time(NULL) / (NANOSECONDS / TICKS))};
    if (call->argument[0] && !user_write(call->argument[0], &times, sizeof times))
        return -EFAULT;
    return now;
}

#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

struct rusage {
    struct timeval user, system;
    int64_t max_resident; /* KiB */
    int64_t others[13];
};

int64_t sys_getrusage(const struct call *call) {
    bool thread = (int)call->argument[0] == RUSAGE_THREAD;
    uint64_t time =
        (int)call->argument[0] == RUSAGE_CHILDREN ? 0 : cpu_time(thread ? thread_current() : NULL);
    struct rusage usage = {
        .user = {(int64_t)(time / NANOSECONDS), (int64_t)(time % NANOSECONDS / 1000)},
        .max_resident = (int64_t)(frames_peak() / KIB(1)),
    };
    return user_write(call->argument[1], &usage, sizeof usage) ? 0 : -EFAULT;
}

/* What is left when a signal ends the sleep goes to `left`, unless that is 0. */
static int64_t sleep_for(uint64_t nanoseconds, uint64_t left) {
    uint64_t deadline = deadline_in(nanoseconds);
    if (thread_sleep("it sleeps for ever", deadline) != WAIT_INTERRUPTED)
        return 0;
    uint64_t now = clock_now();
    struct timespec rest = timespec_of(deadline > now ? deadline - now : 0);
    return left && !user_write(left, &rest, sizeof rest) ? -EFAULT : -EINTR;
}

int64_t sys_nanosleep(const struct call *call) {
    uint64_t nanoseconds;
    int result = time_read(call->argument[0], &nanoseconds);
    return result == 0 ? sleep_for(nanoseconds, call->argument[1]) : result;
}

int64_t sys_clock_nanosleep(const struct call *call) {
    uint64_t now, wanted;
    if (!clock_get(call->argument[0], &now) || call->argument[0] == CLOCK_THREAD_CPUTIME_ID)
        return -EINVAL;
    int result = time_read(call->argument[2], &wanted);
    if (result != 0)
        return result;
    if (call->argument[1] & TIMER_ABSTIME)
        return wanted > now ? sleep_for(wanted - now, 0) : 0;
    return sleep_for(wanted, call->argument[3]);
}

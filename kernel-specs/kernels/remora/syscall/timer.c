/*
 * The app's timers: alarm, setitimer and timer_create. One list; the local APIC's timer of the core
 * that has set one interrupts it there, once, whether it computes or halts. There is no tick.
 */
#include "remora/timer.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/time.h"

#define TIMERS 64 /* the first is alarm's and setitimer's */

struct timer {
    bool exists;
    struct cpu *cpu;    /* whose interrupt it is; NULL: it is not set */
    uint64_t deadline;  /* of clock_now's */
    uint64_t interval;  /* ns; 0: it rings once */
    bool wall;          /* absolute times are clock_wall's */
    int notify, number; /* SIGEV_…; the signal */
    uint64_t value;     /* what comes with it */
    int tid;            /* SIGEV_THREAD_ID's */
    int32_t overrun;    /* intervals missed before the last signal */
};

static struct timer timers[TIMERS] = {{.exists = true, .number = SIGALRM}};

#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD_ID 4

/* --- ringing --- */

bool timer_is_armed(void) {
    for (const struct timer *t = timers; t < timers + TIMERS; t++)
        if (t->cpu)
            return true;
    return false;
}

void timer_rearm(void) {
    struct cpu *cpu = cpu_current();
    cpu->alarm = FOREVER;
    for (const struct timer *t = timers; t < timers + TIMERS; t++)
        if (t->cpu == cpu)
            cpu->alarm = MIN(cpu->alarm, t->deadline);
    if (cpu->alarm == FOREVER)
        return;
    uint64_t now = clock_now();
    apic_arm(cpu->alarm > now ? cpu->alarm - now : 1);
}

static void ring(struct timer *timer) {
    struct signal_info info = {.number = timer->number, .code = SI_KERNEL};
    struct thread *to = NULL;
    if (timer != timers) {
        info.code = SI_TIMER;
        info.timer = (int32_t)(timer - timers - 1);
        info.overrun = timer->overrun;
        info.value = timer->value;
    }
    if (timer->notify == SIGEV_THREAD_ID && !(to = thread_find(timer->tid)))
        return;
    if (timer->notify != SIGEV_NONE)
        signal_send(&info, to);
}

static void expire(struct timer *timer, uint64_t now) {
    if (timer->interval == 0) {
        timer->cpu = NULL;
    } else {
        uint64_t missed = (now - timer->deadline) / timer->interval;
        timer->overrun = (int32_t)MIN(missed, INT32_MAX);
        timer->deadline += (missed + 1) * timer->interval;
    }
    ring(timer);
}

void timer_expire(void) {
    uint64_t now = clock_now();
    for (struct timer *t = timers; t < timers + TIMERS; t++)
        if (t->cpu == cpu_current() && t->deadline <= now)
            expire(t, now);
    timer_rearm();
}

void timers_move(const struct cpu *from, struct cpu *to) {
    for (struct timer *t = timers; t < timers + TIMERS; t++)
        if (t->cpu == from) {
            t->cpu = to;
            core_settle(to);
        }
}

/* --- setting; times are nanoseconds, 0 for a timer that is not set --- */

static uint64_t left(const struct timer *timer) {
    uint64_t now = clock_now();
    return !timer->cpu ? 0 : timer->deadline > now ? timer->deadline - now : 1;
}

static void set(struct timer *timer, uint64_t first, uint64_t interval) {
    timer->interval = interval;
    timer->deadline = first ? deadline_in(first) : FOREVER;
    timer->cpu = first ? cpu_current() : NULL;
    timer_rearm();
}

int64_t sys_alarm(const struct call *call) {
    uint64_t before = left(&timers[0]);
    set(&timers[0], (uint32_t)call->argument[0] * NANOSECONDS, 0);
    return (int64_t)((before + NANOSECONDS - 1) / NANOSECONDS);
}

struct itimerval {
    int64_t interval_s, interval_us, first_s, first_us;
};

#define ITIMER_REAL 0
#define MICROSECOND 1000

int64_t sys_getitimer(const struct call *call) {
    uint64_t first = left(&timers[0]), interval = timers[0].interval;
    if ((int)call->argument[0] != ITIMER_REAL)
        return -EINVAL;
    struct itimerval value = {
        .interval_s = (int64_t)(interval / NANOSECONDS),
        .interval_us = (int64_t)(interval % NANOSECONDS / MICROSECOND),
        .first_s = (int64_t)(first / NANOSECONDS),
        .first_us = (int64_t)(first % NANOSECONDS / MICROSECOND),
    };
    return user_write(call->argument[1], &value, sizeof value) ? 0 : -EFAULT;
}

static bool to_nanoseconds(int64_t seconds, int64_t microseconds, uint64_t *nanoseconds) {
    *nanoseconds = MIN((uint64_t)seconds, FOREVER / NANOSECONDS - 1) * NANOSECONDS +
                   (uint64_t)microseconds * MICROSECOND;
    return seconds >= 0 && microseconds >= 0 && microseconds < 1000000;
}

int64_t sys_setitimer(const struct call *call) {
    struct itimerval value = {0};
    struct call get = {.argument = {call->argument[0], call->argument[2]}};
    uint64_t first, interval;
    if ((int)call->argument[0] != ITIMER_REAL)
        return -EINVAL;
    if (call->argument[1] && !user_read(&value, call->argument[1], sizeof value))
        return -EFAULT;
    if (!to_nanoseconds(value.first_s, value.first_us, &first) ||
        !to_nanoseconds(value.interval_s, value.interval_us, &interval))
        return -EINVAL;
    int64_t result = call->argument[2] ? sys_getitimer(&get) : 0;
    if (result == 0)
        set(&timers[0], first, interval);
    return result;
}

/* --- timer_create and its kin --- */

struct sigevent {
    uint64_t value;
    int32_t number, notify, tid;
};

#define CLOCK_REALTIME 0
#define CLOCK_TAI      11
#define TIMER_ABSTIME  1

/* NULL if there is none. */
static struct timer *timer_of(uint64_t id) {
    uint32_t index = (uint32_t)id + 1;
    return index >= 1 && index < TIMERS && timers[index].exists ? &timers[index] : NULL;
}

static bool is_valid(const struct sigevent *event) {
    bool signal = event->notify == SIGEV_SIGNAL || event->notify == SIGEV_THREAD_ID;
    if (signal && (event->number < 1 || event->number > SIGNALS))
        return false;
    if (event->notify == SIGEV_THREAD_ID)
        return thread_find(event->tid);
    return signal || event->notify == SIGEV_NONE;
}

int64_t sys_timer_create(const struct call *call) {
    uint32_t clock = (uint32_t)call->argument[0];
    struct timer *timer = timers + 1;
    while (timer < timers + TIMERS && timer->exists)
        timer++;
    int32_t id = (int32_t)(timer - timers - 1);
    struct sigevent event = {.value = (uint64_t)id, .number = SIGALRM, .notify = SIGEV_SIGNAL};
    if (clock > CLOCK_TAI || clock == 2 || clock == 3) /* CPU time is not timed */
        return -EINVAL;
    if (call->argument[1] && !user_read(&event, call->argument[1], sizeof event))
        return -EFAULT;
    if (!is_valid(&event))
        return -EINVAL;
    if (timer == timers + TIMERS)
        return -EAGAIN;
    if (!user_write(call->argument[2], &id, sizeof id))
        return -EFAULT;
    *timer = (struct timer){
        .exists = true,
        .wall = clock == CLOCK_REALTIME || clock == CLOCK_TAI,
        .notify = event.notify,
        .number = event.number,
        .value = event.value,
        .tid = event.tid,
    };
    return 0;
}

struct itimerspec {
    int64_t interval_s, interval_ns, first_s, first_ns;
};

static struct itimerspec spec_of(const struct timer *timer) {
    uint64_t first = left(timer);
    return (struct itimerspec){
        .interval_s = (int64_t)(timer->interval / NANOSECONDS),
        .interval_ns = (int64_t)(timer->interval % NANOSECONDS),
        .first_s = (int64_t)(first / NANOSECONDS),
        .first_ns = (int64_t)(first % NANOSECONDS),
    };
}

int64_t sys_timer_gettime(const struct call *call) {
    const struct timer *timer = timer_of(call->argument[0]);
    if (!timer)
        return -EINVAL;
    struct itimerspec spec = spec_of(timer);
    return user_write(call->argument[1], &spec, sizeof spec) ? 0 : -EFAULT;
}

int64_t sys_timer_settime(const struct call *call) {
    struct timer *timer = timer_of(call->argument[0]);
    uint64_t new = call->argument[2], old = call->argument[3], first, interval;
    if (!timer || !new)
        return -EINVAL;
    int result = time_read(new, &interval);
    if (result == 0)
        result = time_read(new + 16, &first);
    if (result != 0)
        return result;
    struct itimerspec before = spec_of(timer);
    if (old && !user_write(old, &before, sizeof before))
        return -EFAULT;
    if ((call->argument[1] & TIMER_ABSTIME) && first != 0) {
        uint64_t now = timer->wall ? clock_wall() : clock_now();
        first = first > now ? first - now : 1;
    }
    timer->overrun = 0;
    set(timer, first, interval);
    return 0;
}

int64_t sys_timer_getoverrun(const struct call *call) {
    const struct timer *timer = timer_of(call->argument[0]);
    return timer ? timer->overrun : -EINVAL;
}

int64_t sys_timer_delete(const struct call *call) {
    struct timer *timer = timer_of(call->argument[0]);
    if (!timer)
        return -EINVAL;
    *timer = (struct timer){0};
    timer_rearm();
    return 0;
}

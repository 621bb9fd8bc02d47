/* How threads are scheduled, as far as Linux's calls can say: all alike, in turns. */
#include "remora/errno.h"
#include "remora/memory.h"
#include "remora/syscall.h"
#include "remora/thread.h"

#define SCHED_OTHER 0
#define SCHED_FIFO  1
#define SCHED_RR    2
#define SCHED_BATCH 3
#define SCHED_IDLE  5

static bool exists(uint64_t tid) {
    return (int)tid == 0 || thread_find((int)tid);
}

/* Realtime policies are a privilege that nobody here has. */
static int64_t check_policy(uint64_t policy, int32_t priority) {
    switch ((int)policy) {
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
        return priority == 0 ? 0 : -EINVAL;
    case SCHED_FIFO:
    case SCHED_RR:
        return priority >= 1 && priority <= 99 ? -EPERM : -EINVAL;
    default:
        return -EINVAL;
    }
}

int64_t sys_sched_setscheduler(const struct call *call) {
    int32_t priority;
    if ((int)call->argument[0] < 0 || call->argument[2] == 0)
        return -EINVAL;
    if (!user_read(&priority, call->argument[2], sizeof priority))
        return -EFAULT;
    return exists(call->argument[0]) ? check_policy(call->argument[1], priority) : -ESRCH;
}

int64_t sys_sched_setparam(const struct call *call) {
    struct call as_before = {.argument = {call->argument[0], SCHED_OTHER, call->argument[1]}};
    return sys_sched_setscheduler(&as_before);
}

int64_t sys_sched_getscheduler(const struct call *call) {
    if ((int)call->argument[0] < 0)
        return -EINVAL;
    return exists(call->argument[0]) ? SCHED_OTHER : -ESRCH;
}

int64_t sys_sched_getparam(const struct call *call) {
    const int32_t priority = 0;
    if ((int)call->argument[0] < 0 || call->argument[1] == 0)
        return -EINVAL;
    if (!exists(call->argument[0]))
        return -ESRCH;
    return user_write(call->argument[1], &priority, sizeof priority) ? 0 : -EFAULT;
}

static int64_t range(uint64_t policy, int64_t of_realtime) {
    switch ((int)policy) {
    case SCHED_FIFO:
    case SCHED_RR:
        return of_realtime;
    default:
        return check_policy(policy, 0);
    }
}

int64_t sys_sched_get_priority_max(const struct call *call) {
    return range(call->argument[0], 99);
}

int64_t sys_sched_get_priority_min(const struct call *call) {
    return range(call->argument[0], 1);
}

/* The app as a process of one thread: its end, its thread pointer, its core. */
#include "remora/process.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/time.h"

#define ARCH_SET_GS 0x1001
#define ARCH_SET_FS 0x1002
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

int64_t sys_exit(const struct call *call) {
    process_exit(call->argument[0] & 0xff);
}

/* In the kernel the app's GS base waits in KERNEL_GS_BASE (swapgs). */
int64_t sys_arch_prctl(const struct call *call) {
    uint64_t address = call->argument[1], base;
    switch ((int)call->argument[0]) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
        if (address >= USER_END)
            return -EPERM;
        write_msr(call->argument[0] == ARCH_SET_FS ? MSR_FS_BASE : MSR_KERNEL_GS_BASE, address);
        return 0;
    case ARCH_GET_FS:
    case ARCH_GET_GS:
        base = read_msr(call->argument[0] == ARCH_GET_FS ? MSR_FS_BASE : MSR_KERNEL_GS_BASE);
        return user_write(address, &base, sizeof base) ? 0 : -EFAULT;
    default:
        return -EINVAL;
    }
}

/* What is stored at a thread's end matters to other threads only. */
int64_t sys_set_tid_address(const struct call *call) {
    (void)call;
    return APP_PID;
}

int64_t sys_set_robust_list(const struct call *call) {
    return call->argument[1] == 24 ? 0 : -EINVAL; /* sizeof(struct robust_list_head) */
}

int64_t sys_sched_yield(const struct call *call) {
    (void)call;
    return 0;
}

/* One core, number 0. */
int64_t sys_sched_getaffinity(const struct call *call) {
    uint64_t pid = call->argument[0], size = call->argument[1], cores = 1;
    if (pid != 0 && pid != APP_PID)
        return -ESRCH;
    if (size < sizeof cores || size % sizeof cores != 0)
        return -EINVAL;
    return user_write(call->argument[2], &cores, sizeof cores) ? (int64_t)sizeof cores : -EFAULT;
}

int64_t sys_sched_setaffinity(const struct call *call) {
    uint64_t pid = call->argument[0], cores = 0;
    if (pid != 0 && pid != APP_PID)
        return -ESRCH;
    if (!user_read(&cores, call->argument[2], MIN(call->argument[1], sizeof cores)))
        return -EFAULT;
    return cores & 1 ? 0 : -EINVAL;
}

int64_t sys_getcpu(const struct call *call) {
    uint32_t zero = 0;
    for (int i = 0; i < 2; i++)
        if (call->argument[i] && !user_write(call->argument[i], &zero, sizeof zero))
            return -EFAULT;
    return 0;
}

#define PR_SET_NAME 15
#define PR_GET_NAME 16
#define THREAD_NAME 16

int64_t sys_prctl(const struct call *call) {
    static char name[THREAD_NAME] = "app";
    switch ((int)call->argument[0]) {
    case PR_SET_NAME:
        for (int i = 0; i < THREAD_NAME - 1; i++) {
            if (!user_read(&name[i], call->argument[1] + (uint64_t)i, 1))
                return -EFAULT;
            if (name[i] == '\0')
                break;
        }
        return 0;
    case PR_GET_NAME:
        return user_write(call->argument[1], name, sizeof name) ? 0 : -EFAULT;
    default:
        return -EINVAL;
    }
}

/* --- futex: with a single thread, nobody is ever woken and nobody ever wakes --- */

#define FUTEX_WAIT           0
#define FUTEX_WAKE           1
#define FUTEX_REQUEUE        3
#define FUTEX_CMP_REQUEUE    4
#define FUTEX_WAIT_BITSET    9
#define FUTEX_WAKE_BITSET    10
#define FUTEX_COMMAND        0x7f
#define FUTEX_CLOCK_REALTIME 0x100

/* WAIT's timeout is a span of time, WAIT_BITSET's a point in it. */
static int futex_deadline(const struct call *call, uint64_t *deadline) {
    uint64_t operation = call->argument[1], timeout = call->argument[3], time;
    *deadline = FOREVER;
    if (timeout == 0)
        return 0;
    int result = time_read(timeout, &time);
    if (result != 0)
        return result;
    if ((operation & FUTEX_COMMAND) == FUTEX_WAIT) {
        *deadline = deadline_in(time);
        return 0;
    }
    uint64_t now = operation & FUTEX_CLOCK_REALTIME ? clock_wall() : clock_now();
    *deadline = time > now ? deadline_in(time - now) : 0;
    return 0;
}

static int64_t futex_wait(const struct call *call) {
    uint32_t value;
    uint64_t deadline;
    if (!user_read(&value, call->argument[0], sizeof value))
        return -EFAULT;
    int result = futex_deadline(call, &deadline);
    if (result != 0)
        return result;
    if (value != (uint32_t)call->argument[2])
        return -EAGAIN;
    if (deadline == FOREVER)
        process_deadlock(call->frame, "it waits for a futex that nobody can wake");
    thread_wait(NULL, NULL, deadline);
    return -ETIMEDOUT;
}

int64_t sys_futex(const struct call *call) {
    if (call->argument[0] % sizeof(uint32_t) != 0)
        return -EINVAL;
    switch (call->argument[1] & FUTEX_COMMAND) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
        return futex_wait(call);
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
        return 0;
    default:
        return -ENOSYS;
    }
}

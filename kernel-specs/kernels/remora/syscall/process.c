/* Threads of the app: their making, their end, their pointer, their core, their name. */
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

/* --- clone --- */

#define CLONE_VM             0x00000100u
#define CLONE_SIGHAND        0x00000800u
#define CLONE_THREAD         0x00010000u
#define CLONE_SETTLS         0x00080000u
#define CLONE_PARENT_SETTID  0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_CHILD_SETTID   0x01000000u
#define CLONE_PIDFD          0x00001000u

struct clone {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    uint64_t set_tid, set_tid_size, cgroup;
};

/* What makes a process rather than a thread is nobody's to serve. */
static int64_t refuse_process(const struct call *call) {
    struct syscall_count *count = syscall_count(call->number);
    count->local--;
    count->unsupported++;
    return -ENOSYS;
}

static int64_t clone(const struct call *call, const struct clone *wanted) {
    uint64_t flags = wanted->flags;
    if (((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
        ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)))
        return -EINVAL;
    if (!(flags & CLONE_THREAD) || (flags & CLONE_PIDFD))
        return refuse_process(call);
    if ((flags & CLONE_SETTLS) && wanted->tls >= USER_END)
        return -EPERM;
    struct frame frame = *call->frame;
    frame.rax = 0;
    frame.rsp = wanted->stack ? wanted->stack : frame.rsp;
    struct thread *thread = thread_create(&frame);
    if (!thread)
        return -EAGAIN;
    if (flags & CLONE_SETTLS)
        thread->fs_base = wanted->tls;
    if (flags & CLONE_CHILD_CLEARTID)
        thread->clear_tid = wanted->child_tid;
    if (flags & CLONE_CHILD_SETTID)
        user_write(wanted->child_tid, &thread->tid, sizeof thread->tid);
    if (flags & CLONE_PARENT_SETTID)
        user_write(wanted->parent_tid, &thread->tid, sizeof thread->tid);
    int tid = thread->tid;
    thread_start(thread);
    return tid;
}

int64_t sys_clone(const struct call *call) {
    return clone(call, &(struct clone){.flags = (uint32_t)call->argument[0],
                                       .stack = call->argument[1],
                                       .parent_tid = call->argument[2],
                                       .child_tid = call->argument[3],
                                       .tls = call->argument[4]});
}

#define CLONE_SIZE_MIN 64

int64_t sys_clone3(const struct call *call) {
    struct clone wanted = {0};
    uint64_t size = call->argument[1];
    if (size < CLONE_SIZE_MIN)
        return -EINVAL;
    if (size > sizeof wanted)
        return -E2BIG;
    if (!user_read(&wanted, call->argument[0], size))
        return -EFAULT;
    if ((wanted.stack == 0) != (wanted.stack_size == 0) || wanted.set_tid_size != 0 ||
        wanted.stack_size > USER_END || wanted.stack > USER_END - wanted.stack_size)
        return -EINVAL;
    wanted.stack += wanted.stack_size;
    return clone(call, &wanted);
}

/* --- the end --- */

int64_t sys_exit_group(const struct call *call) {
    process_exit(call->argument[0] & 0xff);
}

/* The last thread is the app's end; its status is the first thread's. */
int64_t sys_exit(const struct call *call) {
    static int status;
    struct thread *self = thread_current();
    if (self->tid == APP_PID)
        status = (int)(call->argument[0] & 0xff);
    if (thread_count() == 1)
        process_exit(status);
    futex_thread_ends(self);
    signal_thread_ends(self);
    thread_end();
}

/* --- thread pointer --- */

/* In the kernel the app's GS base waits in KERNEL_GS_BASE (swapgs). */
int64_t sys_arch_prctl(const struct call *call) {
    struct thread *self = thread_current();
    uint64_t address = call->argument[1];
    switch ((int)call->argument[0]) {
    case ARCH_SET_FS:
        if (address >= USER_END)
            return -EPERM;
        self->fs_base = address;
        write_msr(MSR_FS_BASE, address);
        return 0;
    case ARCH_SET_GS:
        if (address >= USER_END)
            return -EPERM;
        self->gs_base = address;
        write_msr(MSR_KERNEL_GS_BASE, address);
        return 0;
    case ARCH_GET_FS:
        return user_write(address, &self->fs_base, sizeof self->fs_base) ? 0 : -EFAULT;
    case ARCH_GET_GS:
        return user_write(address, &self->gs_base, sizeof self->gs_base) ? 0 : -EFAULT;
    default:
        return -EINVAL;
    }
}

int64_t sys_gettid(const struct call *call) {
    (void)call;
    return thread_current()->tid;
}

int64_t sys_set_tid_address(const struct call *call) {
    thread_current()->clear_tid = call->argument[0];
    return thread_current()->tid;
}

#define ROBUST_LIST_HEAD 24 /* sizeof(struct robust_list_head) */

int64_t sys_set_robust_list(const struct call *call) {
    if (call->argument[1] != ROBUST_LIST_HEAD)
        return -EINVAL;
    thread_current()->robust_list = call->argument[0];
    return 0;
}

/* By its number; 0 is this thread. NULL if there is none. */
static struct thread *thread_of(uint64_t tid) {
    return (int)tid == 0 ? thread_current() : thread_find((int)tid);
}

int64_t sys_get_robust_list(const struct call *call) {
    const struct thread *thread = thread_of(call->argument[0]);
    uint64_t size = ROBUST_LIST_HEAD;
    if (!thread)
        return -ESRCH;
    return user_write(call->argument[1], &thread->robust_list, sizeof thread->robust_list) &&
                   user_write(call->argument[2], &size, sizeof size)
               ? 0
               : -EFAULT;
}

/* --- cores --- */

int64_t sys_sched_yield(const struct call *call) {
    (void)call;
    if (cpu_current()->thread_count > 1) {
        kernel_lock();
        thread_yield();
        kernel_unlock();
    }
    return 0;
}

int64_t sys_sched_getaffinity(const struct call *call) {
    const struct thread *thread = thread_of(call->argument[0]);
    uint64_t size = call->argument[1];
    if (size < sizeof(uint64_t) || size % sizeof(uint64_t) != 0)
        return -EINVAL;
    if (!thread)
        return -ESRCH;
    uint64_t cores = thread->affinity & cores_running;
    return user_write(call->argument[2], &cores, sizeof cores) ? (int64_t)sizeof cores : -EFAULT;
}

int64_t sys_sched_setaffinity(const struct call *call) {
    struct thread *thread = thread_of(call->argument[0]);
    uint64_t cores = 0;
    if (!thread)
        return -ESRCH;
    if (!user_read(&cores, call->argument[2], MIN(call->argument[1], sizeof cores)))
        return -EFAULT;
    if (!(cores & cores_running))
        return -EINVAL;
    thread->affinity = cores;
    thread_settle(thread);
    return 0;
}

int64_t sys_getcpu(const struct call *call) {
    uint32_t core = cpu_index(), node = 0;
    if (call->argument[0] && !user_write(call->argument[0], &core, sizeof core))
        return -EFAULT;
    if (call->argument[1] && !user_write(call->argument[1], &node, sizeof node))
        return -EFAULT;
    return 0;
}

/* --- names --- */

#define PR_SET_NAME 15
#define PR_GET_NAME 16

int64_t sys_prctl(const struct call *call) {
    char *name = thread_current()->name;
    switch ((int)call->argument[0]) {
    case PR_SET_NAME:
        memset(name, 0, THREAD_NAME);
        for (int i = 0; i < THREAD_NAME - 1; i++) {
            if (!user_read(&name[i], call->argument[1] + (uint64_t)i, 1))
                return -EFAULT;
            if (name[i] == '\0')
                break;
        }
        return 0;
    case PR_GET_NAME:
        return user_write(call->argument[1], name, THREAD_NAME) ? 0 : -EFAULT;
    default:
        return -EINVAL;
    }
}

/* Signal calls: the app's, to itself and between its threads. */
#include "remora/signal.h"
#include "remora/boot.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/time.h"

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define MASK_SIZE      8
#define STACK_SIZE_MIN 2048

/* An int that names a signal; 0 if it does not. */
static int signal_number(uint64_t argument) {
    int number = (int)argument;
    return number >= 1 && number <= SIGNALS ? number : 0;
}

int64_t sys_rt_sigaction(const struct call *call) {
    int number = signal_number(call->argument[0]);
    uint64_t new = call->argument[1], old = call->argument[2];
    if (call->argument[3] != MASK_SIZE || number == 0 ||
        (new && (SIGNAL_BIT(number) & UNBLOCKABLE)))
        return -EINVAL;
    struct signal_action action;
    if ((new && !user_read(&action, new, sizeof action)) ||
        (old && !user_write(old, &signals.actions[number], sizeof action)))
        return -EFAULT;
    if (new)
        signal_act(number, &action);
    return 0;
}

int64_t sys_rt_sigprocmask(const struct call *call) {
    uint64_t new = call->argument[1], old = call->argument[2], set;
    uint64_t before = thread_current()->signals.blocked;
    if (call->argument[3] != MASK_SIZE)
        return -EINVAL;
    if (new) {
        if (!user_read(&set, new, sizeof set))
            return -EFAULT;
        switch ((int)call->argument[0]) {
        case SIG_BLOCK:
            signal_block(before | set);
            break;
        case SIG_UNBLOCK:
            signal_block(before & ~set);
            break;
        case SIG_SETMASK:
            signal_block(set);
            break;
        default:
            return -EINVAL;
        }
    }
    return old && !user_write(old, &before, sizeof before) ? -EFAULT : 0;
}

int64_t sys_rt_sigpending(const struct call *call) {
    const struct thread_signals *own = &thread_current()->signals;
    uint64_t pending = (own->pending.set | signals.pending.set) & own->blocked;
    if (call->argument[1] != MASK_SIZE)
        return -EINVAL;
    return user_write(call->argument[0], &pending, sizeof pending) ? 0 : -EFAULT;
}

int64_t sys_rt_sigreturn(const struct call *call) {
    if (!sigframe_pop(call->frame)) {
        struct signal_info fault = {.number = SIGSEGV, .code = SI_KERNEL};
        signal_force(call->frame, &fault);
    }
    return (int64_t)call->frame->rax;
}

/* Waits with another mask, which the handler's end takes back. */
static int64_t suspend(uint64_t mask) {
    struct thread_signals *own = &thread_current()->signals;
    own->before_suspend = own->blocked;
    own->suspended = true;
    signal_block(mask);
    thread_sleep("it waits for a signal that nobody can send", FOREVER);
    return -ERESTARTNOHAND;
}

int64_t sys_rt_sigsuspend(const struct call *call) {
    uint64_t mask;
    if (call->argument[1] != MASK_SIZE)
        return -EINVAL;
    return user_read(&mask, call->argument[0], sizeof mask) ? suspend(mask) : -EFAULT;
}

int64_t sys_pause(const struct call *call) {
    (void)call;
    return suspend(thread_current()->signals.blocked);
}

/* The alternate stack is changed; 0, or a negated error number. */
static int64_t set_stack(const struct signal_stack *stack, bool in_use) {
    if (in_use)
        return -EPERM;
    if (stack->flags & ~(SS_ONSTACK | SS_DISABLE))
        return -EINVAL;
    bool disable = stack->flags & SS_DISABLE;
    if (!disable && stack->size < STACK_SIZE_MIN)
        return -ENOMEM;
    struct signal_stack *own = &thread_current()->signals.stack;
    *own = *stack;
    own->flags = 0;
    if (disable)
        own->size = 0;
    return 0;
}

int64_t sys_sigaltstack(const struct call *call) {
    uint64_t new = call->argument[0], old = call->argument[1];
    struct signal_stack stack, before = sigframe_stack(call->frame->rsp);
    if (new && !user_read(&stack, new, sizeof stack))
        return -EFAULT;
    int64_t result = new ? set_stack(&stack, before.flags & SS_ONSTACK) : 0;
    if (result == 0 && old && !user_write(old, &before, sizeof before))
        return -EFAULT;
    return result;
}

/* --- sending: `to` is a thread, or NULL for the app --- */

static int64_t send(uint64_t number, int32_t code, struct thread *to) {
    if ((int)number == 0)
        return 0; /* asks whether the receiver is there */
    struct signal_info info = {
        .number = signal_number(number), .code = code, .pid = APP_PID, .uid = options.uid};
    return info.number == 0 ? -EINVAL : signal_send(&info, to);
}

/* Itself, its group, or everybody: all of them are the app. */
int64_t sys_kill(const struct call *call) {
    int pid = (int)call->argument[0];
    bool own = pid == APP_PID || pid == -APP_PID || pid == 0 || pid == -1;
    return own ? send(call->argument[1], SI_USER, NULL) : -ESRCH;
}

int64_t sys_tkill(const struct call *call) {
    int tid = (int)call->argument[0];
    if (tid <= 0)
        return -EINVAL;
    struct thread *to = thread_find(tid);
    return to ? send(call->argument[1], SI_TKILL, to) : -ESRCH;
}

int64_t sys_tgkill(const struct call *call) {
    int group = (int)call->argument[0], tid = (int)call->argument[1];
    if (group <= 0 || tid <= 0)
        return -EINVAL;
    struct thread *to = group == APP_PID ? thread_find(tid) : NULL;
    return to ? send(call->argument[2], SI_TKILL, to) : -ESRCH;
}

/* What comes with it is the sender's to say, but not that the kernel has sent it. */
static int64_t queue(uint64_t number, uint64_t from, struct thread *to) {
    struct signal_info info;
    if (!user_read(&info, from, sizeof info))
        return -EFAULT;
    info.number = signal_number(number);
    return (int)number == 0 ? 0 : info.number == 0 ? -EINVAL : signal_send(&info, to);
}

int64_t sys_rt_sigqueueinfo(const struct call *call) {
    return (int)call->argument[0] == APP_PID ? queue(call->argument[1], call->argument[2], NULL)
                                             : -ESRCH;
}

int64_t sys_rt_tgsigqueueinfo(const struct call *call) {
    int group = (int)call->argument[0], tid = (int)call->argument[1];
    if (group <= 0 || tid <= 0)
        return -EINVAL;
    struct thread *to = group == APP_PID ? thread_find(tid) : NULL;
    return to ? queue(call->argument[2], call->argument[3], to) : -ESRCH;
}

/* --- waiting for one --- */

int64_t sys_rt_sigtimedwait(const struct call *call) {
    uint64_t set, deadline = FOREVER, nanoseconds;
    struct signal_info info;
    struct thread *self = thread_current();
    if (call->argument[3] != MASK_SIZE)
        return -EINVAL;
    if (!user_read(&set, call->argument[0], sizeof set))
        return -EFAULT;
    set &= ~UNBLOCKABLE;
    if (call->argument[2]) {
        int result = time_read(call->argument[2], &nanoseconds);
        if (result != 0)
            return result;
        deadline = deadline_in(nanoseconds);
    }
    while (!signal_take(set, &info)) {
        self->signals.awaited = set;
        enum wait_result result =
            thread_sleep("it waits for a signal that nobody can send", deadline);
        self->signals.awaited = 0;
        if (result == WAIT_INTERRUPTED)
            return -EINTR;
        if (result == WAIT_TIMEOUT)
            return -EAGAIN;
    }
    if (call->argument[1] && !user_write(call->argument[1], &info, sizeof info))
        return -EFAULT;
    return info.number;
}

/* Signal calls: the app's to itself, since there is nobody else. */
#include "remora/signal.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/syscall.h"

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
        signals.actions[number] = action;
    return 0;
}

int64_t sys_rt_sigprocmask(const struct call *call) {
    uint64_t new = call->argument[1], old = call->argument[2], before = signals.blocked, set;
    if (call->argument[3] != MASK_SIZE)
        return -EINVAL;
    if (new) {
        if (!user_read(&set, new, sizeof set))
            return -EFAULT;
        switch ((int)call->argument[0]) {
        case SIG_BLOCK:
            signals.blocked |= set;
            break;
        case SIG_UNBLOCK:
            signals.blocked &= ~set;
            break;
        case SIG_SETMASK:
            signals.blocked = set;
            break;
        default:
            return -EINVAL;
        }
        signals.blocked &= ~UNBLOCKABLE;
    }
    return old && !user_write(old, &before, sizeof before) ? -EFAULT : 0;
}

int64_t sys_rt_sigpending(const struct call *call) {
    uint64_t pending = signals.pending & signals.blocked;
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

/* Waits with another mask. What is pending under it ends the wait; nothing else ever could. */
static int64_t suspend(const struct call *call, uint64_t mask) {
    mask &= ~UNBLOCKABLE;
    if (!(signals.pending & ~mask))
        process_deadlock(call->frame, "it waits for a signal that nobody can send");
    signals.before_suspend = signals.blocked;
    signals.suspended = true;
    signals.blocked = mask;
    return -EINTR;
}

int64_t sys_rt_sigsuspend(const struct call *call) {
    uint64_t mask;
    if (call->argument[1] != MASK_SIZE)
        return -EINVAL;
    return user_read(&mask, call->argument[0], sizeof mask) ? suspend(call, mask) : -EFAULT;
}

int64_t sys_pause(const struct call *call) {
    return suspend(call, signals.blocked);
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
    signals.stack = *stack;
    signals.stack.flags = 0;
    if (disable)
        signals.stack.size = 0;
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

static int64_t send(uint64_t number, int32_t code) {
    if (number == 0)
        return 0; /* asks whether the receiver is there */
    struct signal_info info = {.number = signal_number(number), .code = code, .pid = APP_PID};
    if (info.number == 0)
        return -EINVAL;
    signal_send(&info);
    return 0;
}

/* Itself, its group, or everybody: all of them are the app. */
int64_t sys_kill(const struct call *call) {
    int pid = (int)call->argument[0];
    bool own = pid == APP_PID || pid == -APP_PID || pid == 0 || pid == -1;
    return own ? send((uint32_t)call->argument[1], SI_USER) : -ESRCH;
}

int64_t sys_tkill(const struct call *call) {
    int tid = (int)call->argument[0];
    if (tid <= 0)
        return -EINVAL;
    return tid == APP_PID ? send((uint32_t)call->argument[1], SI_TKILL) : -ESRCH;
}

int64_t sys_tgkill(const struct call *call) {
    int group = (int)call->argument[0], tid = (int)call->argument[1];
    if (group <= 0 || tid <= 0)
        return -EINVAL;
    bool own = group == APP_PID && tid == APP_PID;
    return own ? send((uint32_t)call->argument[2], SI_TKILL) : -ESRCH;
}

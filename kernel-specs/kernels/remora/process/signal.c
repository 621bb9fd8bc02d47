/* Which signal goes where, and when. */
#include "remora/signal.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/process.h"

#define SYSCALL_INSTRUCTION 2 /* bytes */

struct signals signals;

static bool is_ignored_by_default(int number) {
    switch (number) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
    case SIGSTOP: /* nobody could continue the app */
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        return true;
    default:
        return false;
    }
}

static bool is_ignored(int number) {
    uint64_t handler = signals.actions[number].handler;
    return handler == SIGNAL_IGNORE || (handler == SIGNAL_DEFAULT && is_ignored_by_default(number));
}

void signal_send(const struct signal_info *info) {
    if (is_ignored(info->number) && !(signals.blocked & SIGNAL_BIT(info->number)))
        return;
    signals.pending |= SIGNAL_BIT(info->number);
    signals.info[info->number] = *info;
}

static bool is_fault(const struct signal_info *info) {
    return info->code > 0 && info->code != SI_KERNEL;
}

_Noreturn static void kill_app(const struct frame *frame, const struct signal_info *info,
                               const char *reason) {
    process_killed(info->number, is_fault(info) ? &info->address : NULL, frame, reason);
}

/* A call that a signal has ended is made again after the handler, if that is said to restart. */
static void end_call(struct frame *frame, bool again) {
    if (frame->vector != VECTOR_SYSCALL || (int64_t)frame->rax != -ERESTARTSYS)
        return;
    frame->rax = again ? frame->error /* its number */ : (uint64_t)-EINTR;
    if (again)
        frame->rip -= SYSCALL_INSTRUCTION;
}

/* Runs the handler, or ends the app; the signal is neither blocked nor ignored. */
static void act(struct frame *frame, const struct signal_info *info) {
    struct signal_action *action = &signals.actions[info->number];
    if (action->handler == SIGNAL_DEFAULT)
        kill_app(frame, info, NULL);
    struct signal_action current = *action;
    if (current.flags & SA_RESETHAND)
        action->handler = SIGNAL_DEFAULT;
    uint64_t mask = signals.suspended ? signals.before_suspend : signals.blocked;
    signals.suspended = false;
    end_call(frame, current.flags & SA_RESTART);
    if (!sigframe_push(frame, info, &current, mask)) {
        struct signal_info fault = {.number = SIGSEGV, .code = SI_KERNEL};
        kill_app(frame, &fault, "no stack to run a signal handler on");
    }
    signals.blocked |= current.mask;
    if (!(current.flags & SA_NODEFER))
        signals.blocked |= SIGNAL_BIT(info->number);
    signals.blocked &= ~UNBLOCKABLE;
}

void signal_deliver(struct frame *frame) {
    uint64_t ready;
    while ((ready = signals.pending & ~signals.blocked) != 0) {
        int number = __builtin_ctzll(ready) + 1;
        signals.pending &= ~SIGNAL_BIT(number);
        if (!is_ignored(number))
            act(frame, &signals.info[number]);
    }
    end_call(frame, true);
}

void signal_force(struct frame *frame, const struct signal_info *info) {
    if ((signals.blocked & SIGNAL_BIT(info->number)) || is_ignored(info->number))
        kill_app(frame, info, NULL);
    act(frame, info);
}

#include "signals.h"
#include "calls.h"
#include "entry.h"
#include "options.h"
#include "user.h"

#define KNOWN_FLAGS                                                                                \
    (0x3u | SA_SIGINFO | 0x800u | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_RESTORER)

typedef void handler(int signal, struct siginfo *info, struct ucontext *context);

static int64_t install(int signal, const struct sigaction *action, struct sigaction *before) {
    return sys(__NR_rt_sigaction, signal, action, before, sizeof action->mask);
}

/* Whether Linux ends a process by it unless told otherwise (signal(7)). */
static bool is_fatal(int signal) {
    const uint64_t harmless = signal_bit(SIGCHLD) | signal_bit(SIGCONT) | signal_bit(20) |
                              signal_bit(21) | signal_bit(22) | signal_bit(23) | signal_bit(28) |
                              signal_bit(SIGKILL) | signal_bit(SIGSTOP) | signal_bit(SIGSYS);
    return !(harmless & signal_bit(signal));
}

/* What Linux is told in place of what the program says. */
static struct sigaction in_kernel(int signal, const struct sigaction *action) {
    struct sigaction result = *action;
    if (action->handler == SIG_IGN)
        return result;
    if (action->handler == SIG_DFL) {
        if (options.count_file && is_fatal(signal))
            result = (struct sigaction){(uint64_t)deliver, SA_SIGINFO | SA_RESTORER | SA_ONSTACK,
                                        (uint64_t)restorer, ALL_SIGNALS};
        return result;
    }
    result.handler = (uint64_t)deliver;
    result.flags = (action->flags & ~(uint64_t)SA_RESETHAND) | SA_SIGINFO;
    result.mask &= ALL_SIGNALS;
    return result;
}

void trap(int signal, struct siginfo *info, struct ucontext *context);

void signals_start(struct process *process) {
    for (int signal = 1; signal <= SIGNALS; signal++) {
        struct sigaction *action = &process->actions[signal];
        if (is_error(install(signal, NULL, action)) || action->handler == SIG_IGN)
            continue;
        struct sigaction kernel = in_kernel(signal, action);
        if (kernel.handler != SIG_DFL)
            install(signal, &kernel, NULL);
    }
    struct sigaction own = {(uint64_t)trap,
                            SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER | SA_RESTART,
                            (uint64_t)restorer, ALL_SIGNALS};
    install(SIGSYS, &own, NULL);
}

void signals_clear(struct process *process) {
    for (int signal = 1; signal <= SIGNALS; signal++) {
        struct sigaction *action = &process->actions[signal];
        if (action->handler == SIG_IGN)
            continue;
        *action = (struct sigaction){0};
        struct sigaction kernel = in_kernel(signal, action);
        if (signal != SIGSYS)
            install(signal, &kernel, NULL);
    }
}

/* --- arrival --- */

static void restore_arguments(const struct thread *self, struct ucontext *context) {
    context->rdi = self->rdi;
    context->rsi = self->rsi;
    context->rdx = self->rdx;
    context->r10 = self->r10;
    context->r8 = self->r8;
    context->r9 = self->r9;
}

void leave_stub(struct thread *self, struct ucontext *context) {
    uint64_t at = context->rip;
    if (at < (uint64_t)stub || at >= (uint64_t)stub_end)
        return;
    if (at < (uint64_t)stub_timed)
        self->ended = read_tsc();
    if (at <= (uint64_t)stub_call) {
        /* rcx tells a call that Linux would start again from one that has not been made. */
        self->counting &= at == (uint64_t)stub_call && context->rcx == (uint64_t)stub_done;
        context->rax = self->number;
        context->rip = self->back - 2; /* SYSCALL has two bytes */
    } else {
        if (at > (uint64_t)stub_done)
            context->rax = self->result;
        context->rip = context->rcx = self->back;
    }
    restore_arguments(self, context);
    count_stub(self);
}

/* The process ends by this signal, as it would have without us. */
static void end_by(struct thread *self, int signal, struct siginfo *info) {
    counts_write(self->process, "signal", signal);
    struct sigaction action = {0};
    install(signal, &action, NULL);
    bool is_fault = info->code > 0 && (signal == SIGSEGV || signal == SIGBUS || signal == 4 ||
                                       signal == 5 || signal == 8);
    if (!is_fault) /* a fault comes again by itself */
        sys(__NR_rt_tgsigqueueinfo, sys(__NR_getpid), sys(__NR_gettid), signal, info);
}

/* It will be sent again once the handler of traps has taken note and returns. */
static void defer(struct thread *self, struct siginfo *info, struct ucontext *context) {
    self->signal = *info;
    self->deferred = true;
    context->mask = ALL_SIGNALS;
    atomic_fetch_add(&self->mailbox.events, 1); /* so that it does not sleep now */
}

void signals_send_deferred(struct thread *self) {
    if (self->deferred)
        sys(__NR_rt_tgsigqueueinfo, sys(__NR_getpid), self->tid, self->signal.signal,
            &self->signal);
    self->deferred = false;
}

__attribute__((visibility("hidden"))) uint64_t signal_target(int signal, struct siginfo *info,
                                                             struct ucontext *context) {
    struct thread *self = thread_self();
    if (self->waiting) {
        defer(self, info, context);
        return 0;
    }
    leave_stub(self, context);
    struct process *process = self->process;
    struct sigaction action = process->actions[signal];
    if (action.handler == SIG_DFL)
        end_by(self, signal, info);
    if (action.handler <= SIG_IGN)
        return 0;
    if (action.flags & SA_RESETHAND) {
        process->actions[signal].handler = SIG_DFL;
        struct sigaction kernel = in_kernel(signal, &process->actions[signal]);
        install(signal, &kernel, NULL);
    }
    return action.handler;
}

void signals_sigsys(struct thread *self, struct siginfo *info, struct ucontext *context) {
    leave_stub(self, context);
    struct sigaction action = self->process->actions[SIGSYS];
    if (action.handler == SIG_IGN)
        return;
    if (action.handler == SIG_DFL)
        end_by(self, SIGSYS, info);
    info->call_address = info->code > 0 ? self->back : info->call_address;
    uint64_t mask = (context->mask | action.mask) & ALL_SIGNALS;
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    ((handler *)action.handler)(SIGSYS, info, context);
    mask = ALL_SIGNALS;
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
    context->mask &= ALL_SIGNALS;
}

/* --- calls --- */

static int64_t set_action(struct process *process, int signal, const struct sigaction *action) {
    struct sigaction kernel = in_kernel(signal, action), before = process->actions[signal];
    process->actions[signal] = *action; /* first: `deliver` may be called at once */
    int64_t result = signal == SIGSYS ? 0 : install(signal, &kernel, NULL);
    if (is_error(result))
        process->actions[signal] = before;
    return result;
}

int64_t special_rt_sigaction(struct thread *self, struct ucontext *context) {
    int signal = (int)context->rdi;
    uint64_t from = context->rsi, to = context->rdx;
    struct sigaction action, before;
    if (context->r10 != sizeof before.mask || signal < 1 || signal > SIGNALS || signal == SIGKILL ||
        signal == SIGSTOP)
        return MAKE_IT;
    if (from && !user_read(&action, from, sizeof action))
        return -EFAULT;
    struct process *process = self->process;
    lock(&process->lock);
    before = process->actions[signal];
    int64_t result = 0;
    if (from) {
        action.flags &= KNOWN_FLAGS;
        action.mask &= ~(signal_bit(SIGKILL) | signal_bit(SIGSTOP));
        result = set_action(process, signal, &action);
    }
    unlock(&process->lock);
    return is_error(result) || !to || user_write(to, &before, sizeof before) ? result : -EFAULT;
}

/* Only where SIGSYS is meant, too: Linux is to see all others as they are. */
int64_t special_rt_sigprocmask(struct thread *self, struct ucontext *context) {
    uint64_t set = 0, own = signal_bit(SIGSYS);
    uint64_t before = context->mask | (self->sigsys_blocked ? own : 0);
    if (context->r10 != sizeof set || (context->rsi && context->rdi > SIG_SETMASK))
        return -EINVAL;
    if (context->rsi && !user_read(&set, context->rsi, sizeof set))
        return -EFAULT;
    if (!((set | before) & own))
        return MAKE_IT;
    uint64_t after = before;
    if (context->rsi)
        after = context->rdi == SIG_BLOCK     ? before | set
                : context->rdi == SIG_UNBLOCK ? before & ~set
                                              : set;
    if (context->rdx && !user_write(context->rdx, &before, sizeof before))
        return -EFAULT;
    self->sigsys_blocked = (after & own) != 0;
    context->mask = after & ALL_SIGNALS; /* Linux takes it from here (rt_sigreturn) */
    return 0;
}

/* A call that has its own signal mask gets a copy without SIGSYS. */
static void replace_mask(struct thread *self, uint64_t *pointer) {
    uint64_t mask;
    if (!*pointer || !user_read(&mask, *pointer, sizeof mask) || !(mask & signal_bit(SIGSYS)))
        return;
    self->scratch[0] = mask & ALL_SIGNALS;
    *pointer = (uint64_t)&self->scratch[0];
}

static int64_t replace_pair(struct thread *self, uint64_t *pointer) {
    uint64_t pair[2];
    if (!*pointer || !user_read(pair, *pointer, sizeof pair))
        return MAKE_IT;
    replace_mask(self, &pair[0]);
    memcpy(&self->scratch[1], pair, sizeof pair);
    *pointer = (uint64_t)&self->scratch[1];
    return MAKE_IT;
}

int64_t special_rt_sigsuspend(struct thread *self, struct ucontext *context) {
    replace_mask(self, &context->rdi);
    return MAKE_IT;
}

int64_t special_ppoll(struct thread *self, struct ucontext *context) {
    replace_mask(self, &context->r10);
    return MAKE_IT;
}

int64_t special_epoll_pwait(struct thread *self, struct ucontext *context) {
    replace_mask(self, &context->r8);
    return MAKE_IT;
}

int64_t special_epoll_pwait2(struct thread *self, struct ucontext *context) {
    return special_epoll_pwait(self, context);
}

int64_t special_pselect6(struct thread *self, struct ucontext *context) {
    return replace_pair(self, &context->r9);
}

int64_t special_io_pgetevents(struct thread *self, struct ucontext *context) {
    return replace_pair(self, &context->r9);
}

static bool is_on(const struct stack *stack, uint64_t address) {
    return !(stack->flags & SS_DISABLE) && address - stack->start <= stack->size;
}

/* Linux always has a stack for handlers: the program's, or ours, which the program does not see.
 * It is disarmed while in use, so that each return from a handler can set it, and armed again
 * here, unless the program goes on running on it. */
void arm_stack(const struct thread *self, struct ucontext *context) {
    bool has_own = !(self->program_stack.flags & SS_DISABLE);
    struct stack stack = has_own ? self->program_stack : self->stack;
    stack.flags = SS_AUTODISARM;
    if (is_on(&stack, context->rsp))
        stack = (struct stack){0, SS_DISABLE, 0, 0};
    context->stack = stack;
}

int64_t special_sigaltstack(struct thread *self, struct ucontext *context) {
    struct stack now = self->program_stack, set;
    bool on_it = is_on(&now, context->rsp);
    if (on_it && now.flags & SS_AUTODISARM) {
        now = (struct stack){0, SS_DISABLE, 0, 0};
        on_it = false;
    }
    if (context->rdi) {
        if (!user_read(&set, context->rdi, sizeof set))
            return -EFAULT;
        uint32_t mode = set.flags & ~SS_AUTODISARM;
        if (on_it)
            return -EPERM;
        if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
            return -EINVAL;
        if (mode != SS_DISABLE && set.size < MINSIGSTKSZ)
            return -ENOMEM;
        set.flags &= ~(uint32_t)SS_ONSTACK;
        self->program_stack = mode == SS_DISABLE ? (struct stack){0, SS_DISABLE, 0, 0} : set;
    }
    now.flags |= on_it ? SS_ONSTACK : 0;
    return context->rsi && !user_write(context->rsi, &now, sizeof now) ? -EFAULT : 0;
}

int64_t special_rt_sigreturn(struct thread *self, struct ucontext *context) {
    struct ucontext *frame = (struct ucontext *)context->rsp;
    count(self->counts, __NR_rt_sigreturn, 0);
    frame->mask &= ALL_SIGNALS;
    arm_stack(self, frame);
    resume(frame);
}

#include "delegate.h"
#include "calls.h"
#include "entry.h"
#include "options.h"
#include "signals.h"
#include "thread.h"
#include "user.h"

#define QUIT (~0ull) /* instead of a number: the delegate ends */

/* How long a delegate looks for the next call before it sleeps, how long a thread looks for its
 * result before it lets others run, and before it sleeps. */
#define LINGER_NS   100000000ull
#define LOOK_NS     50000ull
#define PATIENCE_NS 2000000ull
#define LOOKS       48 /* between two chances for others to run on the core */

static inline void pause(void) {
    __asm__ volatile("pause" ::: "memory");
}

static void wake(atomic_uint *word) {
    sys(__NR_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

/* --- the delegate --- */

static void sleep_until_asked(struct mailbox *mailbox, unsigned last) {
    atomic_store(&mailbox->asleep, 1);
    while (atomic_load(&mailbox->request) == last)
        sys(__NR_futex, &mailbox->request, FUTEX_WAIT_PRIVATE, last, NULL);
    atomic_store(&mailbox->asleep, 0);
}

static void await_request(struct mailbox *mailbox, unsigned last) {
    uint64_t until = read_tsc() + cycles(LINGER_NS);
    for (;;) {
        for (int i = 0; i < LOOKS; i++) {
            if (atomic_load_explicit(&mailbox->request, memory_order_acquire) != last)
                return;
            pause();
        }
        if (read_tsc() > until) {
            sleep_until_asked(mailbox, last);
            return;
        }
        sys(__NR_sched_yield); /* other threads' delegates look on the same core */
    }
}

/* Write sends SIGPIPE and SIGXFSZ to the thread that makes it, and here they are blocked. */
static int take_signal(int64_t result) {
    static const uint64_t senders = 1ull << (SIGPIPE - 1) | 1ull << (SIGXFSZ - 1);
    struct timespec none = {0, 0};
    if (result != -EPIPE && result != -EFBIG)
        return 0;
    int64_t signal = sys(__NR_rt_sigtimedwait, &senders, NULL, &none, sizeof senders);
    return signal > 0 ? (int)signal : 0;
}

static void serve(struct mailbox *mailbox) {
    while (read_tsc() < mailbox->earliest)
        pause();
    mailbox->began = read_tsc();
    mailbox->result = delegate_execute(mailbox);
    mailbox->ended = read_tsc();
    mailbox->raise = take_signal(mailbox->result);
}

static void delegate_main(struct thread *owner) {
    struct mailbox *mailbox = &owner->mailbox;
    uint64_t core[16] = {0};
    core[options.delegate_core / 64] = 1ull << options.delegate_core % 64;
    sys(__NR_sched_setaffinity, 0, sizeof core, core);
    sys(__NR_prctl, PR_SET_NAME, "diver-delegate");
    for (unsigned last = 0;;) {
        await_request(mailbox, last);
        last = atomic_load_explicit(&mailbox->request, memory_order_acquire);
        if (mailbox->number == QUIT)
            sys(__NR_exit, 0);
        serve(mailbox);
        atomic_store(&mailbox->reply, last);
        if (atomic_load(&mailbox->sleeps)) {
            atomic_fetch_add(&mailbox->events, 1);
            wake(&mailbox->events);
        }
    }
}

bool delegate_interrupted(struct thread *owner, const struct siginfo *info,
                          struct ucontext *context) {
    uint64_t stack = thread_delegate_stack(owner), at = context->rip;
    if (context->rsp - stack > DELEGATE_STACK_BYTES)
        return false;
    if (info->code == SYS_SECCOMP) {
        context->rax = (uint64_t)FILTERED;
        return true;
    }
    if (at == (uint64_t)delegate_syscall && context->rcx == (uint64_t)delegate_done) {
        context->rax = (uint64_t)RESTARTABLE;
        context->rip = (uint64_t)delegate_done;
    } else if (at >= (uint64_t)delegate_window && at <= (uint64_t)delegate_syscall) {
        context->rip = (uint64_t)delegate_not_made;
    }
    atomic_store(&owner->mailbox.aborted, 1);
    return true;
}

/* --- the thread --- */

static bool start(struct thread *self) {
    struct mailbox *mailbox = &self->mailbox;
    if (atomic_load(&mailbox->tid) != 0)
        return true;
    if (self->process->borrowed) /* its parent's memory, but not its descriptors */
        return false;
    memset(mailbox, 0, sizeof *mailbox);
    uint64_t *top = (uint64_t *)(thread_delegate_stack(self) + DELEGATE_STACK_BYTES);
    top[-1] = (uint64_t)delegate_main;
    uint64_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                     CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    return !is_error(spawn(flags, (uint64_t)(top - 1), (uint64_t)&mailbox->tid,
                           (uint64_t)&mailbox->tid, 0, self));
}

static unsigned ask(struct mailbox *mailbox, uint64_t number) {
    mailbox->number = number;
    unsigned request = atomic_fetch_add(&mailbox->request, 1) + 1;
    if (atomic_load(&mailbox->asleep))
        wake(&mailbox->request);
    return request;
}

void delegate_dismiss(struct thread *self) {
    if (atomic_load(&self->mailbox.tid) != 0)
        ask(&self->mailbox, QUIT);
}

void delegate_end(struct thread *self) {
    int tid = atomic_load(&self->mailbox.tid);
    if (tid == 0)
        return;
    ask(&self->mailbox, QUIT);
    while (sys(__NR_tgkill, sys(__NR_getpid), tid, 0) != -ESRCH)
        sys(__NR_sched_yield);
    atomic_store(&self->mailbox.tid, 0);
}

static bool is_done(struct mailbox *mailbox, unsigned request) {
    return atomic_load_explicit(&mailbox->reply, memory_order_acquire) == request;
}

/* Looks for the reply; false where that takes so long that it is better to sleep. */
static bool look(struct mailbox *mailbox, unsigned request) {
    uint64_t from = mailbox->earliest, now;
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (is_done(mailbox, request))
                return true;
            pause();
        }
        now = read_tsc();
        if (now > from + cycles(LOOK_NS))
            sys(__NR_sched_yield);
    } while (now < from + cycles(PATIENCE_NS));
    return is_done(mailbox, request);
}

static void set_mask(uint64_t mask) {
    sys(__NR_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof mask);
}

/* Sleeps with the program's signal mask; true when the reply is there, false when a signal is. */
static bool sleep_for(struct thread *self, unsigned request, uint64_t mask) {
    struct mailbox *mailbox = &self->mailbox;
    atomic_store(&mailbox->sleeps, 1);
    while (!is_done(mailbox, request) && !self->deferred) {
        unsigned events = atomic_load(&mailbox->events);
        if (is_done(mailbox, request))
            break;
        atomic_store(&self->waiting, true);
        set_mask(mask & ALL_SIGNALS);
        sys(__NR_futex, &mailbox->events, FUTEX_WAIT_PRIVATE, events, NULL);
        set_mask(ALL_SIGNALS);
        atomic_store(&self->waiting, false);
    }
    atomic_store(&mailbox->sleeps, 0);
    return !self->deferred;
}

/* Has the delegate give the call up, as Linux does with a call of a thread that gets a signal. */
static void give_up(struct thread *self, unsigned request) {
    struct mailbox *mailbox = &self->mailbox;
    atomic_store(&mailbox->abort, 1);
    sys(__NR_tgkill, sys(__NR_getpid), atomic_load(&mailbox->tid), SIGSYS);
    while (!is_done(mailbox, request) || !atomic_load(&mailbox->aborted))
        sys(__NR_sched_yield);
    atomic_store(&mailbox->abort, 0);
    atomic_store(&mailbox->aborted, 0);
}

/* What the program sees, where the call was not completed: EINTR, or that it is made again. */
static void answer(struct thread *self, struct ucontext *context, int64_t result) {
    bool again = result == NOT_MADE;
    if (result == RESTARTABLE)
        again = self->process->actions[self->signal.signal].flags & SA_RESTART;
    context->rax = again ? self->number : (uint64_t)(result == RESTARTABLE ? -EINTR : result);
    if (again)
        context->rip = self->back - 2; /* SYSCALL has two bytes */
}

bool delegate_call(struct thread *self, struct ucontext *context, uint64_t entered) {
    struct mailbox *mailbox = &self->mailbox;
    if (!start(self))
        return false;
    mailbox->arguments[0] = context->rdi;
    mailbox->arguments[1] = context->rsi;
    mailbox->arguments[2] = context->rdx;
    mailbox->arguments[3] = context->r10;
    mailbox->arguments[4] = context->r8;
    mailbox->arguments[5] = context->r9;
    mailbox->earliest = entered + options.delay;
    unsigned request = ask(mailbox, self->number);
    if (!look(mailbox, request) && !sleep_for(self, request, context->mask))
        give_up(self, request);
    if (mailbox->result == FILTERED)
        return false;
    uint64_t service = mailbox->ended - mailbox->began;
    while (read_tsc() < entered + options.delay_here + service)
        pause(); /* what the delegate and the way back had to spare */
    answer(self, context, mailbox->result);
    if (mailbox->raise)
        sys(__NR_tgkill, sys(__NR_getpid), self->tid, mailbox->raise);
    signals_send_deferred(self);
    uint64_t all = read_tsc() - entered;
    count(self->counts, self->number, service);
    count_forwarded(self->counts, self->number, all - MIN(service, all) + options.trap);
    return true;
}

void delegate_pay(uint64_t entered) {
    while (read_tsc() < entered + options.delay_here)
        pause();
}

/* --- which --- */

bool is_forwarded(uint64_t number) {
    return options.any_forwarded &&
           (number >= NUMBERS || options.forward[number / 8] >> number % 8 & 1);
}

/* Locks with priority inheritance belong to the thread that takes them (futex(2)). */
static bool has_owner(uint64_t operation) {
    operation &= 0x7f;
    return (operation >= 6 && operation <= 8) || (operation >= 11 && operation <= 13);
}

static bool has_mask(const struct ucontext *context) {
    uint64_t mask = 0;
    if (context->rax == __NR_ppoll)
        return context->r10 != 0;
    if (context->rax == __NR_pselect6)
        return context->r9 && user_read(&mask, context->r9, sizeof mask) && mask != 0;
    return context->r8 != 0;
}

bool is_for_delegate(const struct thread *self, const struct ucontext *context) {
    if (self->number >= NUMBERS)
        return false;
    switch (calls[self->number].by) {
    case BY_DELEGATE:
        return calls[self->number].name != NULL;
    case BY_MASKED:
        return !has_mask(context);
    case BY_FUTEX:
        return !has_owner(context->rsi);
    default:
        return false;
    }
}

/* Which signal goes where, and when. */
#include "remora/signal.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/process.h"
#include "remora/thread.h"

struct signals signals;

/* --- queues --- */

#define REALTIME 32 /* from here on every signal that is sent arrives, not just one of each */
#define QUEUE    512

struct queued {
    struct queued *next;
    struct signal_info info;
};

static struct queued store[QUEUE], *unused;

static struct queued *new_entry(void) {
    static unsigned fresh; /* those from here on have never been used */
    struct queued *entry = unused;
    if (entry)
        unused = entry->next;
    else if (fresh < QUEUE)
        entry = &store[fresh++];
    return entry;
}

static void give_back(struct queued *entry) {
    entry->next = unused;
    unused = entry;
}

/* Without room a signal still comes, but nothing is known of it; more of the same cannot. */
static int enqueue(struct pending *pending, const struct signal_info *info) {
    uint64_t bit = SIGNAL_BIT(info->number);
    if (info->number < REALTIME && (pending->set & bit))
        return 0;
    struct queued *entry = new_entry(), **last = &pending->first;
    if (!entry && info->number >= REALTIME)
        return -EAGAIN;
    pending->set |= bit;
    if (!entry)
        return 0;
    while (*last)
        last = &(*last)->next;
    *entry = (struct queued){.info = *info};
    *last = entry;
    return 0;
}

static void dequeue(struct pending *pending, int number, struct signal_info *info) {
    struct queued **at = &pending->first;
    while (*at && (*at)->info.number != number)
        at = &(*at)->next;
    *info = (struct signal_info){.number = number, .code = SI_USER};
    struct queued *entry = *at;
    if (entry) {
        *info = entry->info;
        *at = entry->next;
        give_back(entry);
    }
    for (entry = pending->first; entry; entry = entry->next)
        if (entry->info.number == number)
            return; /* one more of the same */
    pending->set &= ~SIGNAL_BIT(number);
}

static void forget(struct pending *pending, int number) {
    struct signal_info unseen;
    while (pending->set & SIGNAL_BIT(number))
        dequeue(pending, number, &unseen);
}

/* --- sending --- */

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

void signal_act(int number, const struct signal_action *action) {
    signals.actions[number] = *action;
    if (!is_ignored(number))
        return;
    forget(&signals.pending, number);
    for (struct thread *t = thread_after(NULL); t; t = thread_after(t))
        forget(&t->signals.pending, number);
}

static bool takes(const struct thread *thread, uint64_t bit) {
    return !(thread->signals.blocked & bit) || (thread->signals.awaited & bit);
}

/* The first thread if it takes the signal, else any that does; NULL if all block it. */
static struct thread *find_taker(uint64_t bit) {
    for (struct thread *t = thread_after(NULL); t; t = thread_after(t))
        if (takes(t, bit))
            return t;
    return NULL;
}

int signal_send(const struct signal_info *info, struct thread *to) {
    uint64_t bit = SIGNAL_BIT(info->number);
    struct thread *taker = to ? to : find_taker(bit);
    bool blocked = !taker || (taker->signals.blocked & bit);
    if (is_ignored(info->number) && !blocked)
        return 0;
    int result = enqueue(to ? &to->signals.pending : &signals.pending, info);
    if (result == 0 && taker && (taker->signals.awaited & bit))
        thread_wake(taker);
    else if (result == 0 && taker && takes(taker, bit))
        thread_notify(taker);
    return result;
}

bool signal_awaits(const struct thread *thread) {
    return (thread->signals.pending.set | signals.pending.set) & ~thread->signals.blocked;
}

bool signal_take(uint64_t set, struct signal_info *info) {
    struct pending *own = &thread_current()->signals.pending;
    struct pending *from = own->set & set ? own : &signals.pending;
    if (!(from->set & set))
        return false;
    dequeue(from, __builtin_ctzll(from->set & set) + 1, info);
    return true;
}

/* Tells others of signals to the app whose taker does not take them any more. */
static void pass_on(uint64_t set) {
    for (uint64_t left = signals.pending.set & set; left; left &= left - 1) {
        struct thread *taker = find_taker(left & -left);
        if (taker)
            thread_notify(taker);
    }
}

void signal_block(uint64_t set) {
    uint64_t *blocked = &thread_current()->signals.blocked, before = *blocked;
    *blocked = set & ~UNBLOCKABLE;
    pass_on(*blocked & ~before);
}

void signal_thread_ends(struct thread *thread) {
    for (int number = 1; number <= SIGNALS; number++)
        forget(&thread->signals.pending, number);
    thread->signals.blocked = UINT64_MAX;
    thread->signals.awaited = 0;
    pass_on(UINT64_MAX);
}

/* --- delivering --- */

static bool is_fault(const struct signal_info *info) {
    return info->code > 0 && info->code != SI_KERNEL;
}

_Noreturn static void kill_app(const struct frame *frame, const struct signal_info *info,
                               const char *reason) {
    process_killed(info->number, is_fault(info) ? &info->address : NULL, frame, reason);
}

#define SYSCALL_INSTRUCTION 2 /* bytes */

bool signal_has_ended_call(const struct frame *frame) {
    int64_t result = (int64_t)frame->rax;
    return frame->vector == VECTOR_SYSCALL && (result == -ERESTARTSYS || result == -ERESTARTNOHAND);
}

/* A call that a signal has ended is made again, or says so. */
static void end_call(struct frame *frame, bool again) {
    if (!signal_has_ended_call(frame))
        return;
    frame->rax = again ? frame->error /* its number */ : (uint64_t)-EINTR;
    if (again)
        frame->rip -= SYSCALL_INSTRUCTION;
}

/* Runs the handler, or ends the app; the signal is neither blocked nor ignored. */
static void act(struct frame *frame, const struct signal_info *info) {
    struct thread_signals *own = &thread_current()->signals;
    struct signal_action *action = &signals.actions[info->number];
    if (action->handler == SIGNAL_DEFAULT)
        kill_app(frame, info, NULL);
    struct signal_action current = *action;
    if (current.flags & SA_RESETHAND)
        action->handler = SIGNAL_DEFAULT;
    uint64_t mask = own->suspended ? own->before_suspend : own->blocked;
    own->suspended = false;
    end_call(frame, (current.flags & SA_RESTART) && (int64_t)frame->rax == -ERESTARTSYS);
    if (!sigframe_push(frame, info, &current, mask)) {
        struct signal_info fault = {.number = SIGSEGV, .code = SI_KERNEL};
        kill_app(frame, &fault, "no stack to run a signal handler on");
    }
    uint64_t blocked = own->blocked | current.mask;
    if (!(current.flags & SA_NODEFER))
        blocked |= SIGNAL_BIT(info->number);
    signal_block(blocked);
}

void signal_deliver(struct frame *frame) {
    struct thread_signals *own = &thread_current()->signals;
    struct signal_info info;
    while (signal_take(~own->blocked, &info))
        if (!is_ignored(info.number))
            act(frame, &info);
    end_call(frame, true);
    if (own->suspended) /* nothing had a handler: it suspends itself again */
        own->blocked = own->before_suspend;
    own->suspended = false;
}

void signal_force(struct frame *frame, const struct signal_info *info) {
    if ((thread_current()->signals.blocked & SIGNAL_BIT(info->number)) || is_ignored(info->number))
        kill_app(frame, info, NULL);
    act(frame, info);
}

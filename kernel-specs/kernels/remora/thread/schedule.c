/* Whose turn it is on a core, and what a core does while it is nobody's. */
#include "remora/delegate.h"
#include "remora/lib.h"
#include "remora/process.h"
#include "remora/resize.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/timer.h"
#include "turns.h"

/* x86/entry.S: stores the stack pointer, goes on with another. */
extern void context_switch(uint64_t *save, uint64_t load);

/* --- who can go on --- */

/* Whether a thread that waits has waited enough, and why. */
static bool is_over(const struct thread *thread, enum wait_result *result) {
    if (thread->ready ? thread->ready(thread->argument) : thread->woken)
        *result = WAIT_READY;
    else if (thread->uninterrupted)
        return false;
    else if (signal_awaits(thread))
        *result = WAIT_INTERRUPTED;
    else if (thread->deadline != FOREVER && clock_now() >= thread->deadline)
        *result = WAIT_TIMEOUT;
    else
        return false;
    return true;
}

/* From the one after the last on; NULL if nobody on this core can go on. */
static struct thread *pick(const struct cpu *cpu) {
    struct thread *last = cpu->turn, *thread = last;
    enum wait_result ignored;
    if (!last)
        return NULL;
    do {
        thread = thread->next;
        if (!thread->waiting || is_over(thread, &ignored))
            return thread;
    } while (thread != last);
    return NULL;
}

/* --- switching --- */

static void load(struct cpu *cpu, struct thread *thread) {
    cpu->current = thread;
    cpu->turn = thread;
    dispatch_load(thread->tid);
    cpu_set_stack(cpu, thread->stack_top);
    write_msr(MSR_FS_BASE, thread->fs_base);
    write_msr(MSR_KERNEL_GS_BASE, thread->gs_base);
    fpu_load(thread->fpu);
}

/* On the stack that has been switched to: nobody is on that of the ended thread any more. */
static void reap(void) {
    struct cpu *cpu = cpu_current();
    if (cpu->ended)
        thread_free(cpu->ended);
    cpu->ended = NULL;
}

static void switch_to(struct thread *next) {
    struct cpu *cpu = cpu_current();
    struct thread *before = cpu->current;
    if (before)
        fpu_save(before->fpu);
    load(cpu, next);
    uint64_t never; /* an idle core begins anew each time */
    context_switch(before ? &before->context : &never, next->context);
    reap();
}

/* A thread's first turn; entry.S goes on with its frame. */
void thread_begun(void);
void thread_begun(void) {
    reap();
    thread_current()->runs_since = clock_now();
    thread_leave_kernel(thread_frame(thread_current()));
    kernel_unlock();
}

/* --- which core --- */

static bool may_run_on(uint64_t affinity, const struct cpu *cpu) {
    return (affinity & cores_running) >> cpu->index & 1;
}

struct cpu *thread_place(uint64_t affinity) {
    struct cpu *best = NULL;
    for (struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        if (may_run_on(affinity, cpu) && (!best || cpu->thread_count < best->thread_count))
            best = cpu;
    return best;
}

static bool is_better_elsewhere(const struct cpu *cpu, const struct thread *thread) {
    return cpu->leaving || thread_place(thread->affinity)->thread_count + 1 < cpu->thread_count;
}

/* Only the core itself moves those that wait on it: it may be asking whether they are ready. The
 * one on whose stack this runs goes by itself. */
static void settle(struct cpu *cpu) {
    struct thread *thread = cpu->turn;
    cpu->settle = false;
    timer_rearm();
    for (unsigned i = cpu->thread_count; i > 0; i--) {
        struct thread *next = thread->next;
        if (thread != cpu->current && is_better_elsewhere(cpu, thread))
            thread_move(thread);
        thread = next;
    }
}

/* What the agent asks of the kernel, and what others want of this core's threads. */
static void see_to(struct cpu *cpu) {
    resize_serve();
    if (cpu->settle)
        settle(cpu);
}

void threads_unbind(void) {
    for (struct thread *t = thread_after(NULL); t; t = thread_after(t))
        if (!(t->affinity & cores_running))
            t->affinity = UINT64_MAX;
}

/* --- idling --- */

/* In nanoseconds: how long to look for work before halting, … */
#define SPIN_DELEGATED 200000ull /* where an answer of the agent's may be on its way */
#define SPIN           20000ull
/* … and how long to halt where nobody rings when there is work: a person does not notice. */
#define HALT_SHORTEST 50000ull
#define HALT_LONGEST  4000000ull
#define HALT_CAREFUL  1000000000ull /* where the agent rings */

/* Nothing can happen any more: every thread waits for another. */
static void end_deadlock(void) {
    struct thread *first = thread_after(NULL);
    enum wait_result ignored;
    for (struct thread *t = first; t; t = thread_after(t))
        if (!t->waiting || t->ready || t->deadline != FOREVER || is_over(t, &ignored))
            return;
    if (first && !timer_is_armed())
        process_deadlock(thread_frame(first), first->waits_for);
}

/* What the threads of a core wait for. */
struct needs {
    uint64_t deadline; /* the first; also of the app's timers */
    bool looks;        /* somebody's `ready` has to be asked */
};

static struct needs needs_of(const struct cpu *cpu) {
    struct needs needs = {.deadline = cpu->alarm};
    const struct thread *thread = cpu->turn;
    for (unsigned i = 0; i < cpu->thread_count; i++, thread = thread->next) {
        needs.deadline = MIN(needs.deadline, thread->deadline);
        needs.looks = needs.looks || thread->ready;
    }
    return needs;
}

#define LOOKS 200

/* One stretch without the lock: until there may be work, or for a microsecond or so. */
static void look(struct cpu *cpu) {
    const struct thread *only = cpu->thread_count == 1 ? cpu->turn : NULL;
    bool (*ready)(void *) = only && delegate_available() ? only->ready : NULL;
    void *argument = only ? only->argument : NULL;
    kernel_unlock();
    for (unsigned i = 1; i <= LOOKS && !__atomic_load_n(&cpu->attention, __ATOMIC_RELAXED); i++) {
        if (ready && ready(argument))
            break;
        core_attend();
        relax(i);
    }
    kernel_lock();
}

static void halt(struct cpu *cpu, uint64_t deadline, uint64_t longest) {
    uint64_t now = clock_now();
    delegate_asleep();
    if (!pick(cpu) && deadline > now) {
        cpu->halted = true;
        kernel_unlock();
        apic_halt(deadline == FOREVER ? longest : MIN(deadline - now, longest));
        kernel_lock();
        cpu->halted = false;
    }
    delegate_awake();
}

/*
 * Until somebody on this core can go on; NULL if nobody is to any more. It may be on the stack of a
 * thread that waits, and is flagged as idle: it has nobody's memory in use, and flushes its
 * translations afterwards.
 */
static struct thread *await_work(struct cpu *cpu) {
    struct thread *next = pick(cpu);
    uint64_t start = clock_now(), pause = HALT_SHORTEST;
    if (next && !cpu->idle)
        return next;
    cpu->idle = true;
    while (!(next = pick(cpu))) {
        see_to(cpu);
        if (cpu->leaving)
            return NULL;
        struct needs needs = needs_of(cpu);
        uint64_t now = clock_now();
        bool rings = !needs.looks || delegate_available();
        if (!needs.looks && needs.deadline == FOREVER) /* also where the last thread has left */
            end_deadlock();
        cpu->attention = false;
        if (now >= cpu->alarm)
            timer_expire();
        else if (now - start < (needs.looks && rings ? SPIN_DELEGATED : SPIN) && cpu->turn)
            look(cpu);
        else
            halt(cpu, needs.deadline, !rings ? pause : needs.looks ? HALT_CAREFUL : FOREVER);
        if (!rings && now - start >= SPIN)
            pause = MIN(pause * 2, HALT_LONGEST);
    }
    cpu->idle = false;
    core_catch_up();
    return next;
}

_Noreturn void thread_idle(void) {
    struct thread *next;
    reap();
    while ((next = await_work(cpu_current())))
        switch_to(next);
    resize_core_left();
}

extern void idle_first(void); /* x86/entry.S: calls thread_idle on an empty stack */

/* Goes on in thread_idle, from the top of the core's own stack. */
static void switch_to_idle(uint64_t *context) {
    struct cpu *cpu = cpu_current();
    uint64_t *stack = (uint64_t *)cpu->idle_stack;
    *--stack = (uint64_t)idle_first; /* where context_switch returns to, … */
    stack -= 6;                      /* … with the registers that it takes */
    cpu->current = NULL;
    context_switch(context, (uint64_t)stack);
}

_Noreturn void thread_switch_away(void) {
    uint64_t never;
    switch_to_idle(&never);
    panic("a thread goes on that has ended");
}

/* --- waiting --- */

/* The time in which the core is its own is counted. */
static void stop_counting(struct thread *self) {
    self->ran = thread_ran(self);
    self->runs_since = 0;
}

/* Goes on elsewhere when it is its turn there; here somebody else does, or nobody. */
static void change_core(struct thread *self) {
    struct cpu *cpu = cpu_current();
    stop_counting(self);
    thread_move(self);
    struct thread *next = pick(cpu);
    if (next) {
        switch_to(next);
    } else {
        fpu_save(self->fpu);
        switch_to_idle(&self->context);
        reap();
    }
    self->runs_since = clock_now();
}

/* Runs others until it is this thread's turn again. */
static void pass_turn(struct thread *self) {
    stop_counting(self);
    struct thread *next = await_work(cpu_current());
    if (!next)
        change_core(self);
    else if (next != self)
        switch_to(next);
    self->runs_since = clock_now();
}

static enum wait_result wait(struct thread *self) {
    enum wait_result result;
    self->waiting = true;
    do
        pass_turn(self);
    while (!is_over(self, &result));
    self->waiting = false;
    self->ready = NULL;
    self->deadline = FOREVER;
    return result;
}

enum wait_result thread_wait(bool (*ready)(void *), void *argument, uint64_t deadline) {
    struct thread *self = thread_current();
    self->ready = ready;
    self->argument = argument;
    self->deadline = deadline;
    self->woken = false;
    return wait(self);
}

void thread_wait_on(bool (*ready)(void *), void *argument) {
    struct thread *self = thread_current();
    self->uninterrupted = true;
    thread_wait(ready, argument, FOREVER);
    self->uninterrupted = false;
}

enum wait_result thread_sleep(const char *waits_for, uint64_t deadline) {
    thread_current()->waits_for = waits_for;
    return thread_wait(NULL, NULL, deadline);
}

void thread_wake(struct thread *thread) {
    thread->woken = true;
    core_kick(thread->cpu);
}

void thread_notify(struct thread *thread) {
    core_kick(thread->cpu);
}

void thread_yield(void) {
    struct thread *self = thread_current();
    if (self->cpu->thread_count > 1)
        pass_turn(self);
}

void thread_settle(struct thread *thread) {
    struct cpu *cpu = thread->cpu;
    if (may_run_on(thread->affinity, cpu))
        return;
    if (cpu->current != thread && !thread->waiting)
        thread_move(thread);
    else
        core_kick(cpu);
}

void thread_leave_kernel(struct frame *frame) {
    struct thread *self = thread_current();
    __atomic_store_n(&self->cpu->attention, false, __ATOMIC_RELAXED);
    see_to(self->cpu);
    if (!may_run_on(self->affinity, self->cpu))
        change_core(self);
    if (signal_awaits(self) || signal_has_ended_call(frame))
        signal_deliver(frame);
}

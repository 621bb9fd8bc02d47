/*
 * Threads of the app, whose turn it is on each core, how they wait, and the kernel lock.
 *
 * A core runs its threads in turns, without preemption: the turn passes on where a thread waits,
 * yields or ends. All of the kernel runs under one lock, with interrupts off; a thread that waits
 * has given the lock up, and its core idles in that thread's place if nobody else has work.
 */
#pragma once

#include <diver/channel.h>
#include <stdbool.h>
#include <stdint.h>

#include "remora/signal.h"
#include "remora/x86.h"

#define THREADS_MAX (DIVER_THREADS_MAX - DIVER_CORES_MAX)
#define THREAD_NAME 16

struct thread {
    uint8_t fpu[FPU_STATE_MAX] __attribute__((aligned(64)));
    uint32_t slot; /* below THREADS_MAX, one thread's alone */
    int32_t tid;
    struct cpu *cpu;                 /* the core that runs it */
    struct thread *next, *previous;  /* in that core's ring */
    uint64_t stack_top;              /* of its kernel stack; its frame is right below */
    uint64_t context;                /* kernel stack pointer while others run */
    uint64_t fs_base, gs_base;       /* the app's */
    uint64_t ran, runs_since;        /* ns; the latter is clock_now's, 0 while others run */
    uint64_t affinity;               /* cores it may run on, by index */
    uint64_t clear_tid, robust_list; /* what its end does in the app's memory */
    char name[THREAD_NAME];

    /* While it waits. */
    bool waiting, uninterrupted, woken;
    bool (*ready)(void *);
    void *argument;
    uint64_t deadline;
    const char *waits_for; /* why, for when nothing can ever come of it */

    /* In the queue of a futex (syscall/futex.c). */
    uint64_t futex; /* the address; 0: in none */
    uint32_t futex_bits;
    struct thread *futex_next;

    struct thread_signals signals;
};

/* --- thread.c --- */

/* Makes the first thread, which this core is from now on. Takes the kernel lock. */
void threads_init(void);
/* A copy of this thread that begins with `frame`, not yet seen by any core; NULL without room. */
struct thread *thread_create(const struct frame *frame);
void thread_start(struct thread *thread);
/* Ends this thread, which is not the last. */
_Noreturn void thread_end(void);
/* By its number; NULL if there is none. */
struct thread *thread_find(int tid);
/* The next in no particular order: of NULL the first, of the last NULL. */
struct thread *thread_after(const struct thread *thread);
unsigned thread_count(void);
/* Nanoseconds in which a core was this thread's, or any thread's of the app (NULL), ended ones'
 * too. */
uint64_t thread_ran(const struct thread *thread);

/* The thread that this core runs, or serves a call of; NULL if it idles. */
static inline struct thread *thread_current(void) {
    struct thread *thread;
    __asm__ volatile("mov %%gs:24, %0" : "=r"(thread));
    return thread;
}

/* The app's registers while the thread is in the kernel. */
static inline struct frame *thread_frame(struct thread *thread) {
    return (struct frame *)thread->stack_top - 1;
}

/* --- schedule.c --- */

enum wait_result {
    WAIT_READY,      /* `ready` said so, or thread_wake */
    WAIT_TIMEOUT,    /* the deadline has come (a time of clock_now's, or FOREVER) */
    WAIT_INTERRUPTED /* a signal waits to be delivered */
};

/*
 * Blocks this thread and lets others run. `ready` only looks, and is asked on this core again and
 * again, also while another thread runs there and, beside an agent, without the kernel lock. NULL:
 * thread_wake ends the wait.
 */
enum wait_result thread_wait(bool (*ready)(void *), void *argument, uint64_t deadline);
/* The same, but signals and time do not end it. */
void thread_wait_on(bool (*ready)(void *), void *argument);
/* thread_wait for thread_wake. If nothing is left that could do that, the app ends, and this is
 * what its report gives as the reason: a sentence about the thread. */
enum wait_result thread_sleep(const char *waits_for, uint64_t deadline);
void thread_wake(struct thread *thread);
/* Lets the others on this core run first. */
void thread_yield(void);
/* Those that may run on no core that runs may run on any from now on, as Linux has it. */
void threads_unbind(void);
/* Tells a thread to look at its signals, wherever it is. */
void thread_notify(struct thread *thread);
/* Its affinity has changed: it moves now if it awaits its turn, else when it leaves the kernel. */
void thread_settle(struct thread *thread);
/* The last thing before the return to ring 3: signals, and the move to another core. */
void thread_leave_kernel(struct frame *frame);
/* Is there nothing for that to do? What comes behind this look comes with an interrupt. */
static inline bool thread_may_leave(const struct frame *frame) {
    const struct thread *self = thread_current();
    return !signal_awaits(self) && !signal_has_ended_call(frame) &&
           (self->affinity & cores_running) >> self->cpu->index & 1;
}
/* The core of the mask with the fewest threads; NULL if the mask has none. */
struct cpu *thread_place(uint64_t affinity);
/* Runs whoever has work on this core, for ever. On the core's own stack, under the lock. */
_Noreturn void thread_idle(void);
/* Leaves the stack of a thread that has ended. */
_Noreturn void thread_switch_away(void);

/* --- lock.c --- */

void kernel_lock(void);
void kernel_unlock(void);
/* By this core. */
bool kernel_is_locked(void);

/* --- syscall/futex.c --- */

/* What a thread's end does: wakes who waits for its locks and for its number to be cleared. */
void futex_thread_ends(struct thread *thread);

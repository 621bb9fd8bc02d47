/* The program's threads and processes, as the interposer knows them. */
#pragma once

#include "count.h"
#include "delegate.h"
#include "linux.h"
#include "offsets.h"
#include "text.h"

#include <stdatomic.h>

struct lock {
    atomic_int taken;
};

/* Waits with signals blocked, for moments only. */
void lock(struct lock *lock);
void unlock(struct lock *lock);

/* What threads share that share their handlers and descriptors. A child of vfork has one of its
 * own, though it shares memory with its parent. */
struct process {
    struct lock lock;     /* of what follows */
    struct thread *live;  /* all that have not ended */
    struct counts *ended; /* of the threads that have */
    uint64_t ended_cycles;
    unsigned threads; /* that ever lived */
    bool written;
    bool borrowed;                         /* its memory is another process's: after vfork */
    struct sigaction actions[SIGNALS + 1]; /* as the program set them; [0] is unused */
};

/* One thread of the program; %gs points to it. Its own stack for the handler of traps, and its
 * delegate's, follow in the same mapping. */
struct thread {
    struct thread *self;
    uint64_t back;           /* where the stub returns to */
    uint64_t result;         /* of the stub's call */
    uint64_t started, ended; /* the stub's call, by the TSC */
    uint64_t rdi, rsi, rdx, r10, r8, r9;
    uint64_t number; /* of the stub's call */
    bool counting;   /* the stub's call has not been counted yet */

    struct process *process;
    struct thread *next;
    int tid;
    uint64_t born; /* TSC */
    struct counts *counts;
    uint64_t scratch[3];        /* a signal mask in place of the program's, for one call */
    struct ucontext *resume;    /* what a new thread begins with */
    struct stack stack;         /* for the handler of traps */
    struct stack program_stack; /* for handlers, as the program has set it */
    void *words;                /* for execve, where they are too many for the stack */
    uint64_t words_bytes;
    bool clears; /* begins without handlers (CLONE_CLEAR_SIGHAND) */

    bool sigsys_blocked; /* as the program believes */
    atomic_bool waiting; /* with signals unblocked, in a handler: see signals.c */
    bool deferred;       /* a signal arrived there, and will be sent again */
    struct siginfo signal;

    bool placed; /* the program has said on which cores it runs */
    struct mailbox mailbox;
};

_Static_assert(offsetof(struct thread, self) == THREAD_SELF, "offsets.h");
_Static_assert(offsetof(struct thread, back) == THREAD_BACK, "offsets.h");
_Static_assert(offsetof(struct thread, result) == THREAD_RESULT, "offsets.h");
_Static_assert(offsetof(struct thread, started) == THREAD_STARTED, "offsets.h");
_Static_assert(offsetof(struct thread, ended) == THREAD_ENDED, "offsets.h");
_Static_assert(offsetof(struct thread, rdi) == THREAD_RDI, "offsets.h");
_Static_assert(offsetof(struct thread, rsi) == THREAD_RSI, "offsets.h");
_Static_assert(offsetof(struct thread, rdx) == THREAD_RDX, "offsets.h");
_Static_assert(offsetof(struct thread, r10) == THREAD_R10, "offsets.h");
_Static_assert(offsetof(struct thread, r8) == THREAD_R8, "offsets.h");
_Static_assert(offsetof(struct thread, r9) == THREAD_R9, "offsets.h");

_Static_assert(offsetof(struct mailbox, number) == MAILBOX_NUMBER, "offsets.h");
_Static_assert(offsetof(struct mailbox, arguments) == MAILBOX_ARGUMENTS, "offsets.h");
_Static_assert(offsetof(struct mailbox, abort) == MAILBOX_ABORT, "offsets.h");

static inline struct thread *thread_self(void) {
    struct thread *self;
    __asm__ volatile("mov %%gs:0, %0" : "=r"(self));
    return self;
}

/* A new process with the first or only thread; NULL where there is no memory. */
struct thread *thread_new(struct process *process);
struct process *process_new(void);
/* Of a thread that did not come to be, or that vfork has given back. */
void thread_free(struct thread *thread);
void process_free(struct process *process);

/* The stack of the thread's delegate: its lowest address. */
#define DELEGATE_STACK_BYTES 0x8000ull
uint64_t thread_delegate_stack(const struct thread *thread);

/* Makes this thread's calls come to trap(). */
void thread_arm(struct thread *thread);
/* Its calls go to Linux at once from now on. */
void thread_disarm(void);
/* Adds a thread that is about to begin. */
void thread_add(struct thread *thread);
void thread_remove(struct thread *thread);
/* The calling thread ends; does not return. */
_Noreturn void thread_end(struct thread *thread, int status);
/* The calling thread is now the only one of a child that fork made. */
void process_forked(struct thread *thread);

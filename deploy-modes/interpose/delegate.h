/* Forwarded calls: another thread of the same process, on a core of its own, executes them. */
#pragma once

#include "linux.h"

#include <stdatomic.h>

struct siginfo;
struct thread;

/* Between a thread and its delegate; each line has one writer. */
struct mailbox {
    _Alignas(64) atomic_uint request; /* the thread: counts up; the delegate's futex, too */
    uint64_t number, arguments[6];
    _Alignas(64) uint64_t earliest; /* by the TSC: when to execute it */
    atomic_uchar abort;             /* a signal has come for the thread: give the call up */
    _Alignas(64) atomic_uint reply; /* the delegate: the request that is done */
    atomic_uint asleep;             /* it waits for `request` to change */
    atomic_uint aborted;            /* it has seen `abort` */
    int64_t result;
    uint64_t began, ended;           /* the call, by the TSC */
    int raise;                       /* the signal that the call sent its caller, or 0 */
    _Alignas(64) atomic_uint events; /* both: the thread's futex while it sleeps */
    atomic_uint sleeps;              /* the thread */
    atomic_int tid;                  /* the delegate's; Linux makes it 0 when that has ended */
};

/* Instead of results: the call has not been made; Linux would start it again (ERESTARTSYS); a
 * filter of the program's traps it (seccomp), which is for the thread itself. */
#define NOT_MADE    (-513)
#define RESTARTABLE (-512)
#define FILTERED    (-514)

bool is_forwarded(uint64_t number);
/* Whether the delegate can execute this call, or only the thread itself. */
bool is_for_delegate(const struct thread *self, const struct ucontext *context);
/* The call's result; has Linux make it again, by the registers, where a signal came before. False
 * where there is no delegate to be had. */
bool delegate_call(struct thread *self, struct ucontext *context, uint64_t entered);
/* Waits as long as a round trip takes that began then. */
void delegate_pay(uint64_t entered);
/* Ends the thread's delegate, and waits for that; a new one begins with the next call. */
void delegate_end(struct thread *self);
/* The same, without waiting. */
void delegate_dismiss(struct thread *self);
/* SIGSYS came to a delegate: true, and it gives its call up. */
bool delegate_interrupted(struct thread *owner, const struct siginfo *info,
                          struct ucontext *context);

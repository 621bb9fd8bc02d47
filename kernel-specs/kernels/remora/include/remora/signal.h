/* Signals: the app's own, to itself or from its faults. Layouts are Linux's (asm/sigcontext.h). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

#define SIGHUP   1
#define SIGILL   4
#define SIGTRAP  5
#define SIGABRT  6
#define SIGBUS   7
#define SIGFPE   8
#define SIGKILL  9
#define SIGSEGV  11
#define SIGPIPE  13
#define SIGALRM  14
#define SIGCHLD  17
#define SIGCONT  18
#define SIGSTOP  19
#define SIGTSTP  20
#define SIGTTIN  21
#define SIGTTOU  22
#define SIGURG   23
#define SIGWINCH 28
#define SIGNALS  64

#define SIGNAL_DEFAULT 0
#define SIGNAL_IGNORE  1

#define SA_SIGINFO   0x4u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

struct signal_action {
    uint64_t handler;
    uint64_t flags;
    uint64_t restorer;
    uint64_t mask;
};

#define SI_USER     0
#define SI_KERNEL   0x80
#define SI_TIMER    (-2)
#define SI_QUEUE    (-1)
#define SI_TKILL    (-6)
#define ILL_ILLOPN  2
#define FPE_INTDIV  1
#define FPE_INTOVF  2
#define FPE_FLTDIV  3
#define FPE_FLTOVF  4
#define FPE_FLTUND  5
#define FPE_FLTRES  6
#define FPE_FLTINV  7
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN  1
#define TRAP_BRKPT  1
#define TRAP_TRACE  2

struct signal_info {
    int32_t number, error, code, padding;
    union {
        struct {
            union {
                int32_t pid, timer;
            };
            union {
                uint32_t uid;
                int32_t overrun;
            };
            uint64_t value;
        };
        uint64_t address;
        uint8_t bytes[112];
    };
};
_Static_assert(sizeof(struct signal_info) == 128, "siginfo_t");

#define SS_ONSTACK 1
#define SS_DISABLE 2

struct signal_stack {
    uint64_t base;
    int32_t flags;
    int32_t padding;
    uint64_t size;
};

/* Signals on their way, to one thread or to the app: a set, and what is known of each. */
struct pending {
    uint64_t set;         /* bit number - 1 */
    struct queued *first; /* in the order they came; of those numbers below 32 at most one */
};

struct thread_signals {
    uint64_t blocked;          /* bit number - 1 */
    uint64_t awaited;          /* by rt_sigtimedwait, though they may be blocked */
    struct pending pending;    /* to this thread alone */
    struct signal_stack stack; /* size 0: none */
    bool suspended;            /* in rt_sigsuspend … */
    uint64_t before_suspend;   /* … which replaced this mask */
};

struct signals {
    struct signal_action actions[SIGNALS + 1]; /* by signal number */
    struct pending pending;                    /* to whichever thread takes them first */
};
extern struct signals signals;

#define SIGNAL_BIT(number) (1ull << ((number)-1))
/* These two cannot be blocked. */
#define UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

struct thread;

/*
 * Makes a signal pending for a thread, or for the app (NULL); it is delivered when a thread that
 * does not block it returns to ring 3. 0, or -EAGAIN where a queue is full.
 */
int signal_send(const struct signal_info *info, struct thread *to);
/* Sets what is done about a signal; where that is nothing, those that are pending are lost. */
void signal_act(int number, const struct signal_action *action);
/* Something pending would be delivered to this thread. */
bool signal_awaits(const struct thread *thread);
/* Takes what is pending for this thread and in the set; false if nothing is. */
bool signal_take(uint64_t set, struct signal_info *info);
/* Changes what this thread blocks. */
void signal_block(uint64_t set);
/* The call of this frame has been ended by a signal, and is to be made again or to fail. */
bool signal_has_ended_call(const struct frame *frame);
/* Delivers, in this frame, what is pending and not blocked. May end the app. */
void signal_deliver(struct frame *frame);
/* A fault's signal: delivered now, and deadly if it is blocked, ignored or has no handler. */
void signal_force(struct frame *frame, const struct signal_info *info);
/* What was sent to it alone is lost; what was sent to the app others may take. */
void signal_thread_ends(struct thread *thread);

/* --- sigframe.c --- */

/* Bytes of stack that a delivery needs at most. */
size_t signal_frame_size(void);
/* Puts what rt_sigreturn needs on the app's stack and turns `frame` to the handler. */
bool sigframe_push(struct frame *frame, const struct signal_info *info,
                   const struct signal_action *action, uint64_t mask);
/* Restores registers, mask and stack from the app's stack; false if that is not readable. */
bool sigframe_pop(struct frame *frame);
/* The alternate stack as an app with this stack pointer sees it. */
struct signal_stack sigframe_stack(uint64_t rsp);

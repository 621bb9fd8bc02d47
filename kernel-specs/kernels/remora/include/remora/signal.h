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
            int32_t pid;
            uint32_t uid;
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

/* The app's signal state; calls read and change it. */
struct signals {
    struct signal_action actions[SIGNALS + 1]; /* by signal number */
    uint64_t blocked, pending;                 /* bit number - 1 */
    struct signal_info info[SIGNALS + 1];      /* of those that are pending */
    struct signal_stack stack;                 /* size 0: none */
    bool suspended;                            /* in rt_sigsuspend … */
    uint64_t before_suspend;                   /* … which replaced this mask */
};
extern struct signals signals;

#define SIGNAL_BIT(number) (1ull << ((number)-1))
/* These two cannot be blocked. */
#define UNBLOCKABLE (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Makes a signal pending; it is delivered at the return to ring 3 unless blocked. */
void signal_send(const struct signal_info *info);
/* Delivers, in this frame, what is pending and not blocked. May end the app. */
void signal_deliver(struct frame *frame);
/* A fault's signal: delivered now, and deadly if it is blocked, ignored or has no handler. */
void signal_force(struct frame *frame, const struct signal_info *info);

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

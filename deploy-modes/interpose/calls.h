/* All system calls: names, and what is special about some. */
#pragma once

#include "count.h"

struct thread;
struct ucontext;

/* Who executes a call that is forwarded. */
enum by {
    BY_DELEGATE,
    BY_CALLER, /* after the round trip has been paid for */
    BY_MASKED, /* the caller where the call has a signal mask, which is the calling thread's */
    BY_FUTEX,  /* the caller where the call takes or gives a lock whose owner is a thread */
};

/* Instead of a result: the caller makes the call, from the stub, or the call is forwarded. */
#define MAKE_IT (-5000)

/* Executes a call, or only looks at it and changes its arguments: its result, or MAKE_IT. */
typedef int64_t special(struct thread *self, struct ucontext *context);

struct call {
    const char *name; /* NULL: Linux has none of this number, or it is newer than our list */
    enum by by;
    special *special;
};

extern const struct call calls[NUMBERS];

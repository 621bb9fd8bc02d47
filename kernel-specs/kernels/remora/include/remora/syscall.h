/* System calls: one shape for every handler, one generated table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "remora/x86.h"

/* What a handler gets; it returns the result, or a negated error number (errno.h). */
struct call {
    uint64_t number;
    uint64_t argument[6];
    struct frame *frame; /* the app's registers, for the few that change them */
};

typedef int64_t syscall_handler(const struct call *call);

/* The numbers that are dispatched and counted; others are refused. */
#define SYSCALL_NUMBERS 512

/* What a local call needs. */
enum syscall_needs {
    LOCKED,   /* the kernel lock */
    UNLOCKED, /* nothing but what is the thread's own, and the app's memory */
    FIXED,    /* nothing at all: its answer is always the same, and entry.S gives it */
};

struct syscall {
    const char *name;         /* NULL: Linux has no such call */
    syscall_handler *handler; /* NULL: nobody in this kernel serves it */
    bool delegated;           /* where there is an agent, it serves it */
    enum syscall_needs needs;
};

/* Generated from syscalls.tbl and handled.tbl. */
extern const struct syscall syscall_table[SYSCALL_NUMBERS];

/* The call of this name; SYSCALL_NUMBERS if Linux has none. */
unsigned syscall_find(const char *name, size_t length);

/* How often a call was made, and what those that were forwarded took; times are sums. */
struct syscall_count {
    uint64_t local;  /* entry.S knows the offsets of these two, and the size */
    uint64_t answer; /* of a call that is FIXED, plus 1; 0: entry.S does not know it */
    uint64_t forwarded, unsupported;
    uint64_t ticks;   /* of the TSC, from the request to the answer */
    uint64_t service; /* ns that the agent's Linux spent in them … */
    uint64_t waiting; /* … and that they waited for the agent to execute them */
    uint64_t padding;
};
_Static_assert(sizeof(struct syscall_count) == 64, "entry.S");

/* Each core counts for itself. */
extern struct syscall_count *syscall_counts[];
/* This core's count of the number; those that are not dispatched share SYSCALL_NUMBERS. */
static inline struct syscall_count *syscall_count(uint64_t number) {
    return &syscall_counts[cpu_index()][number < SYSCALL_NUMBERS ? number : SYSCALL_NUMBERS];
}
/* Of all cores. */
struct syscall_count syscall_total(unsigned number);

/* Decides, when it is known whether there is an agent, which calls go to it; NULL, or why not. */
const char *dispatch_init(const char *forward);
/* Before a core's first call; false without memory. */
bool dispatch_add(struct cpu *cpu);
/* This core goes on with the thread of this number. */
void dispatch_load(int tid);

/* System calls: one shape for every handler, one generated table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct frame;

/* What a handler gets; it returns the result, or a negated error number (errno.h). */
struct call {
    uint64_t number;
    uint64_t argument[6];
    struct frame *frame; /* the app's registers, for the few that change them */
};

typedef int64_t syscall_handler(const struct call *call);

/* The numbers that are dispatched and counted; others are refused. */
#define SYSCALL_NUMBERS 512

struct syscall {
    const char *name;         /* NULL: Linux has no such call */
    syscall_handler *handler; /* NULL: nobody serves it */
};

/* Generated from syscalls.tbl and handled.tbl. */
extern const struct syscall syscall_table[SYSCALL_NUMBERS];

struct syscall_count {
    uint64_t local, unsupported;
};

/* How often each was called. The last entry is for all numbers that are not dispatched. */
extern struct syscall_count syscall_counts[SYSCALL_NUMBERS + 1];

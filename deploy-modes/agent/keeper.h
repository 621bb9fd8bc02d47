/*
 * An enclave on this Linux's own hardware. Three processes: the keeper takes what the enclave has,
 * gives it back, and never looks at what the co-kernel says; the delegate, its child, serves the
 * co-kernel, confined; the watch gives back where the keeper is killed.
 */
#pragma once

#include "ring.h"
#include "shared.h"

/* Bytes that the delegate sends. */
#define SAID_READY  'r' /* the memory holds the kernel; the delegate is confined */
#define SAID_UP     'u' /* the kernel has its channel */
#define SAID_BOOTED 'b' /* the app was entered */

struct keeper {
    const struct options *options;
    struct instant start;
    int ledger, memory; /* the latter is /dev/mem */
    struct pages pages;
    struct ring rings[2]; /* by enum diver_stream_role */
    struct grant grant;
    struct shared *shared;
    int64_t delegate;     /* its process's number */
    int delegate_process; /* readable when it has ended */
    int said;             /* what it says */
    int go;               /* a byte lets it serve */
    uint64_t memory_us, start_us;
};

/* Takes the cores and memory of the options, starts the kernel there, has it served, gives all
 * back, and ends with the delegate's status. */
_Noreturn void keeper_start(const struct options *options);

/* What the delegate says next, or 0: it has ended. */
char keeper_hear(const struct keeper *keeper);
/* The app has been entered: whoever waits for that may go on. */
void keeper_entered(void);

/* The delegate's part, in a process of its own. */
_Noreturn void delegate(struct keeper *keeper, int say, int go);

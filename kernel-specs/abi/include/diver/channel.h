/*
 * The channel: shared memory over which a kernel (the delegator) forwards system calls to the agent
 * on the Linux beside it (the delegate). It lies in the kernel's own memory; the agent maps it.
 *
 * One writer for each cache line, named in a comment. A sequence number is stored last, with
 * release, and loaded first, with acquire; all else in its line is valid from then on. A request is
 * copied once, then checked, then executed.
 *
 * A thread of the app has at most one request in flight. Requests of a core are taken in order and
 * answered in any: the answer goes to the line of the thread.
 *
 * Sleeping: a side that stops polling stores its `sleeping`, makes a full fence, and looks once
 * more before it sleeps; the other makes a full fence after it has stored a sequence number, loads
 * `sleeping`, and rings the doorbell if it is set.
 */
#pragma once

#include <diver/enclave_note.h>
#include <stddef.h>
#include <stdint.h>

#define DIVER_CHANNEL_MAGIC 0x6c656e6e61686344ull /* "Dchannel" */

#define DIVER_CACHE_LINE  64
#define DIVER_CORES_MAX   64
#define DIVER_SLOTS       64   /* requests of one core that the agent has not taken yet */
#define DIVER_THREADS_MAX 1024 /* the first DIVER_CORES_MAX lines are the cores' own */
#define DIVER_DROPS       256

/* Requests that are no system calls. Addresses are physical. */
#define DIVER_REPORT    0x10001u /* JSON lines for the report: address, bytes */
#define DIVER_LOG       0x10002u /* text for the kernel log: address, bytes */
#define DIVER_INTERRUPT 0x10003u /* ends the call of a thread with EINTR: its index */
#define DIVER_END       0x10004u /* the net has ended: enum diver_end, status or signal */

enum diver_end { DIVER_END_EXIT, DIVER_END_SIGNAL, DIVER_END_PANIC, DIVER_END_REFUSED };

/* How a request has ended. */
#define DIVER_DONE 0u /* result is the call's */
#define DIVER_FAULT                                                                                \
    1u /* a page is not there or lacks the access: result is its address. The kernel               \
        * brings it and asks again, or answers EFAULT. Nothing has been executed. */

/* One line; written by the core that owns the slot. */
struct diver_request {
    uint64_t sequence; /* 1, 2, ... per core; request s is in slot s % DIVER_SLOTS */
    uint32_t number;   /* of the system call, or DIVER_REPORT etc. */
    uint32_t thread;   /* index of the line that is to have the answer */
    uint64_t argument[6];
};

/* One line; written by the agent. */
struct diver_reply {
    uint64_t sequence; /* of the request, as the thread's core numbered it */
    int64_t result;    /* as the system call returns it: a value or a negated error number */
    uint64_t service;  /* ns in the system call itself */
    uint64_t waiting;  /* ns from when the agent saw the request until it executed it */
    uint32_t status;   /* DIVER_DONE or DIVER_FAULT */
    uint32_t core;     /* index of the core whose request this answers */
    uint64_t reserved[3];
};

struct diver_core {
    struct { /* written by the core */
        uint32_t sleeping;
        uint32_t reserved[15];
    } delegator;
    struct {            /* written by the agent */
        uint64_t taken; /* the last request that has been copied */
        uint32_t sleeping;
        uint32_t reserved[13];
    } agent;
    struct diver_request requests[DIVER_SLOTS];
};

/* A range of the app's addresses, whole pages. */
struct diver_range {
    uint64_t start, end;
};

/*
 * What the app has mapped where is in its page tables, which the agent reads when it meets an
 * address for the first time. What it must forget, because a translation was taken away, moved, or
 * lost an access, is told here: entry n is in drops[n % DIVER_DROPS]. The agent catches up before
 * it executes a request. If it is DIVER_DROPS behind or more, it forgets everything.
 */
struct diver_drops {
    uint64_t count; /* written by the kernel, under its lock; stored after the entry */
    uint64_t reserved[7];
    struct diver_range ranges[DIVER_DROPS];
};

struct diver_channel {
    /* Written by the kernel before the agent looks. */
    uint64_t magic;
    uint32_t version;
    uint32_t core_count;
    uint64_t page_table; /* physical address of the root of the app's page tables (PML4) */
    uint64_t reserved[5];
    struct diver_drops drops;
    struct diver_core cores[DIVER_CORES_MAX];
    struct diver_reply replies[DIVER_THREADS_MAX];
};

_Static_assert(sizeof(struct diver_request) == DIVER_CACHE_LINE, "a request is one line");
_Static_assert(offsetof(struct diver_request, argument) == 16, "request");
_Static_assert(sizeof(struct diver_reply) == DIVER_CACHE_LINE, "a reply is one line");
_Static_assert(offsetof(struct diver_reply, status) == 32, "reply");
_Static_assert(offsetof(struct diver_core, agent) == 64, "one writer for each line");
_Static_assert(offsetof(struct diver_core, requests) == 128, "one writer for each line");
_Static_assert(sizeof(struct diver_core) == 128 + 64 * DIVER_SLOTS, "core");
_Static_assert(offsetof(struct diver_channel, page_table) == 16, "channel");
_Static_assert(offsetof(struct diver_channel, drops) == 64, "channel");
_Static_assert(offsetof(struct diver_channel, cores) == 64 + 64 + 16 * DIVER_DROPS, "channel");
_Static_assert(offsetof(struct diver_channel, replies) % DIVER_CACHE_LINE == 0, "channel");

/*
 * In a full VM the kernel puts the channel where it likes, and tells the agent with this message
 * over the doorbell (a UART whose other end is the agent's socket): DIVER_HELLO and the channel's
 * physical address, both 8 bytes, little-endian. Every later byte, either way, is one ring and
 * means nothing. In a partition the agent chooses the place, clears it, and says it in struct
 * diver_enclave.
 */
#define DIVER_HELLO 0x6f6c6c6548726944ull /* "DirHello" */

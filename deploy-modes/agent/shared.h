/*
 * What an enclave's processes know in common, in a file of its folder: the keeper makes it, the
 * delegate has it mapped, and who resizes the enclave changes it, with the machine's lock.
 */
#pragma once

#include "load.h"
#include "pages.h"

enum piece_state {
    PIECE_GONE,
    PIECE_HERE,
    PIECE_COMING, /* the delegate is to map it … */
    PIECE_GOING,  /* … or to unmap it */
};

/* A huge page of the enclave's. */
struct shared_piece {
    struct piece piece;
    uint64_t state;
};

#define PIECES_MAX (1 << 18)

struct shared {
    struct loaded loaded;               /* by the delegate, before it says SAID_READY */
    uint64_t offline_us;                /* what Linux took to give up the cores */
    uint64_t base;                      /* where its memory begins */
    struct region regions[REGIONS_MAX]; /* as its kernel is told of them at the start */
    uint64_t region_count;
    struct region streams[2]; /* by enum diver_stream_role; empty: none */
    uint64_t trampoline;
    uint64_t page_size, node;

    /* Its cores, by their numbers in the enclave: a bit for each that is there, and what they are
     * for the machine and for Linux. */
    uint64_t cores;
    uint32_t apic_ids[CORES_MAX], cpus[CORES_MAX];

    uint64_t memory; /* bytes */
    uint64_t piece_count;
    struct shared_piece pieces[PIECES_MAX];

    /* Changes, counted by who made them and by the delegate when it has followed; negated error
     * number of a piece that it could not map. */
    uint64_t changes, followed;
    int64_t error;
};

/* Maps the enclave's; `make`: a new one. Ends the agent where that cannot be. */
struct shared *shared_open(const char *name, bool make);

/* More pieces, in this state; false if there are as many as can be. */
bool shared_add(struct shared *shared, const struct pages *pages, enum piece_state state);

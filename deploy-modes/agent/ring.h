/*
 * Streams in shared memory (diver/stream.h) of which an enclave has an end: each is a huge page, in
 * a file of Diver's, to which a link leads from where the user has named it. Whoever comes first
 * makes it. Linux does not have that memory again while any enclave has an end, as with an
 * enclave's own; it goes with the last of the two, and other programs of this Linux may have it
 * mapped even then.
 */
#pragma once

#include "ledger.h"

/* One end. */
struct ring {
    struct diver_stream *stream; /* NULL: there is none */
    uint64_t physical, bytes;
    int file;
    bool met; /* somebody has held the lock of the other end */
};

/* Takes the ends that the options name, by enum diver_stream_role, or ends the agent. */
void rings_take(struct ring rings[2], const struct options *options, int ledger);
/* In a child: they are its parent's. */
void rings_forget(struct ring rings[2]);

/* Looks whether those at the other ends are alive, and says so where one is not. When to look
 * again, in milliseconds; -1: there is nothing to look for. */
int rings_watch(struct ring rings[2]);

/* Says that the ends which the record names are gone, and removes what nobody is to use any more;
 * for whoever finds an enclave's ledger, behind the end of its cores. */
void rings_give_back(const struct record *record, int ledger);

/* Removes those that no enclave has and no link leads to: their users have removed them. */
void rings_sweep(void);

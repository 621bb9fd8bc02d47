/* What the files of this room share: one request, from when it is written until it is answered. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <diver/channel.h>

#include "remora/thread.h"

/* Of the thread that is served here. */
static inline uint32_t this_line(void) {
    return DIVER_CORES_MAX + thread_current()->slot;
}

extern struct diver_channel *channel; /* NULL: there is no agent */

/* --- ring.c --- */

struct request {
    unsigned core; /* whose ring it is in */
    uint64_t sequence;
    const struct diver_reply *reply; /* where the answer will be */
    uint64_t submitted;              /* TSC */
};

/*
 * Writes a request into this core's ring, waiting while it is full, and rings if the agent sleeps.
 * `line` is the index of the reply, which has no other request in flight.
 */
struct request channel_submit(uint32_t number, uint32_t line, const uint64_t argument[6]);
/* Waits without letting anybody else run: for what the agent does at once. */
void channel_poll(struct request *request);
/* Returns when the agent has come to a request of this core's that does nothing. */
void channel_pass_through(void);
/* Calls that have been asked and not been answered yet. */
int64_t channel_in_flight(void);

/* --- doorbell.c --- */

/* In a full VM: COM2, its interrupt, and DIVER_HELLO with the channel's physical address. */
void doorbell_init(uint64_t channel_physical);
/* In a partition: the port to write to; 0 if the agent needs no ring. */
void doorbell_use(uint16_t port);
void doorbell_ring(void);

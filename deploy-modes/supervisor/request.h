/* Requests, taken apart: see protocol.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct request {
    bool start; /* or stop */
    uint32_t id;
    uint64_t deadline_ms, grace_ms;
    const char *cores, *folder, *in, *how, *out;
    char **words, **variables; /* both with NULL at their end */
    uint64_t bytes;            /* what it takes, to be given back */
};

/* The next one, or NULL: there are no more, or what came is none. Valid until request_free. */
struct request *request_read(void);

void request_free(struct request *request);

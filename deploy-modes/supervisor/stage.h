/* A stage: its process, with all that is in its process group, and what it writes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "request.h"

#define NEVER UINT64_MAX

/* As timeout(1) has them. */
#define STATUS_TIMED_OUT  124
#define STATUS_NOT_BEGUN  125
#define STATUS_CANNOT_RUN 126
#define STATUS_NO_PROGRAM 127

/* The stream of this process's own that stages may have as their output. */
extern int stage_inherits;

enum output { OUTPUT, ERRORS, OUTPUTS };

struct stage {
    uint32_t id;
    int32_t process;
    int32_t outputs[OUTPUTS]; /* what is to be passed on; -1: nothing, or no more */
    uint64_t next;            /* when it is asked to end or, once it was, killed; NEVER; in ns of
                               * CLOCK_MONOTONIC */
    uint64_t grace;           /* ns */
    bool asked;               /* to end */
    bool timed_out;
    bool over;
    int32_t status; /* of one that is over */
    bool reported;  /* its end was told of */
};

/* Starts what is asked for; false: it could not be, and why is behind its outputs. */
bool stage_start(struct stage *stage, const struct request *request);

/* Asks all of it to end, once. */
void stage_stop(struct stage *stage);

/* Does what is due by now. */
void stage_look(struct stage *stage, uint64_t now);

/* Its process has ended with a status of wait(2)'s. */
void stage_over(struct stage *stage, int32_t status);

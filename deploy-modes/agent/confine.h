/* What the process may do at most, whatever becomes of it: it works for a guest. */
#pragma once

#include "options.h"

/* The locks that hold, for the report. */
struct confinement {
    char list[160]; /* of JSON strings, between commas */
};

/*
 * Behind root_enter: no capabilities, no new privileges, no descriptors that the app was not given,
 * Landlock where Linux has it. With `calls`, also seccomp: the process can then make the system
 * calls on the agent's list and those that serve() needs, and no others. Ends the agent where a
 * lock fails.
 */
void confine(const struct options *options, bool calls, struct confinement *done);

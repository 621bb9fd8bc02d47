/* /proc and /sys as the app finds them: plain files that describe its enclave. */
#pragma once

#include "options.h"
#include "root.h"

/* Writes them below the working directory. */
void describe(const struct options *options, const struct machine *machine);

/* Writes what has changed, wherever the process is by now and whatever it may still open. */
void describe_change(const struct machine *machine);

/* mkdir -p for the folder that a path below the working directory lies in. */
void make_parents(const char *path);

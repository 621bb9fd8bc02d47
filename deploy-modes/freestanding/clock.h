/* Linux's clocks and the TSC. */
#pragma once

#include <stdint.h>

/* What a clock of Linux's (CLOCK_…) shows. */
uint64_t nanoseconds(int clock);

/* Since a time of CLOCK_MONOTONIC_RAW in nanoseconds. */
uint64_t microseconds_since(uint64_t start_ns);

/* What it and the TSC show at the same time. */
struct instant {
    uint64_t tsc, ns;
};

struct instant instant(int clock);

/* The TSC's rate in Hz, measured since an instant of CLOCK_MONOTONIC_RAW; waits where that was less
 * than 5 ms ago. */
uint64_t tsc_frequency(struct instant start);

#include "clock.h"
#include "sys.h"

#define SHORTEST_NS 5000000

uint64_t nanoseconds(int clock) {
    struct timespec now;
    sys(__NR_clock_gettime, clock, &now);
    return (uint64_t)now.seconds * 1000000000 + (uint64_t)now.nanoseconds;
}

uint64_t microseconds_since(uint64_t start_ns) {
    return (nanoseconds(CLOCK_MONOTONIC_RAW) - start_ns) / 1000;
}

/* Of a few looks, the quickest. */
struct instant instant(int clock) {
    struct instant best = {0};
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t before = read_tsc(), ns = nanoseconds(clock), after = read_tsc();
        if (after - before < shortest) {
            shortest = after - before;
            best = (struct instant){before + (after - before) / 2, ns};
        }
    }
    return best;
}

uint64_t tsc_frequency(struct instant start) {
    struct instant now;
    do
        now = instant(CLOCK_MONOTONIC_RAW);
    while (now.ns - start.ns < SHORTEST_NS);
    uint64_t ticks = now.tsc - start.tsc, ns = now.ns - start.ns;
    for (; ns >> 34; ns >>= 1) /* so that the products below have 64 bits */
        ticks >>= 1;
    return ticks / ns * 1000000000 + ticks % ns * 1000000000 / ns;
}

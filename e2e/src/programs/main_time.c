/* When main is entered, for measuring how long a machine takes to get there: one JSON line. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

int main(void) {
    uint32_t low, high;
    struct timespec now;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    clock_gettime(CLOCK_REALTIME, &now);
    printf("{\"tsc\":%lu,\"wall_ns\":%lu}\n", (uint64_t)high << 32 | low,
           (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

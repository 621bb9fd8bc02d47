/* When main is entered, on the clock that starts with the kernel: one JSON line. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>

int main(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("{\"main_ns\":%lu}\n", (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
}

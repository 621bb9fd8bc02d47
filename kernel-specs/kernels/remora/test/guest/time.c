// Clocks go forward, agree with each other and with the date; sleeping takes at least its time.
// libs: -lm
#include "check.h"
#include <sys/time.h>
#include <time.h>

static double now(clockid_t clock) {
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0 && t.tv_nsec >= 0 && t.tv_nsec < 1000000000);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    struct timespec wait = {0, 20000000}, resolution;
    struct timeval day;
    double start = now(CLOCK_MONOTONIC), wall = now(CLOCK_REALTIME);
    for (int i = 0; i < 1000; i++)
        CHECK(now(CLOCK_MONOTONIC) <= now(CLOCK_MONOTONIC));
    CHECK(nanosleep(&wait, NULL) == 0 && now(CLOCK_MONOTONIC) - start >= 0.02);
    struct timespec until = {0, 0};
    until.tv_sec = (time_t)now(CLOCK_MONOTONIC) + 1;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == 0);
    CHECK(now(CLOCK_MONOTONIC) >= (double)until.tv_sec);
    CHECK(gettimeofday(&day, NULL) == 0 && (double)day.tv_sec + 1 >= wall);
    CHECK(argc == 2 && labs(time(NULL) - atol(argv[1])) < 60); /* the host's date */
    CHECK(clock_getres(CLOCK_MONOTONIC, &resolution) == 0 && resolution.tv_nsec == 1);
    wait.tv_nsec = 1000000000;
    FAILS(EINVAL, nanosleep(&wait, NULL));
    FAILS(EINVAL, clock_gettime(77, &wait));
    CHECK(now(CLOCK_PROCESS_CPUTIME_ID) > 0 && clock() > 0);
    return 0;
}

// Scheduling policies are asked and set as on Linux without privileges.
// cflags: -pthread
#include "check.h"
#include <pthread.h>
#include <sched.h>

int main(void) {
    struct sched_param parameter = {0};
    int policy;
    CHECK(sched_getscheduler(0) == SCHED_OTHER);
    CHECK(pthread_getschedparam(pthread_self(), &policy, &parameter) == 0);
    CHECK(policy == SCHED_OTHER && parameter.sched_priority == 0);
    CHECK(sched_get_priority_max(SCHED_FIFO) == 99 && sched_get_priority_min(SCHED_RR) == 1);
    CHECK(sched_get_priority_max(SCHED_OTHER) == 0);
    FAILS(EINVAL, sched_get_priority_max(77));
    CHECK(sched_setscheduler(0, SCHED_OTHER, &parameter) == 0);
    CHECK(sched_setscheduler(0, SCHED_BATCH, &parameter) == 0);
    FAILS(ESRCH, sched_getscheduler(4242424));
    parameter.sched_priority = 10;
    FAILS(EINVAL, sched_setscheduler(0, SCHED_OTHER, &parameter));
    return 0;
}

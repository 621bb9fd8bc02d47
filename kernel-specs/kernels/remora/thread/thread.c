/* Threads: one, so far. */
#include "remora/thread.h"
#include "remora/delegate.h"
#include "remora/lib.h"
#include "remora/x86.h"

static struct thread only;
static bool woken;

struct thread *thread_current(void) {
    return &only;
}

void thread_wake(struct thread *thread) {
    (void)thread;
    woken = true;
}

/* In nanoseconds: how long to spin for an answer that is on its way, and how long to halt where
 * nobody rings when it comes. A person does not notice the longest. */
#define WAIT_SPIN     200000ull
#define WAIT_SHORTEST 50000ull
#define WAIT_LONGEST  4000000ull

static bool is_ready(bool (*ready)(void *), void *argument) {
    return ready ? ready(argument) : woken;
}

enum wait_result thread_wait(bool (*ready)(void *), void *argument, uint64_t deadline) {
    uint64_t start = clock_now(), pause = WAIT_SHORTEST;
    woken = false;
    while (!is_ready(ready, argument)) {
        uint64_t now = clock_now();
        if (now >= deadline)
            return WAIT_TIMEOUT;
        if (now == 0 || (ready && now - start < WAIT_SPIN)) {
            __asm__ volatile("pause"); /* the timer is not ours to use before clock_ready */
            continue;
        }
        delegate_asleep();
        if (!is_ready(ready, argument))
            apic_halt(ready && !delegate_available() ? MIN(deadline - now, pause) : deadline - now);
        delegate_awake();
        pause = MIN(pause * 2, WAIT_LONGEST);
    }
    return WAIT_READY;
}

/* Threads of the app, and how they wait. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct thread {
    uint32_t slot; /* below THREADS_MAX, one thread's alone */
};

/* The thread that this core runs, or serves a call of. */
struct thread *thread_current(void);

enum wait_result {
    WAIT_READY,      /* `ready` said so */
    WAIT_TIMEOUT,    /* the deadline has come (a time of clock_now's, or FOREVER) */
    WAIT_INTERRUPTED /* a signal waits to be delivered */
};

/*
 * Blocks this thread and lets others run. `ready` only looks, is asked again and again on this core
 * (also while another thread runs there), and may be NULL: then thread_wake ends the wait.
 */
enum wait_result thread_wait(bool (*ready)(void *), void *argument, uint64_t deadline);
void thread_wake(struct thread *thread);

/*
 * The delegator: what this kernel does not do itself is asked of the agent on the Linux beside it,
 * over the channel (diver/channel.h). What a call's arguments mean, only the agent knows.
 */
#pragma once

#include <diver/channel.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "remora/syscall.h"

struct boot_info;

/* Finds or makes the channel and tells the agent; without an agent nothing here does anything. */
void delegate_init(const struct boot_info *boot);
bool delegate_available(void);

/*
 * Forwards a call and waits for its result, a value or a negated error number. Its pointers are
 * addresses of the app's. The caller does not hold the kernel lock.
 */
int64_t delegate_call(const struct call *call);

/* The kernel's own calls, for the thread that it serves: by number (remora/numbers.h). The caller
 * holds the kernel lock, which is given up meanwhile. */
#define delegate_ask(asked, ...)                                                                   \
    delegate_own_call(&(struct call){.number = (asked), .argument = {__VA_ARGS__}})
int64_t delegate_own_call(const struct call *call);

/* The app's memory in this range is no longer what it was: the agent forgets its mapping of it. */
void delegate_drop(uint64_t start, uint64_t end);
/* Returns when no call in flight can reach what has been dropped: then its frames may be reused. */
void delegate_settle(void);

/* There is a core of this number now, or none any more. What it has asked before may still be
 * answered: the agent then rings, and the bell of a core that is gone wakes all. */
void delegate_core(unsigned index, bool there);

/* Hands text over, DIVER_REPORT or DIVER_LOG, and waits until it is taken. */
void delegate_text(uint32_t kind, const char *text, size_t length);
/* The last message: how the app has ended, and its exit status or signal. */
void delegate_end(enum diver_end end, int number);

/*
 * Around a halt of this core: until delegate_awake the agent rings after an answer. What is waited
 * for has to be looked at once more after delegate_asleep.
 */
void delegate_asleep(void);
void delegate_awake(void);
/* Serves the interrupt that VECTOR_DOORBELL is. */
void delegate_rung(void);

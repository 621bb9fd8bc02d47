/*
 * A range of the app's memory while a system call uses it. Where the app's memory is mirrored the
 * call has the app's own address. Where it is only seen (view.h) the call has the place in the
 * view, if the range is contiguous there and the call does not wait; else a copy, which is written
 * back when the call is done. A call that waits never has the place itself: what it was lent could
 * be somebody else's by the time the call fills it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A copy has no more bytes, whatever the range has. */
#define LOAN_LIMIT (16ull << 20)

struct loan {
    uint64_t address, bytes; /* the app's */
    bool written;
    uint8_t *copy; /* NULL: none */
    uint8_t small[256];
};

/* Checks the range and lends it; where the call finds it goes to *at. `held`: the call may wait.
 * False if a page is missing or lacks the access: *fault is the first address that does. */
bool loan_take(struct loan *loan, uint64_t address, uint64_t bytes, bool written, bool held,
               uint64_t *at, uint64_t *fault);

/* A copy without anything in it yet. */
void loan_copy(struct loan *loan, uint64_t bytes);

/* Writes the first `bytes` bytes back, if they are to be, and frees the copy. False, with *fault,
 * if a page is missing by now. Nothing is done where there is no copy. */
bool loan_return(struct loan *loan, uint64_t bytes, uint64_t *fault);

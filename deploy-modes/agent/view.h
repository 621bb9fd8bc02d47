/*
 * The enclave's memory where Linux maps its pages only as a whole (huge pages): all of it is seen
 * in one place, ordered as it is in the machine, so that what is contiguous there is so here. The
 * app's pages, which may be smaller, cannot be mirrored from such memory; see loan.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From the start, which is below everything else of the agent's, as many bytes as there are
 * physical addresses that can be seen. */
#define VIEW_START 0x100000000000ull
#define VIEW_BYTES 0x400000000000ull

/* Maps whole chunks of a file: they are at `physical` in the machine. A negated error number where
 * Linux refuses. */
int64_t view_add(uint64_t physical, uint64_t bytes, int descriptor, uint64_t offset);
void view_remove(uint64_t physical, uint64_t bytes);

/* Whether memory is seen so at all. */
bool view_is_used(void);

/* Where the agent has them; NULL if any byte is not there. */
void *view_at(uint64_t physical, uint64_t bytes);

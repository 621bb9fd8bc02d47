/* A few pages below 1 MiB, borrowed from Linux while a core starts from there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib.h"

#define LOW_PAGES 6 /* the trampoline, and five page tables */
#define LOW_BYTES (LOW_PAGES * PAGE)

/* `memory` is a descriptor of /dev/mem, `start` where the pages are; ends the agent where Linux
 * lets nobody write there. */
void low_map(int memory, uint64_t start);

/* A place that Linux keeps for nobody and does not start its own cores from; 0 if there is none. */
uint64_t low_find(int memory);

/* What is there now is kept, in `to`, and is put back. */
void low_save(uint8_t to[LOW_BYTES]);
void low_restore(const uint8_t from[LOW_BYTES]);

/* Starts a core at `entry`, a virtual address in the memory at `base`, with `base` in RDI; the TSC
 * just before that goes to *init_tsc. False if it does not answer. */
bool low_start(uint32_t apic_id, uint64_t base, uint64_t entry, uint64_t *init_tsc);

/* The enclave's cores: taken from Linux, started, given back. */
#pragma once

#include "options.h"

/* A page that cores can start from, and those behind it with page tables: borrowed from Linux. */
#define LOW_START 0x8000

/* Finds the cores and what is needed to take and to start them. Ends the agent where a core is not
 * there, is given twice, or stays with Linux. `memory` is /dev/mem. */
void cores_find(const struct options *options, int memory);

/* The local APICs' numbers, in the order of the options. */
void cores_apic_ids(uint32_t *apic_ids);

/* Takes all cores and starts the first at `entry`, a virtual address in the memory at `base`, with
 * `base` in RDI; the TSC just before that goes to *init_tsc. Gives all back and ends the agent
 * where Linux keeps a core or the first does not start. */
void cores_start(uint64_t base, uint64_t entry, uint64_t *init_tsc);

/* An interrupt to the enclave's n-th core. */
void cores_wake(uint32_t n);

/* Stops the cores, and gives Linux what it had of them and of its memory. */
void cores_give_back(void);

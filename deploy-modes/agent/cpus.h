/* Linux's cores: what it says of them, and taking them offline and online again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

bool cpu_exists(uint32_t cpu);
/* Linux can be told to give it up. */
bool cpu_is_removable(uint32_t cpu);
bool cpu_is_online(uint32_t cpu);
/* Has Linux hurry with it, by a setting that is in the ledger meanwhile. A negated error number
 * where Linux refuses. */
int64_t cpu_set_online(int ledger, uint32_t cpu, bool online);
/* How many Linux has online. */
uint32_t cpus_online(void);
/* How many there can ever be. */
uint32_t cpus_possible(void);
/* The one with the highest number of them. */
uint32_t cpu_last(void);
/* The number of an online core's local APIC: what the core itself says. */
uint32_t cpu_apic_id(uint32_t cpu);

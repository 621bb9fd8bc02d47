/* Taking an enclave's cores and memory from Linux, and starting its kernel. */
#pragma once

#include "keeper.h"

/* Takes what the options say, under the machine's lock, and starts the kernel there. Gives all back
 * and ends the agent where something cannot be had. */
void take_all(struct keeper *keeper);
/* The same for an app that runs on this Linux's own cores. */
void take_nothing(struct keeper *keeper);

/* Behind either: gives back what is in the ledger. */
void give_all_back(void);

/* --- for a running enclave, too: under the machine's lock --- */

/* Ends the agent with the reason where Linux cannot give up a core, or an enclave has it but the
 * one of this name. */
void core_check(uint32_t cpu, const char *name);
/* Takes it from Linux. */
void core_take(int ledger, uint32_t cpu, uint32_t apic_id);

/* The page that cores start from, for a while. */
void low_lend(int ledger, const char *name, uint64_t at);
void low_take_back(int ledger);

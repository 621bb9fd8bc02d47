/* The agent as the first process of a partition's Linux. */
#pragma once

/* Brings the Linux up as far as an enclave needs it, runs the agent in a process of its own, and
 * switches the machine off when that has ended. */
_Noreturn void init(void);

/* A running kernel is given cores and memory, and gives them back, as the agent asks. */
#pragma once

#include <stdbool.h>

struct boot_info;

/* From here on the agent may ask; the cores of the start run. */
void resize_init(const struct boot_info *boot);
/* Is there a request? Whoever is woken looks, without the lock. */
bool resize_awaits(void);
/* Serves a request, if there is one. Under the kernel lock, which is given up while a core starts,
 * so what the caller has found before may have changed. */
void resize_serve(void);
/* The last that a core does that is to go. On its own stack, under the lock. */
_Noreturn void resize_core_left(void);

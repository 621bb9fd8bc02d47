/* The agent on the host, beside a full VM. */
#pragma once

#include "options.h"

/* Waits for the VM's kernel at the doorbell, serves it, and ends with it. */
_Noreturn void host(const struct options *options);

/* The agent on a Linux that shares its machine with a co-kernel. */
#pragma once

#include "options.h"

/* Takes the cores and memory of the options, starts the kernel there, serves it, gives all back. */
_Noreturn void enclave(const struct options *options);

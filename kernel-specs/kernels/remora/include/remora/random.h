/* Random bytes: RDRAND where the processor has it, else a generator seeded by the clock. */
#pragma once

#include <stddef.h>

void random_init(void);
void random_fill(void *to, size_t size);

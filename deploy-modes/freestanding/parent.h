/* A process that another one started. */
#pragma once

#include <stdint.h>

/* In a child of this parent: ends when that does, at once where it has. */
void end_with_parent(int64_t parent);

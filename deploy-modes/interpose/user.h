/* The program's memory, at addresses that may be wrong. */
#pragma once

#include "linux.h"

/* Whether all of it could be read or written: Linux looks, so that a wrong address does not end
 * the program here. */
bool user_read(void *to, uint64_t from, uint64_t bytes);
bool user_write(uint64_t to, const void *from, uint64_t bytes);

/* What calls with a timeout share. */
#pragma once

#include <stdint.h>

#define NANOSECONDS 1000000000ull

/* Reads a struct timespec of the app's; 0, or a negated error number. */
int time_read(uint64_t address, uint64_t *nanoseconds);
/* On clock_now's scale; FOREVER if that is too far. */
uint64_t deadline_in(uint64_t nanoseconds);

/* The start of a static PIE without a C library. */
#pragma once

#include <stdint.h>

/* What each program defines: where it begins, with the stack as Linux made it (System V psABI,
 * x86-64, 3.4.1): the number of words, the words, NULL, the environment, NULL, the auxiliary
 * vector. */
_Noreturn void enter(uint64_t *stack);

/* What Diver asks of a machine that it divides: hardware start, list, stop, wait, recover, facts.
 */
#pragma once

/* The words behind `hardware`. */
_Noreturn void hardware(char **words);

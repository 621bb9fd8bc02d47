/* Changing what a running enclave has. */
#pragma once

/*
 * hardware resize NAME [--cpus +1|-1|+3-4|-3,5] [--memory +128M|-128M]: takes cores and memory from
 * Linux, or has the kernel give them up and gives them back, in a process of its own, with the
 * machine's lock; the keeper goes on beside it. First settles what one that was killed has left in
 * between, which is all where nothing is to be changed. A number of cores is how many, a list is
 * which. Prints a line of JSON with what the enclave has then. Ends the agent with the reason, and
 * with what had been done before, where something cannot be.
 */
void resize(char **words);

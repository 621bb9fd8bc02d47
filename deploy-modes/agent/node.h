/* What Linux says of a NUMA node's memory. */
#pragma once

#include <stdint.h>

/* Bytes of one kind, by its name in the node's meminfo; 0 where Linux does not say. */
uint64_t node_memory(uint64_t node, const char *kind);
/* What is free in pieces of 2 MiB or more, in bytes. */
uint64_t node_contiguous(uint64_t node);
/* What could be free, in bytes: what is, and what Linux keeps only because nobody wants it. */
uint64_t node_available(uint64_t node);

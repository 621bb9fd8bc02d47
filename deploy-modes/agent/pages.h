/* Memory for an enclave: huge pages in a file, which keeps them from Linux whatever becomes of the
 * processes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ledger.h"
#include "window.h"

/* One of them. */
struct piece {
    uint64_t physical, offset; /* in the file */
};

struct pages {
    uint64_t size; /* of each, in bytes */
    uint64_t node; /* the NUMA node's number */
    int file;
    struct piece *pieces; /* by physical address */
    size_t count;
    struct region regions[REGIONS_MAX]; /* what they make, the first for the kernel; no offsets */
    size_t region_count;
};

/*
 * Takes `count` pages of the node: those that are free there, or new ones, for which Linux is
 * asked. Those it leaves out are no use: the rest is in few enough pieces, of which one holds a
 * kernel. Ends the agent, naming how much memory there is, where it is not.
 */
void pages_take(struct pages *pages, const struct options *options, int ledger);

/* Maps them for the window. */
void pages_map(const struct pages *pages);

/* Gives back what the record says was taken; for whoever finds an enclave's ledger. */
void pages_give_back(const struct record *record);

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
    uint64_t size;       /* of each, in bytes */
    uint64_t node;       /* the NUMA node's number */
    char pool[PATH_MAX]; /* Linux's folder for such pages */
    uint64_t raised;     /* by how many the pool was, for this enclave */
    int file;
    uint64_t start;       /* where in the file these pieces begin */
    struct piece *pieces; /* by physical address */
    size_t count;
    struct region regions[REGIONS_MAX]; /* what they make, the first for the kernel; no offsets */
    size_t region_count;
};

/* Makes the file, without anything in it, for what the options want. */
void pages_open(struct pages *pages, const struct options *options, int ledger);

/* Sees that Linux has so many huge pages free on the node, or makes more. (Linux does not do that
 * while it takes a core offline.) Ends the agent, naming how much memory there is, where it is not
 * enough. */
void pages_reserve(struct pages *pages, const struct options *options, int ledger);

/*
 * Takes them into the file. Those it leaves out are no use: the rest is in few enough pieces, of
 * which one holds a kernel. Ends the agent, naming how large the pieces are, where they are not.
 */
void pages_take(struct pages *pages, const struct options *options, int ledger);

/* For an enclave that runs: so many more, behind what is in the file. `record` is what its ledger
 * says. Ends the agent, with nothing taken, where there are not enough. */
void pages_take_more(struct pages *pages, uint64_t count, const struct record *record, int ledger);

/* These go: nothing uses them any more. */
void pages_drop(const struct pages *pages, const struct piece *pieces, size_t count,
                const struct record *record, int ledger);

/* Pieces from the n-th on that lie behind one another: how many. */
size_t pages_run(const struct pages *pages, size_t n);

/* Maps the page that holds a physical address for the window. */
void pages_map(const struct pages *pages, uint64_t physical);

/* Gives back what the record says was taken; for whoever finds an enclave's ledger. */
void pages_give_back(const struct record *record);

/* Memory for an enclave: huge pages in a file, which keeps them from Linux whatever becomes of the
 * processes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pool.h"
#include "window.h"

/* One of them. */
struct piece {
    uint64_t physical, offset; /* in the file */
};

struct pages {
    struct pool pool;
    int file;
    uint64_t bytes;       /* of the file */
    struct piece *pieces; /* by physical address */
    size_t count;
    struct region regions[REGIONS_MAX]; /* what they make, the first for the kernel; no offsets */
    size_t region_count;
};

/* In which pages the memory of the options is taken, and how many: of 1 GiB where it is a multiple
 * of that and the node has so many to spare, else of 2 MiB. */
void pages_choose(struct options *options);

/* Makes the file, without anything in it, for what the options want. */
void pages_open(struct pages *pages, const struct options *options, int ledger);
/* The one of an enclave that runs, as its ledger says; no pieces. */
void pages_reopen(struct pages *pages, uint64_t node, uint64_t size, const struct record *record);

/* Sets pages aside where that is needed, which Linux does not do while it takes a core offline.
 * Ends the agent, naming how much memory there is, where it is not enough. */
void pages_reserve(struct pages *pages, const struct options *options, int ledger);

/*
 * Takes them into the file. Those it leaves out are no use: the rest is in few enough pieces, of
 * which one holds a kernel. Ends the agent, naming how much there is or how large the pieces are,
 * where they are not.
 */
void pages_take(struct pages *pages, const struct options *options, int ledger);

/* So many more, behind what is in the file: they are the pieces then. Ends the agent, with nothing
 * taken, where there are not enough. */
void pages_take_more(struct pages *pages, uint64_t count, int ledger);

/* These go: nothing uses them any more. */
void pages_drop(struct pages *pages, const struct piece *pieces, size_t count, int ledger);

/* Pieces from the n-th on that lie behind one another: how many. */
size_t pages_run(const struct pages *pages, size_t n);

/* Maps the page that holds a physical address for the window. */
void pages_map(const struct pages *pages, uint64_t physical);

/* Gives back what the record says was taken; for whoever finds an enclave's ledger. */
void pages_give_back(const struct record *record, int ledger);

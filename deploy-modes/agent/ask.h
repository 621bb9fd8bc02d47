/* Asking a running kernel to take or to give up something (struct diver_resize). */
#pragma once

#include "ledger.h"
#include "pages.h"
#include "shared.h"

struct answer {
    int64_t result;     /* 0 or a negated error number */
    uint64_t removable; /* as struct diver_resize has them; the kernel is not trusted with them */
    uint32_t range_count;
    struct diver_region ranges[DIVER_REGIONS_MAX];
};

/* Finds where the kernel reads requests. */
void ask_init(struct shared *shared, const struct pages *pages, const struct record *record);

/* Returns when all that was asked for is answered, with the cores that the kernel says it has: a
 * bit for each number. For who comes after one that was killed. */
uint64_t ask_cores(void);

/* Returns with the answer. Where the enclave ends meanwhile, ends the agent; where no answer comes,
 * ends the enclave, too: the kernel may still do what it was asked for. */
struct answer ask(uint32_t kind, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth);

/* Returns when `at` has become `wanted`, with the same care. `who` is to do that. */
void await(const uint64_t *at, uint64_t wanted, const char *who);

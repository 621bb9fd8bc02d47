/* The files that the app sees: a tree of its own, and nothing of the machine's but the shares. */
#pragma once

#include "options.h"

/* What the app is told of the machine that it runs on. */
struct machine {
    uint64_t cores;    /* a bit for each */
    uint64_t memory;   /* bytes */
    uint64_t possible; /* cores that may come: then the description can change; 0: it stays */
};

/* The first so many cores. */
static inline uint64_t first_cores(uint64_t count) {
    return count >= 64 ? UINT64_MAX : (1ull << count) - 1;
}

/*
 * Moves the process into new mount, network, IPC and host name namespaces (in a user namespace
 * where it is not allowed to otherwise) whose root is a small file system in memory with the shares
 * at their places; the working directory is the app's. Descriptors that are open stay so. Ends the
 * agent with what is wrong where it cannot be done.
 */
void root_enter(const struct options *options, const struct machine *machine);

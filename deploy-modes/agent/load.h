/* What an enclave's memory holds when its kernel is entered (diver/enclave.h). */
#pragma once

#include <diver/enclave.h>

#include "clock.h"
#include "files.h"
#include "options.h"

/* What the machine has for the enclave, beside what the options say. */
struct grant {
    const struct region *regions;
    size_t region_count;
    uint32_t apic_ids[CORES_MAX]; /* as many as there are options' cores */
    uint64_t trampoline;
    bool x2apic;
    const struct diver_device *devices;
    size_t device_count;
    struct region streams[2]; /* by enum diver_stream_role; empty: none */
    bool doorbell;            /* that of the options is there */
};

struct loaded {
    struct diver_enclave *info;
    struct diver_channel *channel;
    uint64_t entry; /* virtual address */
};

/* What goes into the memory. */
struct sources {
    struct file kernel, app, command_line;
};

/* Maps the options' files: they are not there any more when the process is confined. Ends the agent
 * where one is missing. */
struct sources load_open(const struct options *options);

/* Writes the kernel, the app, its command line and what the kernel is told into the enclave's
 * memory, which the window has already. `start`: an instant of CLOCK_MONOTONIC_RAW, the earlier the
 * better. Ends the agent where something does not fit. */
struct loaded load(const struct options *options, const struct sources *sources,
                   const struct grant *grant, struct instant start);

/* Ends the agent where the regions are none for an enclave: 18 MiB from a multiple of 2 MiB on come
 * first, and nothing is given twice. */
void load_check(const struct region *regions, size_t count);

/* Behind the start of the first core: waits for the kernel's channel. False if it does not come. */
bool load_await(const struct diver_channel *channel);

/* How long that waits. */
#define LOAD_ANSWER_S 5

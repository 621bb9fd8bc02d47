/* The agent's command line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "window.h"

#define SHARES_MAX  32
#define CORES_MAX   64
#define DEVICES_MAX 16

/* What the app sees of the machine's files. */
struct share {
    const char *from; /* a folder or file, or a virtiofs tag */
    const char *at;   /* where the app sees it */
    bool read_only;
    bool tag; /* `from` is a virtiofs tag */
};

struct options {
    const char *memory;   /* the file that is the kernel's memory */
    const char *doorbell; /* host: path of the socket */
    const char *report, *log;
    const char *app;      /* the executable as the app sees it */
    const char *app_file; /* the same as the agent sees it */
    const char *kernel, *command_line;
    struct region regions[REGIONS_MAX];
    size_t region_count;
    struct share shares[SHARES_MAX];
    size_t share_count;
    uint32_t cores[CORES_MAX]; /* the net's, as Linux numbers them */
    size_t core_count;
    uint64_t uid, gid;
    uint64_t doorbell_uart; /* its port; 0: none */
    const char *directory;  /* the app's working directory */
    bool native;
    bool seen; /* the kernel's memory is seen as a whole (view.h), not mirrored */
    /* of an enclave on hardware */
    const char *name, *folder;
    uint64_t pages, node; /* pages of 2 MiB, or what pages_choose() makes of them */
    uint64_t page_size;
    const char *devices[DEVICES_MAX]; /* PCI addresses */
    size_t device_count;
    const char *streams[2]; /* in shared memory, by enum diver_stream_role; NULL: none */
    bool detach;            /* goes on in the background once the app has been entered */
    bool go_on;             /* after its user's connection is lost, … */
    bool is_far;            /* … which is when nobody reads its streams any more */
    char **arguments;       /* behind --: the app's, with argv[0]; NULL at the end */
    char **environment;     /* K=V words of --env */
    size_t environment_count;
};

/* Reads NULL-terminated words; ends the agent where it does not understand one. */
void options_read(char **words, struct options *options);

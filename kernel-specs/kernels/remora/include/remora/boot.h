/* What the boot protocol (PVH, or later the agent) tells the kernel. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct region {
    uint64_t start, end; /* physical */
};

#define REGIONS_MAX      32
#define COMMAND_LINE_MAX 4096
#define WORDS_MAX        2048

struct boot_info {
    struct region ram[REGIONS_MAX];
    size_t ram_count;
    struct region app; /* the executable's file; empty if there is none */
    char command_line[COMMAND_LINE_MAX];
};

/* Copies what hvm_start_info says, since its memory is not reserved. */
void pvh_read(uint64_t start_info, struct boot_info *boot);

/* The app's words, as its stack gets them. They point into the command line. */
struct words {
    char *environment[WORDS_MAX];
    size_t environment_count;
    char *arguments[WORDS_MAX];
    size_t argument_count;
};

/*
 * Splits "K=V … -- argv0 arg1 …" in place. Parts of words may be quoted as in sh, with '…' only.
 * Returns NULL, or what is wrong with it.
 */
const char *words_split(char *command_line, struct words *words);

/* What the boot protocol (PVH, or later the agent) tells the kernel. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct diver_enclave;

struct region {
    uint64_t start, end; /* physical */
};

#define REGIONS_MAX      64
#define COMMAND_LINE_MAX 65536 /* beside a Linux; a VM's is shorter */
#define WORDS_MAX        2048

struct boot_info {
    struct region ram[REGIONS_MAX];
    size_t ram_count;
    struct region app;                   /* the executable's file; empty if there is none */
    const struct diver_enclave *enclave; /* what the agent says in a partition; NULL in a full VM */
    uint64_t rsdp;                       /* of ACPI; 0: there is none, or it is not ours */
    char command_line[COMMAND_LINE_MAX];
};

/* The two ways in: each fills a boot_info and goes on in kernel_main. */
_Noreturn void pvh_main(uint64_t start_info);
_Noreturn void cokernel_main(uint64_t enclave);

_Noreturn void kernel_main(struct boot_info *boot);

/* What words of the form remora.NAME=VALUE say to the kernel. */
struct options {
    bool delegate;           /* delegate=uart: an agent is to answer, COM2 is its doorbell */
    const char *forward;     /* forward=A,B: calls that go to it though they are local; NULL */
    const char *path;        /* path=P: where the executable is to the app; NULL: as argv[0] says */
    uint32_t uid, gid;       /* uid=N, gid=N: whom the app runs as; 0 unless said */
    struct region shared[2]; /* stream-in=START:BYTES, stream-out=START:BYTES: where the stream is
                              * that stdin, or stdout, leads to; empty: it is the console's */
};
extern struct options options;

/* The app's words, as its stack gets them. They point into the command line. */
struct words {
    char *environment[WORDS_MAX];
    size_t environment_count;
    char *arguments[WORDS_MAX];
    size_t argument_count;
    const char *problem; /* what is wrong with the command line; NULL */
};

/*
 * Splits "K=V … -- argv0 arg1 …" in place, and sets `options` by the words that are the kernel's.
 * Parts of words may be quoted as in sh, with '…' only.
 */
void words_init(struct boot_info *boot, struct words *words);

/*
 * What the agent tells a co-kernel that it starts inside a running Linux's machine.
 *
 * The kernel is an ELF executable with a note (name "Diver", type DIVER_NOTE) that holds a struct
 * diver_note. The agent puts each PT_LOAD segment at the start of the enclave's memory plus the
 * segment's physical address (p_paddr), and starts the first core with INIT and SIPI through a
 * trampoline below 1 MiB.
 *
 * The kernel is entered in 64-bit mode, interrupts off, at the note's entry (a virtual address),
 * with RDI = physical address of the struct diver_enclave, which is the start of the enclave's
 * memory. The page tables it finds are the agent's, below 1 MiB, and are not to be used for long:
 * they map the enclave's first 16 MiB at 0xffffffff80000000, where the kernel is linked to run, and
 * the first 2 MiB of all memory one to one. CS is 0x10 and SS 0x18, 64-bit code and data.
 *
 * Of the enclave's memory the agent uses the first MiB, for this structure and what it points to,
 * and the place of the executable.
 */
#pragma once

#include <diver/channel.h>

#define DIVER_ENCLAVE_MAGIC 0x6576616c636e4544ull /* "DEnclave" */
#define DIVER_REGIONS_MAX   64

struct diver_note {
    uint32_t channel_version;
    uint32_t enclave_version; /* 0: it is no co-kernel */
    uint64_t entry;           /* virtual address */
};

/* Physical, whole pages; the first begins at a multiple of 2 MiB and holds the kernel. */
struct diver_region {
    uint64_t start, bytes;
};

enum diver_doorbell {
    DIVER_DOORBELL_NONE, /* the agent never sleeps longer than its back-off */
    DIVER_DOORBELL_UART, /* a byte written to the UART's data port (in loopback) wakes the agent */
};

/* The kernel's core is woken by an interrupt with this vector. */
#define DIVER_WAKE_VECTOR 0xf0

struct diver_enclave {
    uint64_t magic;
    uint32_t version;
    uint32_t region_count;
    struct diver_region regions[DIVER_REGIONS_MAX];
    struct diver_region app; /* the executable's bytes, in one of the regions; free after loading */
    uint64_t command_line;   /* physical address of a string that ends with NUL */
    uint64_t channel;        /* physical address of the cleared struct diver_channel */
    uint64_t channel_bytes;
    uint64_t trampoline; /* a page below 1 MiB that the kernel may start its other cores from */
    uint64_t tsc_hz;     /* never 0 */
    uint64_t wall_ns;    /* nanoseconds since 1970 when the TSC was `wall_tsc` */
    uint64_t wall_tsc;
    uint64_t init_tsc; /* TSC just before INIT was sent */
    uint32_t doorbell; /* enum diver_doorbell */
    uint32_t doorbell_port;
    uint32_t core_count;
    uint32_t x2apic;                    /* 1: the machine's local APICs are in x2APIC mode */
    uint32_t apic_ids[DIVER_CORES_MAX]; /* the first is the one that is entered */
};

_Static_assert(offsetof(struct diver_enclave, regions) == 16, "enclave");
_Static_assert(offsetof(struct diver_enclave, app) == 16 + 16 * DIVER_REGIONS_MAX, "enclave");
_Static_assert(offsetof(struct diver_enclave, apic_ids) == 1136, "enclave");

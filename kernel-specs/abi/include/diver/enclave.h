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
 *
 * A running enclave is given cores and memory, and is asked for them back, through struct
 * diver_resize, which lies in that MiB, too.
 */
#pragma once

#include <diver/channel.h>

#define DIVER_ENCLAVE_MAGIC 0x6576616c636e4544ull /* "DEnclave" */
#define DIVER_REGIONS_MAX   64
#define DIVER_DEVICES_MAX   16
#define DIVER_BARS          6
#define DIVER_CHUNK         0x200000ull /* memory is given and given back in multiples of it */

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

enum diver_bar_kind { DIVER_BAR_NONE, DIVER_BAR_MEMORY, DIVER_BAR_PORTS };

/* A PCI device that Linux has let go, as Linux described it (PCI 3.0, 6.1 and 6.2.5). */
struct diver_device {
    uint32_t address; /* segment << 16 | bus << 8 | device << 3 | function */
    uint32_t class;   /* class << 16 | subclass << 8 | interface */
    uint16_t vendor, device;
    uint32_t reserved;
    uint64_t config; /* physical address of its 4 KiB of configuration space (PCI Express 5.0,
                      * 7.2.2); 0: it can be reached by ports only, which are Linux's */
    struct {
        uint64_t start, bytes; /* physical addresses, or ports */
        uint32_t kind;         /* enum diver_bar_kind */
        uint32_t prefetchable;
    } bars[DIVER_BARS];
};

struct diver_enclave {
    uint64_t magic;
    uint32_t version;
    uint32_t region_count;
    struct diver_region regions[DIVER_REGIONS_MAX];
    struct diver_region app; /* the executable's bytes, in one of the regions; free after loading */
    uint64_t command_line;   /* physical address of a string that ends with NUL */
    uint64_t channel;        /* physical address of the cleared struct diver_channel */
    uint64_t channel_bytes;
    uint64_t trampoline; /* a page below 1 MiB that the kernel may start its other cores from, until
                          * struct diver_resize says that they run, and while DIVER_ADD_CORE is not
                          * answered: at other times it is Linux's */
    uint64_t tsc_hz;     /* never 0 */
    uint64_t wall_ns;    /* nanoseconds since 1970 when the TSC was `wall_tsc` */
    uint64_t wall_tsc;
    uint64_t init_tsc; /* TSC just before INIT was sent */
    uint32_t doorbell; /* enum diver_doorbell */
    uint32_t doorbell_port;
    uint32_t core_count;
    uint32_t x2apic;                    /* 1: the machine's local APICs are in x2APIC mode */
    uint32_t apic_ids[DIVER_CORES_MAX]; /* the first is the one that is entered */
    uint64_t resize;                    /* physical address of the cleared struct diver_resize */
    uint32_t device_count;
    uint32_t reserved;
    struct diver_device devices[DIVER_DEVICES_MAX];
};

/*
 * Requests to change what a running enclave has. The agent writes a request, its sequence number
 * last, and wakes a core of the enclave's with DIVER_WAKE_VECTOR (every one, if it likes). The
 * kernel answers when it has done what was asked, or has found that it cannot; the next request
 * comes after that. Cores have the numbers that the app sees; those of the start are numbered from
 * 0 on, in the order of `apic_ids`. An agent that gives up waiting asks for nothing more: it ends
 * the enclave.
 *
 * Results: 0, or a negated error number of Linux's.
 */
enum diver_resize_kind {
    /*
     * Arguments: the number, below DIVER_CORES_MAX, that no core has; its APIC's number. The core
     * is offline in Linux. The kernel starts it by way of `trampoline`, which the agent lends it
     * until the answer; answered when it runs, or when it has not started after a second or two
     * (-EIO: the agent sends INIT, so that it never will). -EEXIST: there is a core with one of the
     * numbers. -ENOMEM.
     */
    DIVER_ADD_CORE = 1,
    /*
     * Argument: its number. Its threads go on on others; those that were bound to it may run
     * anywhere from then on. When it is answered the core is halted with interrupts off, never to
     * go on: the agent sends INIT and may give it back before the next request. -ENODEV: there is
     * no such core. -EBUSY: it is the last.
     */
    DIVER_REMOVE_CORE = 2,
    /*
     * Arguments: physical address and bytes, multiples of DIVER_CHUNK. -EEXIST: some of it is the
     * enclave's. -ENOSPC: there are DIVER_REGIONS_MAX pieces. -EINVAL.
     */
    DIVER_ADD_MEMORY = 3,
    /*
     * Arguments: bytes; the first and the last address plus 1 of where from (0 and UINT64_MAX:
     * anywhere); the unit, a power of two from DIVER_CHUNK on, that each piece is a multiple of, as
     * is its address. The kernel chooses, and says in `ranges` what it has let go: nothing of its
     * own points there any more, in no core. All or nothing. -EBUSY: so much is not free there; the
     * answer says how much is. -E2BIG: it would be more than DIVER_REGIONS_MAX pieces. -EINVAL.
     */
    DIVER_REMOVE_MEMORY = 4,
};

struct diver_resize {
    struct {               /* written by the agent */
        uint64_t sequence; /* 1, 2, ...: stored last */
        uint32_t kind;     /* enum diver_resize_kind; of another: -EINVAL */
        uint32_t reserved;
        uint64_t argument[4];
        uint64_t rest[2];
    } request;
    struct {               /* written by the kernel */
        uint64_t sequence; /* of the request that this answers: stored last */
        int64_t result;
        uint64_t removable; /* bytes that DIVER_REMOVE_MEMORY of such a range and unit could have */
        uint32_t range_count;
        uint32_t reserved;
        uint64_t cores;  /* that run, a bit for each number; 0 until those of the start do */
        uint64_t memory; /* bytes the enclave has, … */
        uint64_t unused; /* … and of them those that nobody uses; as of the answer */
        uint64_t rest;
    } answer;
    struct diver_region ranges[DIVER_REGIONS_MAX]; /* written by the kernel, as `answer` */
};

_Static_assert(offsetof(struct diver_enclave, regions) == 16, "enclave");
_Static_assert(offsetof(struct diver_enclave, app) == 16 + 16 * DIVER_REGIONS_MAX, "enclave");
_Static_assert(offsetof(struct diver_enclave, apic_ids) == 1136, "enclave");
_Static_assert(offsetof(struct diver_enclave, devices) == 1408, "enclave");
_Static_assert(sizeof(struct diver_device) == 24 + 24 * DIVER_BARS, "device");
_Static_assert(offsetof(struct diver_device, bars) == 24, "device");
_Static_assert(offsetof(struct diver_resize, answer) == DIVER_CACHE_LINE,
               "one writer for each line");
_Static_assert(offsetof(struct diver_resize, ranges) == 2 * DIVER_CACHE_LINE, "resize");
_Static_assert(DIVER_CORES_MAX <= 64, "cores fit a mask");

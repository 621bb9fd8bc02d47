/* Interrupts to other cores, from user space. */
#include "apic.h"
#include "files.h"
#include "lib.h"
#include "sys.h"

/* Intel SDM volume 3, 11.4.1 and 11.6.1. */
#define APIC_BASE   0xfee00000
#define VERSION     0x030
#define ICR_LOW     0x300
#define ICR_HIGH    0x310
#define ICR_PENDING 0x1000
#define ICR_INIT    0x4500 /* INIT, assert */
#define ICR_STARTUP 0x4600
#define ICR_FIXED   0x4000
#define ICR_MODE    0x0700 /* all zeroes: an interrupt as any */
#define MSR_APIC    0x1b
#define APIC_X2     0x400
#define MSR_X2_ICR  0x830

static volatile uint32_t *registers;
static int msr = -1; /* of the core that we stay on; used in x2APIC mode only */
static bool x2apic;

bool apic_is_x2apic(void) {
    return x2apic;
}

/* Without the msr driver the mode cannot be asked: then it is the older one, or nothing answers. */
static bool ask_mode(void) {
    uint64_t value;
    int64_t descriptor = sys(__NR_open, "/dev/cpu/0/msr", O_RDWR | O_CLOEXEC);
    if (is_error(descriptor))
        return false;
    msr = hide((int)descriptor);
    return sys(__NR_pread64, msr, &value, sizeof value, MSR_APIC) == sizeof value &&
           (value & APIC_X2);
}

const char *apic_find(int memory) {
    x2apic = ask_mode();
    if (x2apic)
        return NULL;
    int64_t at = sys(__NR_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, APIC_BASE);
    if (is_error(at))
        return "This Linux keeps its local APIC to itself: boot it with iomem=relaxed.";
    registers = (volatile uint32_t *)at;
    if (registers[VERSION / 4] == UINT32_MAX)
        return "The local APIC is in x2APIC mode, which needs Linux's module msr: load it, or boot "
               "with nox2apic.";
    return NULL;
}

void apic_init(int memory) {
    const char *problem = apic_find(memory);
    if (problem)
        fail("%s", problem);
}

static void send(uint32_t apic_id, uint32_t command) {
    if (x2apic) {
        uint64_t value = (uint64_t)apic_id << 32 | command;
        sys(__NR_pwrite64, msr, &value, sizeof value, MSR_X2_ICR);
        return;
    }
    /* Linux may send one of its own from this core between our two writes, and ours would go where
     * that went: at the start of a time slice, and with a look in between, there are only a few
     * instructions for that. Where it happens to one that does no harm, it goes out again. */
    if (command & ICR_MODE)
        sys(__NR_sched_yield);
    do {
        while (registers[ICR_LOW / 4] & ICR_PENDING)
            ;
        do
            registers[ICR_HIGH / 4] = apic_id << 24;
        while (registers[ICR_HIGH / 4] != apic_id << 24);
        registers[ICR_LOW / 4] = command;
    } while (registers[ICR_HIGH / 4] != apic_id << 24);
}

void apic_send_init(uint32_t apic_id) {
    send(apic_id, ICR_INIT);
}

void apic_send_startup(uint32_t apic_id, uint32_t page) {
    send(apic_id, ICR_STARTUP | page >> 12);
}

void apic_send_interrupt(uint32_t apic_id, uint8_t vector) {
    send(apic_id, ICR_FIXED | vector);
}

/* --- which core is which: ACPI 6.4, 5.2.12, multiple APIC description table --- */

#define MADT_ENTRIES 44
#define LOCAL_APIC   0 /* type, length, uid 1, apic 1, flags 4 */
#define LOCAL_X2APIC 9 /* type, length, reserved 2, apic 4, flags 4, uid 4 */

static uint32_t read_u32(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Linux numbers the cores in the table's order; the one that booted comes first in both. */
bool apic_of_cpu(uint32_t cpu, uint32_t *apic_id) {
    static uint8_t table[16384];
    int64_t size = file_read("/sys/firmware/acpi/tables/APIC", (char *)table, sizeof table);
    if (is_error(size))
        fail("This Linux does not show the machine's cores: /sys/firmware/acpi/tables/APIC is "
             "needed.");
    for (int64_t at = MADT_ENTRIES; at + 2 <= size && table[at + 1] >= 2; at += table[at + 1]) {
        const uint8_t *entry = table + at;
        bool local = entry[0] == LOCAL_APIC && entry[1] >= 8;
        bool extended = entry[0] == LOCAL_X2APIC && entry[1] >= 16;
        if ((!local && !extended) || at + entry[1] > size ||
            !(read_u32(entry + (local ? 4 : 8)) & 1 /* enabled */))
            continue;
        *apic_id = local ? entry[3] : read_u32(entry + 4);
        if (cpu-- == 0)
            return true;
    }
    return false;
}

#include "cores.h"
#include "apic.h"
#include "clock.h"
#include "files.h"
#include "image.h"
#include "lib.h"
#include "sys.h"

#include <diver/enclave.h>

#define LOW_PAGES 6 /* the trampoline, and five page tables */

static const struct options *options;
static struct {
    uint32_t apic_id;
    int online; /* descriptor of its sysfs file; negative: Linux has never had it */
    bool taken; /* it was Linux's */
} cores[CORES_MAX];

static uint8_t *low, saved[LOW_PAGES * PAGE];

/* --- finding --- */

static void find_core(size_t n) {
    char path[64];
    uint32_t cpu = options->cores[n];
    if (cpu == 0)
        fail("Core 0 stays with Linux: it booted there.");
    for (size_t i = 0; i < n; i++)
        if (options->cores[i] == cpu)
            fail("Core %u is given twice.", cpu);
    if (!apic_of_cpu(cpu, &cores[n].apic_id))
        fail("This machine has no core %u.", cpu);
    format(path, sizeof path, "/sys/devices/system/cpu/cpu%u/online", cpu);
    int64_t file = sys(__NR_open, path, O_RDWR | O_CLOEXEC);
    cores[n].online = is_error(file) ? -1 : hide((int)file);
}

void cores_find(const struct options *given, int memory) {
    options = given;
    if (options->core_count == 0)
        fail("An enclave needs a core.");
    apic_init(memory);
    for (size_t i = 0; i < options->core_count; i++)
        find_core(i);
    int64_t at =
        sys(__NR_mmap, 0, LOW_PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, LOW_START);
    if (is_error(at))
        fail("This Linux does not let its first MiB be written, where cores start: error %d.",
             (int)-at);
    low = (uint8_t *)at;
}

void cores_apic_ids(uint32_t *apic_ids) {
    for (size_t i = 0; i < options->core_count; i++)
        apic_ids[i] = cores[i].apic_id;
}

/* --- taking and giving back --- */

static void take(size_t n) {
    char state = '0';
    if (cores[n].online < 0)
        return;
    sys(__NR_pread64, cores[n].online, &state, 1, 0);
    if (state != '1')
        return;
    int64_t result = sys(__NR_pwrite64, cores[n].online, "0", 1, 0);
    if (is_error(result)) {
        cores_give_back();
        fail("Linux does not give up core %u: error %d.", options->cores[n], (int)-result);
    }
    cores[n].taken = true;
}

void cores_give_back(void) {
    for (size_t i = 0; i < options->core_count; i++)
        if (cores[i].taken || cores[i].online < 0)
            apic_send_init(cores[i].apic_id);
    memcpy(low, saved, sizeof saved);
    for (size_t i = 0; i < options->core_count; i++)
        if (cores[i].taken)
            sys(__NR_pwrite64, cores[i].online, "1", 1, 0);
}

/* --- starting --- */

struct blanks {
    uint64_t argument, entry;
    uint32_t tables, target;
    uint16_t selector, gdt_limit;
    uint32_t gdt, alive;
};

extern const uint8_t trampoline_start[], trampoline_end[], trampoline_blanks[];

#define TABLE_FLAGS 3    /* present, writable */
#define LARGE_FLAGS 0xe3 /* also accessed, dirty, page size */

/* The first 2 MiB one to one, and the kernel's 16 MiB where it is linked. */
static void make_tables(uint64_t base) {
    uint64_t(*table)[512] = (uint64_t(*)[512])(low + PAGE);
    memset(table, 0, 5 * PAGE);
    uint64_t first = LOW_START + PAGE;
    table[0][0] = (first + 1 * PAGE) | TABLE_FLAGS;
    table[1][0] = (first + 2 * PAGE) | TABLE_FLAGS;
    table[2][0] = LARGE_FLAGS;
    table[0][511] = (first + 3 * PAGE) | TABLE_FLAGS;
    table[3][510] = (first + 4 * PAGE) | TABLE_FLAGS;
    for (uint64_t i = 0; i < IMAGE_END / CHUNK; i++)
        table[4][i] = (base + i * CHUNK) | LARGE_FLAGS;
}

static volatile struct blanks *make_trampoline(uint64_t base, uint64_t entry) {
    memcpy(low, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    make_tables(base);
    struct blanks *blanks = (struct blanks *)(low + (trampoline_blanks - trampoline_start));
    blanks->argument = base;
    blanks->entry = entry;
    blanks->tables = LOW_START + PAGE;
    blanks->target += LOW_START;
    blanks->gdt += LOW_START;
    return blanks;
}

static bool is_alive(const volatile struct blanks *blanks, uint64_t patience) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC);
    while (!blanks->alive && nanoseconds(CLOCK_MONOTONIC) - start < patience)
        ;
    return blanks->alive;
}

/* Intel SDM volume 3, 9.4.4.1: the second SIPI is for a core that missed the first. */
void cores_start(uint64_t base, uint64_t entry, uint64_t *init_tsc) {
    memcpy(saved, low, sizeof saved);
    for (size_t i = 0; i < options->core_count; i++)
        take(i);
    volatile struct blanks *blanks = make_trampoline(base, entry);
    *init_tsc = read_tsc();
    apic_send_init(cores[0].apic_id);
    for (int tries = 0; tries < 2; tries++) {
        apic_send_startup(cores[0].apic_id, LOW_START);
        if (is_alive(blanks, tries ? 200000000 : 10000000))
            return;
    }
    cores_give_back();
    fail("Core %u does not start: it did not answer INIT and SIPI.", options->cores[0]);
}

void cores_wake(uint32_t n) {
    apic_send_interrupt(cores[n].apic_id, DIVER_WAKE_VECTOR);
}

#include "cores.h"
#include "apic.h"
#include "files.h"
#include "lib.h"
#include "low.h"
#include "sys.h"

#include <diver/enclave.h>

static const struct options *options;
static struct {
    uint32_t apic_id;
    int online; /* descriptor of its sysfs file; negative: Linux has never had it */
    bool taken; /* it was Linux's */
} cores[CORES_MAX];

static uint8_t saved[LOW_BYTES];

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
    low_map(memory, LOW_START);
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
    low_restore(saved);
    for (size_t i = 0; i < options->core_count; i++)
        if (cores[i].taken)
            sys(__NR_pwrite64, cores[i].online, "1", 1, 0);
}

void cores_start(uint64_t base, uint64_t entry, uint64_t *init_tsc) {
    low_save(saved);
    for (size_t i = 0; i < options->core_count; i++)
        take(i);
    if (low_start(cores[0].apic_id, base, entry, init_tsc))
        return;
    cores_give_back();
    fail("Core %u does not start: it did not answer INIT and SIPI.", options->cores[0]);
}

void cores_wake(uint32_t n) {
    apic_send_interrupt(cores[n].apic_id, DIVER_WAKE_VECTOR);
}

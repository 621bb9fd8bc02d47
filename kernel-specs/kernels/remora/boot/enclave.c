/* The way in beside a running Linux: what the agent says, and page tables of our own. */
#include "remora/boot.h"
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"

#include <diver/enclave.h>

static struct boot_info boot;
static struct diver_enclave enclave;

static void read_regions(void) {
    for (uint32_t i = 0; i < enclave.region_count && boot.ram_count < REGIONS_MAX; i++) {
        struct diver_region region = enclave.regions[i];
        boot.ram[boot.ram_count++] = (struct region){region.start, region.start + region.bytes};
    }
}

_Noreturn void cokernel_main(uint64_t physical) {
    physical_base = physical;
    memcpy(&enclave, (const void *)KERNEL_BASE, sizeof enclave);
    machine_share(); /* from here on: no devices, Linux has them */
    direct_enclave();
    if (enclave.magic != DIVER_ENCLAVE_MAGIC || enclave.version != DIVER_ENCLAVE_VERSION)
        machine_power_off(); /* nobody can be told */
    read_regions();
    boot.app = (struct region){enclave.app.start, enclave.app.start + enclave.app.bytes};
    boot.enclave = &enclave;
    const char *line = physical_to_kernel(enclave.command_line);
    memcpy(boot.command_line, line, MIN(strlen(line), sizeof boot.command_line - 1));
    kernel_main(&boot);
}

/* PCI devices that Linux has let the enclave have: listed, and their registers reached. */
#include "remora/boot.h"
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/report.h"

#include <diver/enclave.h>

#define REGISTERS_MAX MIB(16) /* of a device are mapped */

/* Its first register, as far as it can be reached. */
static bool read_register(const struct diver_device *device, uint32_t *value) {
    for (int i = 0; i < DIVER_BARS; i++) {
        uint64_t start = device->bars[i].start, bytes = device->bars[i].bytes;
        if (device->bars[i].kind != DIVER_BAR_MEMORY)
            continue;
        if (start % sizeof *value != 0 || bytes < sizeof *value ||
            !direct_device(start, MIN(bytes, REGISTERS_MAX)))
            return false;
        *value = *(const volatile uint32_t *)physical_to_kernel(start);
        return true;
    }
    return false;
}

/* Whether it answers to the vendor's and its own number (PCI 3.0, 6.2.1). */
static bool answers(const struct diver_device *device) {
    if (device->config == 0 || device->config % PAGE_SIZE != 0 ||
        !direct_device(device->config, PAGE_SIZE))
        return false;
    uint32_t id = *(const volatile uint32_t *)physical_to_kernel(device->config);
    return id == ((uint32_t)device->device << 16 | device->vendor);
}

static void list(const struct diver_device *device) {
    uint32_t value = 0, at = device->address;
    bool has = read_register(device, &value), configured = answers(device);
    log_line("pci %04x:%02x:%02x.%u: %04x:%04x, class %06x, configuration %s", at >> 16,
             at >> 8 & 0xff, at >> 3 & 31, at & 7, device->vendor, device->device, device->class,
             configured ? "answers" : "is out of reach");
    for (int i = 0; i < DIVER_BARS; i++)
        if (device->bars[i].kind != DIVER_BAR_NONE)
            log_line("  %lu bytes of %s from 0x%lx", device->bars[i].bytes,
                     device->bars[i].kind == DIVER_BAR_MEMORY ? "registers" : "ports",
                     device->bars[i].start);
    if (has)
        log_line("  the first register is 0x%x", value);
    report_device(device, configured, has ? &value : NULL);
}

void devices_list(const struct boot_info *boot) {
    const struct diver_enclave *enclave = boot->enclave;
    if (!enclave)
        return;
    for (uint32_t i = 0; i < MIN(enclave->device_count, DIVER_DEVICES_MAX); i++)
        list(&enclave->devices[i]);
}

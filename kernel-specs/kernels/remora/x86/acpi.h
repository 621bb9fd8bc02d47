/* What cores.c learns from the firmware. */
#pragma once

#include <stdint.h>

/* Calls `found` for each core that can be used; for none where there are no tables. */
void acpi_cores(uint64_t rsdp, void (*found)(uint32_t apic_id));

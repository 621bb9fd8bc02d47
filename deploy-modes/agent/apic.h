/* The local APIC of the core that this runs on: interrupts to other cores. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Finds out how the machine's APICs are reached; ends the agent, naming what lacks, if they are
 * not. `memory` is a descriptor of /dev/mem. */
void apic_init(int memory);
/* The same, but says what lacks; NULL if nothing does. */
const char *apic_find(int memory);
bool apic_is_x2apic(void);

void apic_send_init(uint32_t apic_id);
/* Starts the core in real mode at `page`, a multiple of 4 KiB below 1 MiB. */
void apic_send_startup(uint32_t apic_id, uint32_t page);
void apic_send_interrupt(uint32_t apic_id, uint8_t vector);

/* The APIC's number of the core that Linux calls `cpu`, by the machine's ACPI table; false if there
 * is no such core. */
bool apic_of_cpu(uint32_t cpu, uint32_t *apic_id);

/* The two machines remora knows, and their power switches. */
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/x86.h"

#define VIRTIO_WINDOW 0xfeb00000
#define VIRTIO_MAGIC  0x74726976 /* "virt" */

/* microvm's ACPI generic event device (ACPI 6, 4.8.3.7: sleep control; QEMU: reset). */
#define GED_SLEEP_CONTROL 0xfea00200
#define GED_RESET         0xfea00202
#define SLEEP_S5          (5 << 2 | 1 << 5)
#define RESET_VALUE       0x42

/* pc: the power management function of Intel's PIIX4 (datasheet, 7.1: PMBA; 7.2: PMCNTRL). */
#define PCI_ADDRESS      0xcf8
#define PCI_DATA         0xcfc
#define PIIX4_POWER      (1u << 31 | 1 << 11 | 3 << 8) /* bus 0, device 1, function 3 */
#define PIIX4_ID         0x71138086
#define PIIX4_PMBA       0x40
#define PMCNTRL          4
#define PMCNTRL_SOFT_OFF 0x2000

#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_RESET   0xfe

static bool shared;

void machine_share(void) {
    shared = true;
}

enum machine machine_detect(void) {
    if (shared)
        return MACHINE_SHARED;
    volatile uint32_t *magic = physical_to_kernel(VIRTIO_WINDOW);
    return *magic == VIRTIO_MAGIC ? MACHINE_MICROVM : MACHINE_PC;
}

static uint32_t pci_read(uint32_t function, uint32_t offset) {
    outl(PCI_ADDRESS, function | offset);
    return inl(PCI_DATA);
}

_Noreturn static void halt(void) {
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* In a shared machine there is nothing to switch off: the agent takes the cores back. */
_Noreturn void machine_power_off(void) {
    if (shared)
        halt();
    if (machine_detect() == MACHINE_MICROVM)
        *(volatile uint8_t *)physical_to_kernel(GED_SLEEP_CONTROL) = SLEEP_S5;
    else if (pci_read(PIIX4_POWER, 0) == PIIX4_ID)
        outw((pci_read(PIIX4_POWER, PIIX4_PMBA) & 0xffc0) + PMCNTRL, PMCNTRL_SOFT_OFF);
    log_line("this machine has no power switch that remora knows");
    halt();
}

_Noreturn void machine_reset(void) {
    if (shared)
        halt();
    if (machine_detect() == MACHINE_MICROVM)
        *(volatile uint8_t *)physical_to_kernel(GED_RESET) = RESET_VALUE;
    outb(KEYBOARD_COMMAND, KEYBOARD_RESET);
    halt();
}

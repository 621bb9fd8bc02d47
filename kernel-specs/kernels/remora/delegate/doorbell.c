/*
 * Waking the agent, and being woken by it. In a full VM both are bytes over COM2, a 16550 whose
 * other end is the agent's socket; in a partition the agent wakes a core with an interrupt.
 */
#include "channel.h"
#include "remora/delegate.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/x86.h"

#define COM2         0x2f8
#define COM2_IRQ     3 /* of the IOAPIC's pins, too: neither machine moves it */
#define DATA         0
#define INTERRUPTS   1
#define FIFO         2
#define LINE         3
#define MODEM        4
#define STATUS       5
#define DIVISOR_LOW  0
#define DIVISOR_HIGH 1

#define INTERRUPT_RECEIVED 0x01
#define LINE_DIVISOR       0x80
#define LINE_8N1           0x03
#define FIFO_ON_CLEARED    0x07
#define MODEM_DTR_RTS_OUT2 0x0b /* OUT2 lets the interrupt out */
#define STATUS_RECEIVED    0x01
#define STATUS_CAN_SEND    0x20

static uint16_t port; /* 0: the agent needs no ring */

/* --- the UART --- */

static void send(const void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        while (!(inb(port + STATUS) & STATUS_CAN_SEND))
            __asm__ volatile("pause");
        outb(port + DATA, ((const uint8_t *)bytes)[i]);
    }
}

static void uart_init(void) {
    outb(port + LINE, LINE_DIVISOR);
    outb(port + DIVISOR_LOW, 1);
    outb(port + DIVISOR_HIGH, 0);
    outb(port + LINE, LINE_8N1);
    outb(port + FIFO, FIFO_ON_CLEARED);
    outb(port + MODEM, MODEM_DTR_RTS_OUT2);
    outb(port + INTERRUPTS, INTERRUPT_RECEIVED);
}

/* --- its interrupt (Intel 82093AA, 3.2.4) --- */

#define IOAPIC          0xfec00000
#define IOAPIC_SELECT   0x00
#define IOAPIC_WINDOW   0x10
#define REDIRECTION(n)  (0x10 + 2 * (n))
#define DESTINATION_BIT 24

static void ioapic_write(uint32_t index, uint32_t value) {
    *(volatile uint32_t *)physical_to_kernel(IOAPIC + IOAPIC_SELECT) = index;
    *(volatile uint32_t *)physical_to_kernel(IOAPIC + IOAPIC_WINDOW) = value;
}

/* To the first core: fixed, physical, edge-triggered, active high. */
static void route_interrupt(void) {
    ioapic_write(REDIRECTION(COM2_IRQ) + 1, cpuid(1, 0).ebx >> DESTINATION_BIT << DESTINATION_BIT);
    ioapic_write(REDIRECTION(COM2_IRQ), VECTOR_DOORBELL);
}

void doorbell_init(uint64_t channel_physical) {
    port = COM2;
    uart_init();
    route_interrupt();
    const uint64_t hello[2] = {DIVER_HELLO, channel_physical};
    send(hello, sizeof hello);
}

void doorbell_use(uint16_t uart) {
    port = uart;
}

/* A byte that is still on its way is ring enough: the agent reads it after what was written. */
void doorbell_ring(void) {
    if (port && (inb(port + STATUS) & STATUS_CAN_SEND))
        outb(port + DATA, 0);
}

/* --- sleeping --- */

void delegate_asleep(void) {
    if (channel)
        __atomic_store_n(&channel->cores[cpu_index()].delegator.sleeping, 1, __ATOMIC_SEQ_CST);
}

void delegate_awake(void) {
    if (channel)
        __atomic_store_n(&channel->cores[cpu_index()].delegator.sleeping, 0, __ATOMIC_RELAXED);
}

/* The bell of the machine rings at the first core, which passes it on to those that sleep. */
void delegate_rung(void) {
    while (inb(port + STATUS) & STATUS_RECEIVED)
        inb(port + DATA);
    apic_acknowledge();
    for (struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        if (cpu != cpu_current() &&
            __atomic_load_n(&channel->cores[cpu->index].delegator.sleeping, __ATOMIC_SEQ_CST))
            apic_send(cpu->apic_id, VECTOR_CORE);
}

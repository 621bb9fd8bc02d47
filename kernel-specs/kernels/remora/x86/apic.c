/* The local APIC, of which only the timer is used: one shot, to end a halt. */
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/x86.h"

#define APIC_EOI           0x0b0
#define APIC_SPURIOUS      0x0f0
#define APIC_LVT_TIMER     0x320
#define APIC_INITIAL_COUNT 0x380
#define APIC_CURRENT_COUNT 0x390
#define APIC_DIVIDE        0x3e0

#define APIC_ENABLE      0x100u
#define APIC_DIVIDE_BY_1 0xbu
#define APIC_LVT_MASKED  0x10000u

#define NANOSECONDS 1000000000ull

static uint64_t frequency; /* of the timer, Hz */

static volatile uint32_t *reg(uint32_t offset) {
    return physical_to_kernel(0xfee00000 + offset);
}

void apic_init(void) {
    *reg(APIC_SPURIOUS) = APIC_ENABLE | VECTOR_SPURIOUS;
    *reg(APIC_DIVIDE) = APIC_DIVIDE_BY_1;
}

void apic_count_start(void) {
    *reg(APIC_LVT_TIMER) = APIC_LVT_MASKED | VECTOR_TIMER;
    *reg(APIC_INITIAL_COUNT) = UINT32_MAX;
}

uint32_t apic_counted(void) {
    return UINT32_MAX - *reg(APIC_CURRENT_COUNT);
}

void apic_set_frequency(uint64_t hertz) {
    frequency = hertz;
    *reg(APIC_INITIAL_COUNT) = 0;
}

void apic_halt(uint64_t nanoseconds) {
    uint64_t counts = MIN(nanoseconds, NANOSECONDS) * (frequency / 1000) / (NANOSECONDS / 1000);
    *reg(APIC_LVT_TIMER) = VECTOR_TIMER;
    *reg(APIC_INITIAL_COUNT) = (uint32_t)MAX(1, MIN(counts, UINT32_MAX));
    /* STI takes effect after HLT has begun, so the interrupt cannot slip in between. */
    __asm__ volatile("sti; hlt; cli" ::: "memory");
    *reg(APIC_INITIAL_COUNT) = 0;
}

void apic_acknowledge(void) {
    *reg(APIC_EOI) = 0;
}

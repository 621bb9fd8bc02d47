/* The local APIC: its timer, one shot, and interrupts to other cores. */
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/x86.h"

#define APIC_ID            0x020
#define APIC_EOI           0x0b0
#define APIC_SPURIOUS      0x0f0
#define APIC_COMMAND       0x300
#define APIC_COMMAND_HIGH  0x310
#define APIC_LVT_TIMER     0x320
#define APIC_INITIAL_COUNT 0x380
#define APIC_CURRENT_COUNT 0x390
#define APIC_DIVIDE        0x3e0

#define APIC_ENABLE      0x100u
#define APIC_DIVIDE_BY_1 0xbu
#define APIC_LVT_MASKED  0x10000u

#define NANOSECONDS 1000000000ull

static uint64_t frequency; /* of the timer, Hz */

/* Intel SDM volume 3, 11.12.1.2: the x2APIC's registers are MSRs, in the same order. */
#define MSR_X2APIC(offset) (0x800 + ((offset) >> 4))

static bool x2apic;

static volatile uint32_t *reg(uint32_t offset) {
    return physical_to_kernel(0xfee00000 + offset);
}

static uint32_t get(uint32_t offset) {
    return x2apic ? (uint32_t)read_msr(MSR_X2APIC(offset)) : *reg(offset);
}

static void set(uint32_t offset, uint32_t value) {
    if (x2apic)
        write_msr(MSR_X2APIC(offset), value);
    else
        *reg(offset) = value;
}

#define X2APIC_ON 0xc00 /* in MSR_APIC_BASE: enabled, extended */

void apic_init(bool is_x2apic) {
    x2apic = is_x2apic;
    if (x2apic) /* INIT has left this core's in the older mode */
        write_msr(MSR_APIC_BASE, read_msr(MSR_APIC_BASE) | X2APIC_ON);
    set(APIC_SPURIOUS, APIC_ENABLE | VECTOR_SPURIOUS);
    set(APIC_DIVIDE, APIC_DIVIDE_BY_1);
}

void apic_count_start(void) {
    set(APIC_LVT_TIMER, APIC_LVT_MASKED | VECTOR_TIMER);
    set(APIC_INITIAL_COUNT, UINT32_MAX);
}

uint32_t apic_counted(void) {
    return UINT32_MAX - get(APIC_CURRENT_COUNT);
}

void apic_set_frequency(uint64_t hertz) {
    frequency = hertz;
    set(APIC_INITIAL_COUNT, 0);
}

static uint32_t counts_of(uint64_t nanoseconds) {
    uint64_t counts = MIN(nanoseconds, NANOSECONDS) * (frequency / 1000) / (NANOSECONDS / 1000);
    return (uint32_t)MAX(1, MIN(counts, UINT32_MAX));
}

void apic_arm(uint64_t nanoseconds) {
    set(APIC_LVT_TIMER, VECTOR_TIMER);
    set(APIC_INITIAL_COUNT, counts_of(nanoseconds));
}

static void set_alarm(void) {
    uint64_t alarm = cpu_current()->alarm, now = clock_now();
    if (alarm != FOREVER)
        apic_arm(alarm > now ? alarm - now : 1);
    else
        set(APIC_INITIAL_COUNT, 0);
}

void apic_halt(uint64_t nanoseconds) {
    if (nanoseconds != FOREVER)
        apic_arm(nanoseconds);
    /* STI takes effect after HLT has begun, so the interrupt cannot slip in between. */
    __asm__ volatile("sti; hlt; cli" ::: "memory");
    set_alarm(); /* in whose place the halt has used the timer, or taken its interrupt */
}

void apic_acknowledge(void) {
    set(APIC_EOI, 0);
}

/* --- other cores (Intel SDM volume 3, 11.6.1) --- */

#define COMMAND_INIT    0x4500u /* asserted */
#define COMMAND_STARTUP 0x4600u
#define COMMAND_FIXED   0x4000u
#define COMMAND_PENDING 0x1000u

uint32_t apic_id(void) {
    return x2apic ? get(APIC_ID) : get(APIC_ID) >> 24;
}

static void command(uint32_t to, uint32_t what) {
    if (x2apic) {
        __asm__ volatile("mfence; lfence" ::: "memory"); /* WRMSR to it does not order by itself */
        write_msr(MSR_X2APIC(APIC_COMMAND), (uint64_t)to << 32 | what);
        return;
    }
    *reg(APIC_COMMAND_HIGH) = to << 24;
    *reg(APIC_COMMAND) = what;
    while (*reg(APIC_COMMAND) & COMMAND_PENDING)
        __asm__ volatile("pause");
}

void apic_send(uint32_t to, uint8_t vector) {
    command(to, COMMAND_FIXED | vector);
}

void apic_send_init(uint32_t to) {
    command(to, COMMAND_INIT);
}

void apic_send_startup(uint32_t to, uint64_t page) {
    command(to, COMMAND_STARTUP | (uint32_t)(page / PAGE_SIZE));
}

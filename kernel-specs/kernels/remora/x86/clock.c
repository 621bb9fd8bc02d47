/* Time from the TSC: its frequency as the hypervisor or CPUID says, or measured with the PIT. */
#include "remora/boot.h"
#include "remora/lib.h"
#include "remora/x86.h"

#include <diver/enclave.h>

#define NANOSECONDS 1000000000ull

/*
 * The PIT (Intel 8254) counts down at this rate. Channel 0, since microvm has no port 0x61 to open
 * channel 2's gate; its interrupt is masked.
 */
#define PIT_HZ            1193182ull
#define PIT_CHANNEL_0     0x40
#define PIT_COMMAND       0x43
#define PIT_MODE_0        0x30 /* channel 0, low then high byte, output rises at zero */
#define PIT_READ_BACK     0xc2 /* latch channel 0's status and count */
#define PIT_STATUS_OUTPUT 0x80 /* the count has passed zero */
#define PIT_LEAST         (PIT_HZ * 3 / 1000) /* a measurement takes at least 3 ms */
#define PIC_1_MASK        0x21
#define PIC_2_MASK        0xa1

#define KVM_SIGNATURE_EBX 0x4b4d564bu /* "KVMK" */
#define KVM_FREQUENCIES   0x40000010u /* EAX: TSC kHz, EBX: APIC bus kHz */

uint64_t rtc_read(void);

/* One look at three clocks. */
struct sample {
    uint64_t tsc;
    uint32_t pit;  /* ticks since pit_start */
    uint32_t apic; /* counts since apic_count_start */
    bool pit_passed;
};

static struct sample calibration_start;
static uint64_t tsc_hz;
static uint64_t wall_at_boot; /* nanoseconds since 1970 at entry_tsc */
static uint64_t multiplier;   /* nanoseconds = ticks * multiplier >> 32; 0 until clock_ready */

static void pit_start(void) {
    outb(PIC_1_MASK, 0xff);
    outb(PIC_2_MASK, 0xff);
    outb(PIT_COMMAND, PIT_MODE_0);
    outb(PIT_CHANNEL_0, 0xff);
    outb(PIT_CHANNEL_0, 0xff);
}

/* The latch command is what takes the time; of a few tries the shortest is the most exact. */
static struct sample sample_take(void) {
    struct sample best = {0};
    uint64_t shortest = UINT64_MAX;
    for (int i = 0; i < 5; i++) {
        uint64_t before = read_tsc();
        outb(PIT_COMMAND, PIT_READ_BACK);
        uint64_t after = read_tsc();
        uint32_t apic = apic_counted();
        bool passed = inb(PIT_CHANNEL_0) & PIT_STATUS_OUTPUT;
        uint32_t count = inb(PIT_CHANNEL_0);
        count |= (uint32_t)inb(PIT_CHANNEL_0) << 8;
        if (after - before < shortest) {
            shortest = after - before;
            best = (struct sample){before + (after - before) / 2, 0xffff - count, apic, passed};
        }
    }
    return best;
}

static void calibration_begin(void) {
    pit_start();
    apic_count_start();
    calibration_start = sample_take();
}

/* False if the PIT went round meanwhile (after 55 ms): the machine was held up. */
static bool calibration_end(uint64_t *apic_hz) {
    struct sample end = sample_take();
    while (end.pit - calibration_start.pit < PIT_LEAST && !end.pit_passed)
        end = sample_take();
    if (end.pit_passed)
        return false;
    uint64_t ticks = end.pit - calibration_start.pit;
    tsc_hz = (end.tsc - calibration_start.tsc) * PIT_HZ / ticks;
    *apic_hz = (uint64_t)(end.apic - calibration_start.apic) * PIT_HZ / ticks;
    return true;
}

/* Asks the hypervisor, which knows; only KVM (and those that follow it) has this leaf. */
static bool ask_hypervisor(uint64_t *apic_hz) {
    struct cpuid base = cpuid(0x40000000, 0);
    if (!(cpuid(1, 0).ecx >> 31) || base.ebx != KVM_SIGNATURE_EBX || base.eax < KVM_FREQUENCIES)
        return false;
    struct cpuid frequencies = cpuid(KVM_FREQUENCIES, 0);
    tsc_hz = frequencies.eax * 1000ull;
    *apic_hz = frequencies.ebx * 1000ull;
    return tsc_hz != 0 && *apic_hz != 0;
}

/* Beside a Linux, the agent knows; only the APIC's timer is measured, against the TSC. */
static const struct diver_enclave *enclave;

static void take_enclave(void) {
    entry_tsc = enclave->init_tsc;
    tsc_hz = enclave->tsc_hz;
    uint64_t ticks = entry_tsc - enclave->wall_tsc;
    wall_at_boot =
        enclave->wall_ns + ticks / tsc_hz * NANOSECONDS + ticks % tsc_hz * NANOSECONDS / tsc_hz;
    apic_count_start();
    calibration_start = (struct sample){.tsc = read_tsc(), .apic = apic_counted()};
}

/* A millisecond is enough, and the boot has mostly taken it. */
static uint64_t measure_apic(void) {
    uint64_t ticks;
    do
        ticks = read_tsc() - calibration_start.tsc;
    while (ticks < tsc_hz / 1000);
    uint64_t counts = apic_counted() - calibration_start.apic;
    return counts * (tsc_hz / 1000) / (ticks / 1000);
}

void clock_init(const struct boot_info *boot) {
    enclave = boot->enclave;
    apic_init(enclave && enclave->x2apic);
    if (enclave) {
        take_enclave();
        return;
    }
    wall_at_boot = rtc_read() * NANOSECONDS;
    calibration_begin();
}

void clock_ready(void) {
    uint64_t apic_hz;
    if (enclave)
        apic_hz = measure_apic();
    else if (!ask_hypervisor(&apic_hz))
        for (int tries = 1; !calibration_end(&apic_hz); tries++) {
            if (tries == 20)
                panic("the TSC cannot be calibrated: the PIT does not keep time");
            calibration_begin();
        }
    multiplier = (NANOSECONDS << 32) / tsc_hz;
    apic_set_frequency(apic_hz);
}

uint64_t clock_of(uint64_t ticks) {
    return (uint64_t)((unsigned __int128)ticks * multiplier >> 32);
}

uint64_t clock_now(void) {
    return clock_of(read_tsc() - entry_tsc);
}

uint64_t clock_wall(void) {
    return wall_at_boot + clock_now();
}

/* In nanoseconds: how long to spin for an answer that is on its way, and how long to halt where
 * nobody rings when it comes. A person does not notice the longest. */
#define WAIT_SPIN     20000ull
#define WAIT_SHORTEST 50000ull
#define WAIT_LONGEST  4000000ull

void wait_holding(bool (*ready)(void *), void *argument) {
    uint64_t start = clock_now(), pause = WAIT_SHORTEST;
    while (!ready(argument)) {
        if (multiplier == 0 || clock_now() - start < WAIT_SPIN) {
            __asm__ volatile("pause"); /* the timer is not ours to use before clock_ready */
            continue;
        }
        apic_halt(pause);
        pause = MIN(pause * 2, WAIT_LONGEST);
    }
}

/* What cores ask of each other: to look up, to flush translations, to end. */
#include "remora/memory.h"
#include "remora/x86.h"

void core_kick(struct cpu *cpu) {
    __atomic_store_n(&cpu->attention, true, __ATOMIC_SEQ_CST);
    if (cpu != cpu_current() && (cpu->halted || !cpu->idle))
        apic_send(cpu->apic_id, VECTOR_CORE);
}

void core_settle(struct cpu *cpu) {
    cpu->settle = true;
    core_kick(cpu);
}

#define PATIENCE 4000000000ull /* ticks of the TSC, a second or two: a core that hears nothing */

static struct cpu *stopper; /* the core that ends all others */

_Noreturn static void stop(struct cpu *cpu) {
    __atomic_store_n(&cpu->started, false, __ATOMIC_RELEASE);
    for (;;)
        __asm__ volatile("cli; hlt");
}

void cores_stop(void) {
    struct cpu *self = cpu_current();
    struct cpu *nobody = NULL;
    if (!__atomic_compare_exchange_n(&stopper, &nobody, self, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        core_attend(); /* somebody else was first; or this is a panic on the way out */
        return;
    }
    for (struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        if (cpu != self)
            apic_send(cpu->apic_id, VECTOR_CORE);
    uint64_t start = read_tsc();
    for (struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        while (cpu != self && __atomic_load_n(&cpu->started, __ATOMIC_ACQUIRE) &&
               read_tsc() - start < PATIENCE)
            __asm__ volatile("pause");
}

/* --- flushing their translations --- */

#define FLUSH_ALL_FROM (32 * PAGE_SIZE) /* from here on one page at a time takes longer */

static struct {
    uint64_t count; /* stored last */
    uint64_t start, end;
    bool everybody; /* idle cores, too */
} request;

static void flush_everything(void) {
    __asm__ volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" ::: "rax", "memory");
}

static void flush_range(uint64_t start, uint64_t end) {
    if (end - start >= FLUSH_ALL_FROM) {
        flush_everything();
        return;
    }
    for (; start < end; start += PAGE_SIZE)
        __asm__ volatile("invlpg (%0)" ::"r"(start) : "memory");
}

static bool has_flushed(const struct cpu *cpu) {
    return (cpu->idle && !request.everybody) ||
           __atomic_load_n(&cpu->flushed, __ATOMIC_ACQUIRE) == request.count;
}

static void flush(uint64_t start, uint64_t end, bool everybody) {
    struct cpu *self = cpu_current();
    flush_range(start, end);
    if (core_after(core_after(NULL)) == NULL)
        return;
    request.start = start;
    request.end = end;
    request.everybody = everybody;
    self->flushed = request.count + 1;
    __atomic_store_n(&request.count, request.count + 1, __ATOMIC_SEQ_CST);
    for (const struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        if (!has_flushed(cpu))
            apic_send(cpu->apic_id, VECTOR_CORE);
    for (const struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        for (unsigned looks = 1; !has_flushed(cpu); looks++)
            relax(looks);
}

void cores_flush(uint64_t start, uint64_t end) {
    flush(start, end, false);
}

void cores_flush_kernel(void) {
    flush(0, UINT64_MAX, true);
}

void core_catch_up(void) {
    struct cpu *cpu = cpu_current();
    if (cpu->flushed != request.count) {
        flush_everything();
        cpu->flushed = request.count;
    }
}

void core_attend(void) {
    struct cpu *cpu = cpu_current();
    struct cpu *last = __atomic_load_n(&stopper, __ATOMIC_RELAXED);
    if (last && last != cpu)
        stop(cpu);
    uint64_t count = __atomic_load_n(&request.count, __ATOMIC_ACQUIRE);
    if (cpu->flushed == count || (cpu->idle && !request.everybody))
        return;
    if (cpu->idle) /* it may have missed others */
        flush_everything();
    else
        flush_range(request.start, request.end);
    __atomic_store_n(&cpu->flushed, count, __ATOMIC_RELEASE);
}

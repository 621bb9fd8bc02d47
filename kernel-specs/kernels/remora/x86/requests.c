/* What cores ask of each other: to look up, to flush translations, to end. */
#include "remora/memory.h"
#include "remora/x86.h"

void core_kick(struct cpu *cpu) {
    __atomic_store_n(&cpu->attention, true, __ATOMIC_SEQ_CST);
    if (cpu != cpu_current() && (cpu->halted || !cpu->idle))
        apic_send(cpu->apic_id, VECTOR_CORE);
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
    for (unsigned i = 0; i < cpu_count; i++)
        if (cpus[i] != self)
            apic_send(cpus[i]->apic_id, VECTOR_CORE);
    uint64_t start = read_tsc();
    for (unsigned i = 0; i < cpu_count; i++)
        while (cpus[i] != self && __atomic_load_n(&cpus[i]->started, __ATOMIC_ACQUIRE) &&
               read_tsc() - start < PATIENCE)
            __asm__ volatile("pause");
}

/* --- flushing their translations --- */

#define FLUSH_ALL_FROM (32 * PAGE_SIZE) /* from here on one page at a time takes longer */

static struct {
    uint64_t count; /* stored last */
    uint64_t start, end;
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
    return cpu->idle || __atomic_load_n(&cpu->flushed, __ATOMIC_ACQUIRE) == request.count;
}

void cores_flush(uint64_t start, uint64_t end) {
    struct cpu *self = cpu_current();
    flush_range(start, end);
    if (cpu_count == 1)
        return;
    request.start = start;
    request.end = end;
    self->flushed = request.count + 1;
    __atomic_store_n(&request.count, request.count + 1, __ATOMIC_SEQ_CST);
    for (unsigned i = 0; i < cpu_count; i++)
        if (!has_flushed(cpus[i]))
            apic_send(cpus[i]->apic_id, VECTOR_CORE);
    for (unsigned i = 0; i < cpu_count; i++)
        for (unsigned looks = 1; !has_flushed(cpus[i]); looks++)
            relax(looks);
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
    if (cpu->idle || cpu->flushed == count)
        return;
    flush_range(request.start, request.end);
    __atomic_store_n(&cpu->flushed, count, __ATOMIC_RELEASE);
}

/* The cores: found, started, added, given back. */
#include "acpi.h"
#include "remora/boot.h"
#include "remora/delegate.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/timer.h"
#include "remora/x86.h"

#include <diver/enclave.h>

#define STACK_SIZE       KIB(16)
#define FAULT_STACK_SIZE KIB(8)

struct cpu *cpus[CORES_MAX];
unsigned cpu_count = 1;
uint64_t cores_running = 1;

extern uint8_t boot_stack_top[];

static struct cpu first = {.alarm = FOREVER, .started = true};

void cores_init(void) {
    static uint8_t fault_stack[FAULT_STACK_SIZE] __attribute__((aligned(16)));
    cpus[0] = &first;
    first.apic_id = apic_id();
    first.idle_stack = (uint64_t)boot_stack_top;
    tables_init(&first, (uint64_t)boot_stack_top, (uint64_t)(fault_stack + sizeof fault_stack));
}

#define CORE_BYTES (align_up(sizeof(struct cpu), PAGE_SIZE) + STACK_SIZE + FAULT_STACK_SIZE)

/* One core's struct cpu, its own stack and that for faults, in one piece; NULL without memory. */
static struct cpu *make_core(unsigned index, uint32_t apic_id) {
    uint64_t physical = frames_alloc(CORE_BYTES, PAGE_SIZE);
    if (physical == 0)
        return NULL;
    struct cpu *cpu = memset(physical_to_kernel(physical), 0, CORE_BYTES);
    cpu->index = index;
    cpu->apic_id = apic_id;
    cpu->alarm = FOREVER;
    cpu->idle = cpu->halted = true; /* as it is until it has a thread */
    cpu->idle_stack = (uint64_t)cpu + CORE_BYTES - FAULT_STACK_SIZE;
    return cpu;
}

static void find_core(uint32_t apic_id) {
    struct cpu *cpu = NULL;
    if (cpu_count < CORES_MAX && apic_id != cpus[0]->apic_id)
        cpu = make_core(cpu_count, apic_id);
    if (cpu)
        cpus[cpu_count++] = cpu;
}

void cores_find(const struct boot_info *boot) {
    const struct diver_enclave *enclave = boot->enclave;
    if (!enclave)
        acpi_cores(boot->rsdp, find_core);
    else
        for (uint32_t i = 1; i < MIN(enclave->core_count, CORES_MAX); i++)
            find_core(enclave->apic_ids[i]);
}

/* --- starting them --- */

#define TRAMPOLINE 0x8000 /* in a full VM: RAM that nothing else is in */

#define ENTRY_TABLE 0x3ull  /* present, writable */
#define ENTRY_PAGE  0x83ull /* … and large */

extern const uint8_t trampoline_start[], trampoline_end[];
extern uint8_t trampoline_gdt_pointer[], trampoline_to_32[], trampoline_to_64[];
extern uint64_t trampoline_low[], trampoline_stack[], trampoline_cpu[], trampoline_root[],
    trampoline_entry[];
extern void core_entry(void);
extern uint64_t boot_pml4[512];

/* Of one of the trampoline's symbols, in it. */
static size_t offset_of(const void *symbol) {
    return (uint64_t)symbol - (uint64_t)trampoline_start;
}

static void put(uint8_t *page, const void *where, uint64_t value) {
    memcpy(page + offset_of(where), &value, sizeof value);
}

/* Adds the page's address to an offset that the trampoline has there. */
static void relocate(uint8_t *page, const void *where, uint64_t physical) {
    uint32_t offset;
    uint8_t *at = page + offset_of(where);
    memcpy(&offset, at, sizeof offset);
    offset += (uint32_t)physical;
    memcpy(at, &offset, sizeof offset);
}

/* The page is its own root, with the kernel's half as it is, and the lowest 2 MiB one to one. */
static void write_trampoline(uint64_t physical, const struct cpu *cpu) {
    static uint64_t low_pdpt[512] __attribute__((aligned(PAGE_SIZE)));
    static uint64_t low_pd[512] __attribute__((aligned(PAGE_SIZE)));
    uint8_t *page = physical_to_kernel(physical);
    low_pdpt[0] = kernel_to_physical(low_pd) | ENTRY_TABLE;
    low_pd[0] = ENTRY_PAGE;
    memset(page, 0, PAGE_SIZE);
    memcpy(page + PAGE_SIZE / 2, &boot_pml4[256], PAGE_SIZE / 2);
    memcpy(page, trampoline_start, offset_of(trampoline_end));
    relocate(page, trampoline_gdt_pointer + 2, physical);
    relocate(page, trampoline_to_32, physical);
    relocate(page, trampoline_to_64, physical);
    put(page, trampoline_low, kernel_to_physical(low_pdpt) | ENTRY_TABLE);
    put(page, trampoline_stack, cpu->idle_stack);
    put(page, trampoline_cpu, (uint64_t)cpu);
    put(page, trampoline_root, kernel_to_physical(boot_pml4));
    put(page, trampoline_entry, (uint64_t)core_entry);
}

static bool has_started(const struct cpu *cpu) {
    return __atomic_load_n(&cpu->started, __ATOMIC_ACQUIRE);
}

/* Until it has started or so many ticks of the TSC have passed. */
static bool await_start(const struct cpu *cpu, uint64_t ticks) {
    uint64_t start = read_tsc();
    while (!has_started(cpu) && read_tsc() - start < ticks) {
        core_attend();
        __asm__ volatile("pause");
    }
    return has_started(cpu);
}

#define PATIENCE     4000000ull    /* ticks: a millisecond or so, then start-up is sent again */
#define PATIENCE_ALL 4000000000ull /* a second */

static bool start(struct cpu *cpu, uint64_t page) {
    write_trampoline(page, cpu);
    apic_send_init(cpu->apic_id);
    apic_send_startup(cpu->apic_id, page);
    if (await_start(cpu, PATIENCE))
        return true;
    apic_send_startup(cpu->apic_id, page);
    return await_start(cpu, PATIENCE_ALL);
}

static bool is_x2apic;
static uint64_t trampoline; /* 0: there is no page to start from */

static bool is_page(uint64_t physical) {
    return physical < MIB(1) && physical % PAGE_SIZE == 0;
}

void cores_start(const struct boot_info *boot) {
    unsigned found = cpu_count;
    trampoline = boot->enclave ? boot->enclave->trampoline : TRAMPOLINE;
    if (!is_page(trampoline))
        trampoline = 0;
    is_x2apic = boot->enclave && boot->enclave->x2apic;
    if (found == 1)
        return;
    cpu_count = 1;
    direct_low(true);
    while (trampoline && cpu_count < found && start(cpus[cpu_count], trampoline))
        cores_running |= 1ull << cpu_count++;
    direct_low(false);
    log_line("%u cores", cpu_count);
}

/* Its first C, called by core_entry. */
_Noreturn void core_main(struct cpu *cpu);
_Noreturn void core_main(struct cpu *cpu) {
    cpu_init();
    fpu_init();
    tables_init(cpu, cpu->idle_stack, cpu->idle_stack + FAULT_STACK_SIZE);
    apic_init(is_x2apic);
    __atomic_store_n(&cpu->started, true, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&cpu->attention, __ATOMIC_ACQUIRE))
        apic_halt(FOREVER); /* not a look at the lock before there is work */
    kernel_lock();
    cpu->halted = false;
    thread_idle();
}

/* --- one more, one less --- */

static struct cpu *left; /* may still run in its memory, until the agent has stopped it */

void cores_reap(void) {
    if (left && left != &first)
        frames_free(kernel_to_physical(left), CORE_BYTES);
    left = NULL;
}

/* Threads that have to share a core look whether there is a better one. */
static void share_out(void) {
    for (struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        if (cpu->thread_count > 1)
            core_settle(cpu);
}

static bool start_with_low(struct cpu *cpu) {
    direct_low(true);
    kernel_unlock(); /* the others go on meanwhile */
    bool started = start(cpu, trampoline);
    kernel_lock();
    direct_low(false);
    return started;
}

int core_add(uint32_t index, uint32_t apic_id) {
    if (index >= CORES_MAX || !trampoline)
        return -EINVAL;
    for (struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        if (cpu->index == index || cpu->apic_id == apic_id)
            return -EEXIST;
    left = make_core(index, apic_id);
    if (!left || !dispatch_add(left)) {
        cores_reap();
        return -ENOMEM;
    }
    if (!start_with_low(left))
        return -EIO;
    cpus[index] = left;
    left = NULL;
    cpu_count = MAX(cpu_count, index + 1);
    cores_running |= 1ull << index;
    delegate_core(index, true);
    share_out();
    return 0;
}

int core_remove(uint32_t index) {
    struct cpu *cpu = index < CORES_MAX ? cpus[index] : NULL;
    if (!cpu)
        return -ENODEV;
    if (cores_running == 1ull << index)
        return -EBUSY;
    cores_running &= ~(1ull << index);
    cpu->leaving = true;
    threads_unbind();
    core_settle(cpu);
    return 0;
}

void core_left(void) {
    struct cpu *cpu = cpu_current();
    timers_move(cpu, thread_place(UINT64_MAX));
    delegate_core(cpu->index, false);
    cpus[cpu->index] = NULL;
    left = cpu;
}

void core_halt(void) {
    for (;;)
        __asm__ volatile("cli; hlt");
}

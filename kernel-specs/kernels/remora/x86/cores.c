/* The cores: finding and starting them. */
#include "remora/boot.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/thread.h"
#include "remora/x86.h"

#include <diver/enclave.h>

#define STACK_SIZE       KIB(16)
#define FAULT_STACK_SIZE KIB(8)

struct cpu *cpus[CORES_MAX];
unsigned cpu_count = 1;

extern uint8_t boot_stack_top[];

void cores_init(void) {
    static struct cpu first = {.alarm = FOREVER, .started = true};
    static uint8_t fault_stack[FAULT_STACK_SIZE] __attribute__((aligned(16)));
    cpus[0] = &first;
    first.apic_id = apic_id();
    first.idle_stack = (uint64_t)boot_stack_top;
    tables_init(&first, (uint64_t)boot_stack_top, (uint64_t)(fault_stack + sizeof fault_stack));
}

/* One core's struct cpu, its own stack and that for faults, in one piece. */
static void add_core(uint32_t apic_id) {
    uint64_t bytes = align_up(sizeof(struct cpu), PAGE_SIZE) + STACK_SIZE + FAULT_STACK_SIZE;
    uint64_t physical = cpu_count < CORES_MAX ? frames_alloc(bytes, PAGE_SIZE) : 0;
    if (physical == 0)
        return;
    struct cpu *cpu = memset(physical_to_kernel(physical), 0, bytes);
    cpu->index = cpu_count;
    cpu->apic_id = apic_id;
    cpu->alarm = FOREVER;
    cpu->idle = cpu->halted = true; /* as it is until it has a thread */
    cpu->idle_stack = (uint64_t)cpu + bytes - FAULT_STACK_SIZE;
    cpus[cpu_count++] = cpu;
}

/* --- ACPI (6.4, 5.2: RSDP, XSDT or RSDT, MADT) --- */

struct __attribute__((packed)) table_header {
    char signature[4];
    uint32_t length;
    uint8_t others[28];
};

struct __attribute__((packed)) rsdp {
    char signature[8];
    uint8_t checksum, oem[6], revision;
    uint32_t rsdt, length;
    uint64_t xsdt;
};

#define MADT_FIRST 44 /* where its entries begin */

struct __attribute__((packed)) madt_entry {
    uint8_t type, length;
    union {
        struct __attribute__((packed)) {
            uint8_t processor, apic_id;
            uint32_t flags;
        } apic; /* type 0 */
        struct __attribute__((packed)) {
            uint16_t reserved;
            uint32_t apic_id, flags;
        } x2apic; /* type 9 */
    };
};

#define MADT_APIC    0
#define MADT_X2APIC  9
#define MADT_ENABLED 1u

/* The table at this address; NULL unless all of it can be read. */
static const struct table_header *table_at(uint64_t physical) {
    if (!direct_has(physical, sizeof(struct table_header)))
        return NULL;
    const struct table_header *table = physical_to_kernel(physical);
    return table->length >= sizeof *table && direct_has(physical, table->length) ? table : NULL;
}

static const struct table_header *find_madt(uint64_t rsdp_address) {
    if (rsdp_address == 0 || !direct_has(rsdp_address, sizeof(struct rsdp)))
        return NULL;
    const struct rsdp *rsdp = physical_to_kernel(rsdp_address);
    bool extended = rsdp->revision >= 2 && rsdp->xsdt != 0;
    const struct table_header *root = table_at(extended ? rsdp->xsdt : rsdp->rsdt);
    size_t size = extended ? 8 : 4;
    for (size_t at = sizeof *root; root && at + size <= root->length; at += size) {
        uint64_t physical = 0;
        memcpy(&physical, (const uint8_t *)root + at, size);
        const struct table_header *table = table_at(physical);
        if (table && memcmp(table->signature, "APIC", 4) == 0)
            return table;
    }
    return NULL;
}

static void add_of_madt(const struct table_header *madt) {
    for (size_t at = MADT_FIRST; at + 8 <= madt->length;) {
        const struct madt_entry *entry = (const void *)((const uint8_t *)madt + at);
        if (entry->length < 8)
            return;
        bool is_apic = entry->type == MADT_APIC && (entry->apic.flags & MADT_ENABLED);
        bool is_x2apic = entry->type == MADT_X2APIC && entry->length >= 16 &&
                         (entry->x2apic.flags & MADT_ENABLED);
        uint32_t id = is_apic ? entry->apic.apic_id : is_x2apic ? entry->x2apic.apic_id : 0;
        if ((is_apic || is_x2apic) && id != cpus[0]->apic_id)
            add_core(id);
        at += entry->length;
    }
}

void cores_find(const struct boot_info *boot) {
    const struct diver_enclave *enclave = boot->enclave;
    if (enclave) {
        for (uint32_t i = 1; i < MIN(enclave->core_count, CORES_MAX); i++)
            add_core(enclave->apic_ids[i]);
        return;
    }
    const struct table_header *madt = find_madt(boot->rsdp);
    if (madt)
        add_of_madt(madt);
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
    while (!has_started(cpu) && read_tsc() - start < ticks)
        __asm__ volatile("pause");
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

void cores_start(const struct boot_info *boot) {
    uint64_t page = boot->enclave ? boot->enclave->trampoline : TRAMPOLINE;
    unsigned found = cpu_count;
    is_x2apic = boot->enclave && boot->enclave->x2apic;
    if (found == 1)
        return;
    direct_low(true);
    if (page == 0 || page >= MIB(1) || page % PAGE_SIZE != 0)
        found = 1;
    for (cpu_count = 1; cpu_count < found && start(cpus[cpu_count], page);)
        cpu_count++;
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

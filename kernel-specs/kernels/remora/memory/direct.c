/* The kernel's half of the page tables: all of RAM at DIRECT_BASE. */
#include "entry.h"
#include "remora/boot.h"
#include "remora/errno.h"
#include "remora/x86.h"

/* boot/entry.S: of the direct map, of the image's mapping, of the device registers. */
extern entry first_pdpt[ENTRIES], kernel_pdpt[ENTRIES], first_pd[ENTRIES], device_pd[ENTRIES];

uint64_t physical_base;

/* When memory is out, more of it may come. */
static entry *spare_table(void) {
    static entry spare[4][ENTRIES] __attribute__((aligned(PAGE_SIZE)));
    static unsigned used;
    return used < ARRAY_SIZE(spare) ? spare[used++] : NULL;
}

/* The PDPT entry's page directory, made if there is none; NULL if memory is out. */
static entry *make_directory(uint64_t gigabyte) {
    if (!(first_pdpt[gigabyte] & ENTRY_PRESENT)) {
        entry *made = new_table(), *table = made ? made : spare_table();
        if (!table)
            return NULL;
        first_pdpt[gigabyte] = kernel_to_physical(table) | KERNEL_TABLE;
    }
    return table_of(first_pdpt[gigabyte]);
}

static entry *direct_directory(uint64_t gigabyte) {
    entry *table = make_directory(gigabyte);
    if (!table)
        panic("no memory to map memory");
    return table;
}

static void map_ram(struct region ram) {
    uint64_t start = align_down(ram.start, LARGE_PAGE);
    for (uint64_t at = start; at < ram.end; at += LARGE_PAGE) {
        entry *slot = &direct_directory(at / GIB(1))[index_at(at, 2)];
        if (!(*slot & ENTRY_PRESENT))
            *slot = at | KERNEL_TABLE | ENTRY_LARGE | ENTRY_ACCESSED_DIRTY;
    }
}

/* Where the chunk is mapped, or would be; NULL if memory is out. */
static entry *chunk_slot(uint64_t physical) {
    entry *directory = make_directory(physical / GIB(1));
    return directory ? &directory[index_at(physical, 2)] : NULL;
}

int direct_add(uint64_t start, uint64_t end) {
    for (uint64_t at = start; at < end; at += LARGE_PAGE) {
        const entry *slot = chunk_slot(at);
        if (!slot)
            return -ENOMEM;
        if (*slot & ENTRY_PRESENT)
            return -EINVAL;
    }
    map_ram((struct region){start, end});
    return 0;
}

bool direct_device(uint64_t physical, uint64_t bytes) {
    entry flags = KERNEL_TABLE | ENTRY_LARGE | ENTRY_ACCESSED_DIRTY | ENTRY_UNCACHED;
    if (bytes > DIRECT_MAX || physical > DIRECT_MAX - bytes)
        return false;
    for (uint64_t at = align_down(physical, LARGE_PAGE); at < physical + bytes; at += LARGE_PAGE) {
        entry *slot = chunk_slot(at);
        if (!slot || ((*slot & ENTRY_PRESENT) && !(*slot & ENTRY_UNCACHED)))
            return false;
        *slot = at | flags;
    }
    return true;
}

void direct_remove(uint64_t start, uint64_t end) {
    for (uint64_t at = start; at < end; at += LARGE_PAGE)
        *chunk_slot(at) = 0;
}

static entry to_table(const entry *table) {
    return kernel_to_physical(table) | KERNEL_TABLE;
}

/* What boot/entry.S has in its data is made for memory from 0 on. */
void direct_enclave(void) {
    static entry start_pd[2][ENTRIES] __attribute__((aligned(PAGE_SIZE)));
    uint64_t gigabyte = physical_base / GIB(1);
    memset(first_pdpt, 0, sizeof first_pdpt);
    memset(first_pd, 0, sizeof first_pd);
    first_pdpt[gigabyte] = to_table(start_pd[0]);
    first_pdpt[gigabyte + 1] = to_table(start_pd[1]);
    if (gigabyte == 3 || gigabyte == 2)
        memcpy(start_pd[3 - gigabyte], device_pd, sizeof device_pd);
    else
        first_pdpt[3] = to_table(device_pd);
    for (uint64_t at = 0; at < BOOT_MAPPED; at += LARGE_PAGE) {
        entry page = (physical_base + at) | KERNEL_TABLE | ENTRY_LARGE | ENTRY_ACCESSED_DIRTY;
        first_pd[at / LARGE_PAGE] = page;
        start_pd[(physical_base + at) / GIB(1) - gigabyte][index_at(physical_base + at, 2)] = page;
    }
    kernel_pdpt[ENTRIES - 2] = to_table(first_pd);
    boot_pml4[0] = 0;
    boot_pml4[ENTRIES / 2] = to_table(first_pdpt) | ENTRY_NX;
    boot_pml4[ENTRIES - 1] = to_table(kernel_pdpt);
    __asm__ volatile("mov %0, %%cr3" ::"r"(kernel_to_physical(boot_pml4)) : "memory");
}

void direct_init(const struct boot_info *boot) {
    for (size_t i = 0; i < boot->ram_count; i++) {
        if (boot->ram[i].end > DIRECT_MAX)
            panic("more than 512 GiB of memory");
        map_ram(boot->ram[i]);
    }
    for (size_t i = 0; i < ARRAY_SIZE(options.shared); i++) /* where they are no memory of ours */
        map_ram(options.shared[i]);
    boot_pml4[0] = 0;
    flush_all();
}

bool direct_has(uint64_t physical, uint64_t bytes) {
    if (bytes > GIB(1) || physical > GIB(ENTRIES) - GIB(1))
        return false;
    for (uint64_t at = align_down(physical, LARGE_PAGE); at < physical + bytes; at += LARGE_PAGE)
        if (!(first_pdpt[at / GIB(1)] & ENTRY_PRESENT) ||
            !(direct_directory(at / GIB(1))[index_at(at, 2)] & ENTRY_PRESENT))
            return false;
    return true;
}

void direct_low(bool mapped) {
    if (physical_base == 0)
        return;
    direct_directory(0)[0] = mapped ? KERNEL_TABLE | ENTRY_LARGE | ENTRY_ACCESSED_DIRTY : 0;
    cores_flush_kernel();
}

/* The kernel's half of the page tables: all of RAM at DIRECT_BASE. */
#include "entry.h"
#include "remora/boot.h"

extern entry first_pdpt[ENTRIES]; /* of the direct map, which boot/entry.S has begun */

/* The PDPT entry's page directory, made if there is none. */
static entry *direct_directory(uint64_t gigabyte) {
    if (!(first_pdpt[gigabyte] & ENTRY_PRESENT)) {
        entry *table = new_table();
        if (!table)
            panic("no memory to map memory");
        first_pdpt[gigabyte] = kernel_to_physical(table) | KERNEL_TABLE;
    }
    return table_of(first_pdpt[gigabyte]);
}

static void map_ram(struct region ram) {
    uint64_t start = MAX(align_down(ram.start, LARGE_PAGE), GIB(1)); /* the boot has mapped 1 GiB */
    for (uint64_t at = start; at < ram.end; at += LARGE_PAGE) {
        entry *slot = &direct_directory(at / GIB(1))[index_at(at, 2)];
        if (!(*slot & ENTRY_PRESENT))
            *slot = at | KERNEL_TABLE | ENTRY_LARGE | ENTRY_ACCESSED_DIRTY;
    }
}

void direct_init(const struct boot_info *boot) {
    for (size_t i = 0; i < boot->ram_count; i++) {
        if (boot->ram[i].end > GIB(ENTRIES))
            panic("more than 512 GiB of memory");
        map_ram(boot->ram[i]);
    }
    boot_pml4[0] = 0;
    flush_all();
}

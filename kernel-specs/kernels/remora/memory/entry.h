/* Page table entries (Intel SDM volume 3, 4.5), for the two files that make them. */
#pragma once

#include <stdint.h>

#include "remora/lib.h"
#include "remora/memory.h"

#define ENTRY_PRESENT        0x001ull
#define ENTRY_WRITE          0x002ull
#define ENTRY_USER           0x004ull
#define ENTRY_UNCACHED       0x018ull /* PWT and PCD: in the PAT that there is after a reset */
#define ENTRY_LARGE          0x080ull
#define ENTRY_FRAME          0x200ull /* software: the entry owns a frame */
#define ENTRY_SHARED         0x400ull /* software: it is another kernel's, too, and never freed */
#define ENTRY_NX             (1ull << 63)
#define ENTRY_ADDRESS        0x000ffffffffff000ull
#define ENTRY_ACCESSED_DIRTY 0x060ull

#define KERNEL_TABLE (ENTRY_PRESENT | ENTRY_WRITE)
#define USER_TABLE   (KERNEL_TABLE | ENTRY_USER)
#define ENTRIES      512

typedef uint64_t entry;

/* The one root there is; boot/entry.S has it. */
extern entry boot_pml4[ENTRIES];

static inline void flush_all(void) {
    __asm__ volatile("mov %%cr3, %%rax; mov %%rax, %%cr3" ::: "rax", "memory");
}

static inline entry *table_of(entry e) {
    return physical_to_kernel(e & ENTRY_ADDRESS);
}

/* Level 1 is the table of 4 KiB pages, level 4 the root. */
static inline unsigned index_at(uint64_t address, int level) {
    return address >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

/* An empty table; NULL if memory is out. */
static inline entry *new_table(void) {
    uint64_t frame = frames_alloc(PAGE_SIZE, PAGE_SIZE);
    return frame ? memset(physical_to_kernel(frame), 0, PAGE_SIZE) : NULL;
}

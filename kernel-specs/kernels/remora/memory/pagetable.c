/*
 * The app's half of the page tables. There is one address space only: the app's in the lower half,
 * the kernel's in the upper.
 *
 * An entry that owns a frame has ENTRY_FRAME set, even where PROT_NONE has made it not present: the
 * frame and its content stay until the range is cleared.
 */
#include "entry.h"
#include "remora/delegate.h"
#include "remora/x86.h"

uint64_t pagetable_root(void) {
    return kernel_to_physical(boot_pml4);
}

/* Where an address is, or would be, mapped: an entry and the size of the page it stands for. */
struct slot {
    entry *entry;  /* NULL if a table above is missing */
    uint64_t size; /* PAGE_SIZE or LARGE_PAGE; of a missing table, all that it would cover */
};

static struct slot find_slot(uint64_t address) {
    entry *table = boot_pml4;
    for (int level = 4; level > 1; level--) {
        entry *at = &table[index_at(address, level)], e = __atomic_load_n(at, __ATOMIC_RELAXED);
        if (level == 2 && (e == 0 || (e & ENTRY_LARGE)))
            return (struct slot){at, LARGE_PAGE};
        if (e == 0)
            return (struct slot){NULL, 1ull << (12 + 9 * (level - 1))};
        table = table_of(e);
    }
    return (struct slot){&table[index_at(address, 1)], PAGE_SIZE};
}

/* The first address past the slot that `address` is in. */
static uint64_t next_slot(uint64_t address, struct slot slot) {
    return align_down(address, slot.size) + slot.size;
}

static bool has_frame(struct slot slot) {
    return slot.entry && (*slot.entry & ENTRY_FRAME);
}

/* The entry at `level` (1 or 2) with all tables above it made; NULL if memory is out. */
static entry *make_slot(uint64_t address, int level) {
    entry *table = boot_pml4;
    for (int at = 4; at > level; at--) {
        entry *e = &table[index_at(address, at)];
        if (*e == 0) {
            entry *below = new_table();
            if (!below)
                return NULL;
            *e = kernel_to_physical(below) | USER_TABLE;
        }
        table = table_of(*e);
    }
    return &table[index_at(address, level)];
}

/* A table without entries may be left where a large page is to go: it is given back. Processors may
 * have cached it, and the agent may just be looking at what it says of `address`. */
static void drop_empty_table(entry *e, uint64_t address) {
    if (*e == 0 || (*e & ENTRY_LARGE))
        return;
    entry *table = table_of(*e);
    for (unsigned i = 0; i < ENTRIES; i++)
        if (table[i] != 0)
            return;
    *e = 0;
    cores_flush(0, USER_END);
    delegate_drop(align_down(address, LARGE_PAGE), align_up(address + 1, LARGE_PAGE));
    delegate_settle();
    frames_free(kernel_to_physical(table), PAGE_SIZE);
}

static entry with_prot(entry e, unsigned prot) {
    e &= ~(ENTRY_PRESENT | ENTRY_WRITE | ENTRY_NX);
    if (prot != PROT_NONE)
        e |= ENTRY_PRESENT;
    if (prot & PROT_WRITE)
        e |= ENTRY_WRITE;
    if (!(prot & PROT_EXEC))
        e |= ENTRY_NX;
    return e;
}

/* Gives up a large page's entry for a table of 512 that map the same; false if memory is out. */
static bool split(entry *large) {
    entry *table = new_table();
    if (!table)
        return false;
    for (unsigned i = 0; i < ENTRIES; i++)
        table[i] = (*large & ~ENTRY_LARGE) + i * PAGE_SIZE;
    *large = kernel_to_physical(table) | USER_TABLE;
    flush_all();
    return true;
}

/* Splits the large page that has `address` inside it, if there is one. */
static bool split_at(uint64_t address) {
    struct slot slot = find_slot(address);
    if (!has_frame(slot) || slot.size == PAGE_SIZE || address % LARGE_PAGE == 0)
        return true;
    return split(slot.entry);
}

static bool split_ends(uint64_t start, uint64_t end) {
    return split_at(start) && split_at(end);
}

/* --- populate --- */

/* Maps one page; false if a table is missing and memory is out, or a table is in the way. */
static bool map_page(uint64_t address, uint64_t physical, uint64_t page, unsigned prot) {
    entry *e = make_slot(address, page == LARGE_PAGE ? 2 : 1);
    if (!e)
        return false;
    if (page == LARGE_PAGE) {
        drop_empty_table(e, address);
        if (*e != 0)
            return false;
    }
    entry flags = ENTRY_USER | ENTRY_FRAME | ENTRY_ACCESSED_DIRTY;
    *e = with_prot(physical | flags | (page == LARGE_PAGE ? ENTRY_LARGE : 0), prot);
    return true;
}

/* One contiguous piece of memory for the range, in pages of this size. */
static bool map_contiguous(uint64_t start, uint64_t end, uint64_t page, unsigned prot, bool zero) {
    uint64_t physical = frames_alloc(end - start, page);
    if (physical == 0)
        return false;
    if (zero)
        memset(physical_to_kernel(physical), 0, end - start);
    for (uint64_t at = start; at < end; at += page)
        if (!map_page(at, physical + (at - start), page, prot)) {
            frames_free(physical + (at - start), end - at); /* what is mapped stays mapped */
            return false;
        }
    return true;
}

/* The range has no frames at all. Contiguous if possible, else in as large pieces as there are. */
static bool populate_piece(uint64_t start, uint64_t end, uint64_t page, unsigned prot, bool zero) {
    if (map_contiguous(start, end, page, prot, zero))
        return true;
    for (uint64_t at = start; at < end; at += page) {
        if (has_frame(find_slot(at)) || map_contiguous(at, at + page, page, prot, zero))
            continue;
        if (page == PAGE_SIZE || !populate_piece(at, at + page, PAGE_SIZE, prot, zero))
            return false;
    }
    return true;
}

/* Small pages up to the first large one and after the last, large ones between. */
static bool populate_hole(uint64_t start, uint64_t end, unsigned prot, bool zero) {
    uint64_t first = align_up(start, LARGE_PAGE), last = align_down(end, LARGE_PAGE);
    if (first >= last)
        return populate_piece(start, end, PAGE_SIZE, prot, zero);
    return (start == first || populate_piece(start, first, PAGE_SIZE, prot, zero)) &&
           populate_piece(first, last, LARGE_PAGE, prot, zero) &&
           (last == end || populate_piece(last, end, PAGE_SIZE, prot, zero));
}

/* The first address in [at, end) where having a frame is `wanted`; `end` if there is none. */
static uint64_t find_frame(uint64_t at, uint64_t end, bool wanted) {
    while (at < end) {
        struct slot slot = find_slot(at);
        if (has_frame(slot) == wanted)
            return at;
        at = next_slot(at, slot);
    }
    return end;
}

bool pagetable_populate(uint64_t start, uint64_t end, unsigned prot, bool zero) {
    for (uint64_t at = find_frame(start, end, false); at < end;) {
        uint64_t hole_end = find_frame(at, end, true);
        if ((hole_end - at) > frames_unused() || !populate_hole(at, hole_end, prot, zero))
            return false;
        at = find_frame(hole_end, end, false);
    }
    return true;
}

bool pagetable_share(uint64_t start, uint64_t end, uint64_t physical, unsigned prot) {
    for (uint64_t at = start; at < end; at += PAGE_SIZE) {
        if (!map_page(at, physical + (at - start), PAGE_SIZE, prot))
            return false;
        *find_slot(at).entry |= ENTRY_SHARED;
    }
    return true;
}

/* --- change, clear, move, find --- */

bool pagetable_protect(uint64_t start, uint64_t end, unsigned prot) {
    entry lost = 0;
    if (!split_ends(start, end))
        return false;
    for (uint64_t at = start; at < end;) {
        struct slot slot = find_slot(at);
        if (has_frame(slot)) {
            entry new = with_prot(*slot.entry, prot);
            lost |= (*slot.entry & ~new &(ENTRY_PRESENT | ENTRY_WRITE)) |
                    (new & ~*slot.entry &ENTRY_NX);
            *slot.entry = new;
        }
        at = next_slot(at, slot);
    }
    if (lost) /* what is gained a fault finds out */
        cores_flush(start, end);
    if (lost & (ENTRY_PRESENT | ENTRY_WRITE))
        delegate_drop(start, end);
    return true;
}

/* Nobody, neither core nor agent, reaches the frames any more when they are given back. */
static bool hide(uint64_t start, uint64_t end) {
    bool any = false;
    for (uint64_t at = start; at < end;) {
        struct slot slot = find_slot(at);
        if (has_frame(slot)) {
            *slot.entry &= ~ENTRY_PRESENT;
            any = true;
        }
        at = next_slot(at, slot);
    }
    return any;
}

bool pagetable_clear(uint64_t start, uint64_t end) {
    if (!split_ends(start, end))
        return false;
    if (!hide(start, end))
        return true;
    cores_flush(start, end);
    delegate_drop(start, end);
    delegate_settle();
    for (uint64_t at = start; at < end;) {
        struct slot slot = find_slot(at);
        if (has_frame(slot)) {
            if (!(*slot.entry & ENTRY_SHARED))
                frames_free(*slot.entry & ENTRY_ADDRESS & ~(slot.size - 1), slot.size);
            *slot.entry = 0;
        }
        at = next_slot(at, slot);
    }
    return true;
}

void pagetable_zero(uint64_t start, uint64_t end) {
    for (uint64_t at = start; at < end;) {
        struct slot slot = find_slot(at);
        uint64_t next = MIN(next_slot(at, slot), end), physical, left;
        if (has_frame(slot) && pagetable_find(at, PROT_NONE, &physical, &left))
            memset(physical_to_kernel(physical), 0, next - at);
        at = next;
    }
}

/* Moves what one slot maps; its frame is mapped in the new place before it leaves the old. */
static bool move_page(uint64_t to, struct slot slot) {
    entry *target = make_slot(to, slot.size == LARGE_PAGE ? 2 : 1);
    if (!target)
        return false;
    if (slot.size == LARGE_PAGE)
        drop_empty_table(target, to);
    *target = *slot.entry;
    *slot.entry = 0;
    return true;
}

static bool move_pages(uint64_t from, uint64_t to, uint64_t bytes) {
    bool congruent = (from - to) % LARGE_PAGE == 0;
    for (uint64_t at = from; at < from + bytes;) {
        struct slot slot = find_slot(at);
        if (has_frame(slot) && slot.size == LARGE_PAGE && !congruent) {
            if (!split(slot.entry))
                return false;
            continue;
        }
        if (has_frame(slot) && !move_page(at - from + to, slot))
            return false;
        at = next_slot(at, slot);
    }
    return true;
}

bool pagetable_move(uint64_t from, uint64_t to, uint64_t bytes) {
    if (!split_ends(from, from + bytes))
        return false;
    bool moved = move_pages(from, to, bytes);
    cores_flush(from, from + bytes);
    delegate_drop(from, from + bytes);
    return moved;
}

bool pagetable_find(uint64_t address, unsigned access, uint64_t *physical, uint64_t *left) {
    struct slot slot = find_slot(address);
    /* One look: without the lock, another core may just be splitting a large page. */
    entry e = slot.entry ? __atomic_load_n(slot.entry, __ATOMIC_RELAXED) : 0;
    if (!(e & ENTRY_FRAME) || (access != PROT_NONE && !(e & ENTRY_PRESENT)) ||
        ((access & PROT_WRITE) && !(e & ENTRY_WRITE)) || ((access & PROT_EXEC) && (e & ENTRY_NX)))
        return false;
    uint64_t offset = address & (slot.size - 1);
    *physical = (e & ENTRY_ADDRESS & ~(slot.size - 1)) + offset;
    *left = slot.size - offset;
    return true;
}

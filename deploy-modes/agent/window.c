/* The mirror of the app's memory. */
#include "window.h"
#include "lib.h"
#include "lock.h"
#include "sys.h"
#include "view.h"

/* --- the enclave's memory --- */

static struct {
    int descriptor;
    struct region regions[REGIONS_MAX];
    size_t count;
    uint64_t root;
} enclave;

/* Behind the start, what is in this file is done under this lock. Who drops a range has it, too: so
 * nobody uses what he has found in the page tables once a drop of it is done. */
static struct lock mirror_lock;

/* Where the agent has each chunk of the enclave's memory, by its number in its region. */
static uint8_t **chunk_views[REGIONS_MAX];

static void drop_all(void);

/* Maps the enclave's memory; an address or a negated error number. Linux allows a process so many
 * mappings and no more: then all that is mirrored is given up once. */
static int64_t map(uint64_t address, uint64_t bytes, int protection, int flags, uint64_t offset) {
    int64_t at =
        sys(__NR_mmap, address, bytes, protection, MAP_SHARED | flags, enclave.descriptor, offset);
    if (at != -ENOMEM)
        return at;
    drop_all();
    return sys(__NR_mmap, address, bytes, protection, MAP_SHARED | flags, enclave.descriptor,
               offset);
}

void window_init(int descriptor, const struct region *regions, size_t count) {
    enclave.descriptor = descriptor;
    enclave.count = count;
    for (size_t i = 0; i < count; i++) {
        enclave.regions[i] = regions[i];
        chunk_views[i] = allocate((regions[i].bytes / CHUNK + 2) * sizeof(uint8_t *));
    }
    /* a string that grows behind its check ends here, before anything of the agent's */
    if (is_error(sys(__NR_mmap, WINDOW_END, PAGE, PROT_NONE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0)))
        fail("The end of the app's addresses, 0x%lx, cannot be guarded.", (uint64_t)WINDOW_END);
}

void window_page_table(uint64_t root) {
    enclave.root = root;
}

/* The region that holds the whole range; NULL if none does. */
static const struct region *region_of(uint64_t physical, uint64_t bytes) {
    for (size_t i = 0; i < enclave.count; i++) {
        const struct region *region = &enclave.regions[i];
        if (physical >= region->physical && bytes <= region->bytes &&
            physical - region->physical <= region->bytes - bytes)
            return region;
    }
    return NULL;
}

/* One view of all chunks of a range, so that it is contiguous for the agent, too. */
static uint8_t *view(const struct region *region, uint64_t start, uint64_t end) {
    int64_t at = map(0, end - start, PROT_READ | PROT_WRITE, 0, region->offset + start);
    if (is_error(at))
        fail("The enclave's memory cannot be mapped: error %d for %lu bytes at 0x%lx.", (int)-at,
             end - start, region->physical + start);
    check_own((uint64_t)at);
    return (uint8_t *)at;
}

void *window_physical(uint64_t physical, size_t bytes) {
    if (view_is_used())
        return view_at(physical, bytes);
    const struct region *region = region_of(physical, bytes);
    if (!region || bytes == 0)
        return NULL;
    uint64_t from = physical - region->physical;
    uint64_t start = align_down(from, CHUNK);
    uint64_t end = MIN(align_up(from + bytes, CHUNK), region->bytes);
    if (end - start > CHUNK)
        return view(region, start, end) + (from - start); /* the channel: for good */
    uint8_t **seen = &chunk_views[region - enclave.regions][start / CHUNK];
    if (!*seen)
        *seen = view(region, start, end);
    return *seen + (from - start);
}

bool window_read_physical(void *to, uint64_t physical, size_t bytes) {
    bool whole = true;
    lock(&mirror_lock);
    for (uint8_t *at = to; bytes > 0 && whole;) {
        size_t piece = MIN(bytes, (size_t)(PAGE - physical % PAGE));
        const void *from = window_physical(physical, piece);
        whole = from != NULL;
        if (whole)
            memcpy(at, from, piece);
        at += piece, physical += piece, bytes -= piece;
    }
    unlock(&mirror_lock);
    return whole;
}

/* --- the app's page tables (Intel SDM volume 3, 4.5) --- */

#define ENTRY_PRESENT 0x001ull
#define ENTRY_WRITE   0x002ull
#define ENTRY_USER    0x004ull
#define ENTRY_LARGE   0x080ull
#define ENTRY_ADDRESS 0x000ffffffffff000ull
#define ENTRIES       512

/* What an address leads to. */
struct page {
    uint64_t physical; /* of the page's first byte */
    uint64_t size;     /* PAGE or CHUNK; larger pages are seen as chunks */
    unsigned access;   /* 0: there is none */
};

static unsigned index_at(uint64_t address, int level) {
    return address >> (12 + 9 * (level - 1)) & (ENTRIES - 1);
}

static struct page walk(uint64_t address) {
    uint64_t table = enclave.root;
    unsigned access = ACCESS_READ | ACCESS_WRITE;
    for (int level = 4; level >= 1; level--) {
        const uint64_t *entries = window_physical(table, PAGE);
        if (!entries)
            return (struct page){0};
        uint64_t entry = __atomic_load_n(&entries[index_at(address, level)], __ATOMIC_RELAXED);
        if ((entry & (ENTRY_PRESENT | ENTRY_USER)) != (ENTRY_PRESENT | ENTRY_USER))
            return (struct page){0};
        if (!(entry & ENTRY_WRITE))
            access &= ~(unsigned)ACCESS_WRITE;
        table = entry & ENTRY_ADDRESS;
        bool large = (level == 2 || level == 3) && (entry & ENTRY_LARGE);
        if (large || level == 1) {
            uint64_t bytes = 1ull << (12 + 9 * (level - 1)), size = MIN(bytes, CHUNK);
            table = align_down(table, bytes) + (align_down(address, size) & (bytes - 1));
            return (struct page){table, size, access};
        }
    }
    return (struct page){0};
}

/* --- what is mirrored: a bit for each page and access --- */

struct chunk {
    uint64_t number; /* address / CHUNK; 0 is never one, since nothing is mapped below WINDOW_START:
                      * the lowest chunk is kept under LOWEST */
    uint64_t readable[ENTRIES / 64], writable[ENTRIES / 64];
};

#define LOWEST      UINT64_MAX
#define CHUNKS      16384 /* 32 GiB; a power of two */
#define CHUNKS_FULL (CHUNKS / 4 * 3)

static struct chunk chunks[CHUNKS];
static size_t chunk_count;
static uint64_t mirrored, drops;

uint64_t window_mirrored(void) {
    return mirrored;
}

uint64_t window_drops(void) {
    return __atomic_load_n(&drops, __ATOMIC_ACQUIRE);
}

static void count_drop(void) {
    __atomic_add_fetch(&drops, 1, __ATOMIC_RELEASE);
}

/* The chunk's place: where it is, or where it would be put. */
static struct chunk *place_of(uint64_t address) {
    uint64_t number = address / CHUNK ? address / CHUNK : LOWEST;
    size_t at = number * 0x9e3779b97f4a7c15ull >> 50;
    while (chunks[at].number != 0 && chunks[at].number != number)
        at = (at + 1) % CHUNKS;
    return &chunks[at];
}

static void drop_all(void) {
    count_drop();
    if (view_is_used())
        return;
    sys(__NR_munmap, WINDOW_START, WINDOW_END - WINDOW_START);
    memset(chunks, 0, sizeof chunks);
    chunk_count = 0;
}

/* For one more chunk: before it is mapped. */
static void make_room(void) {
    if (chunk_count == CHUNKS_FULL)
        drop_all();
}

static struct chunk *chunk_of(uint64_t address) {
    struct chunk *chunk = place_of(address);
    chunk_count += chunk->number == 0;
    chunk->number = address / CHUNK ? address / CHUNK : LOWEST;
    return chunk;
}

static void set_bits(uint64_t *bits, unsigned from, unsigned to, bool value) {
    for (unsigned i = from; i < to; i++)
        if (value)
            bits[i / 64] |= 1ull << (i % 64);
        else
            bits[i / 64] &= ~(1ull << (i % 64));
}

/* How many pages from `from` on have their bit set; at most to `to`. */
static unsigned count_set(const uint64_t *bits, unsigned from, unsigned to) {
    unsigned at = from;
    while (at < to) {
        uint64_t missing = ~bits[at / 64] >> (at % 64);
        if (missing != 0)
            return MIN(at + (unsigned)__builtin_ctzll(missing), to) - from;
        at = (at / 64 + 1) * 64;
    }
    return to - from;
}

/* The run of pages in the chunk from `address` on that is contiguous and has one access. */
static uint64_t run_length(uint64_t address, struct page page) {
    uint64_t end = align_down(address, CHUNK) + CHUNK, bytes = PAGE;
    if (page.size == CHUNK)
        return CHUNK;
    while (address + bytes < end) {
        struct page next = walk(address + bytes);
        if (next.access != page.access || next.physical != page.physical + bytes)
            break;
        bytes += PAGE;
    }
    return bytes;
}

/* Maps the page at `address`, and what can be mapped with it; false if it lacks the access. */
static bool mirror(uint64_t address, unsigned access) {
    struct page page = walk(address);
    if ((page.access & access) != access)
        return false;
    if (page.size == CHUNK && !region_of(page.physical, CHUNK)) { /* partly outside */
        page.physical += align_down(address % CHUNK, PAGE);
        page.size = PAGE;
    }
    address = align_down(address, page.size);
    uint64_t bytes = run_length(address, page);
    const struct region *region = region_of(page.physical, bytes);
    while (!region && bytes > PAGE) /* a run may go past the end of a region */
        region = region_of(page.physical, bytes -= PAGE);
    if (!region || address < WINDOW_START || address + bytes > WINDOW_END)
        return false;
    int protection = PROT_READ | (page.access & ACCESS_WRITE ? PROT_WRITE : 0);
    make_room();
    if (is_error(map(address, bytes, protection, MAP_FIXED,
                     region->offset + page.physical - region->physical)))
        return false;
    mirrored += bytes;
    struct chunk *chunk = chunk_of(address);
    unsigned first = address / PAGE % ENTRIES, end = first + (unsigned)(bytes / PAGE);
    set_bits(chunk->readable, first, end, true);
    set_bits(chunk->writable, first, end, page.access & ACCESS_WRITE);
    return true;
}

/* The first address of the range that is not mirrored with this access; `end` if all is. */
static uint64_t first_missing(uint64_t address, uint64_t end, unsigned access) {
    while (address < end) {
        const struct chunk *chunk = place_of(address);
        if (chunk->number == 0)
            return address;
        uint64_t base = align_down(address, CHUNK), stop = MIN(base + CHUNK, end);
        unsigned from = address / PAGE % ENTRIES, to = (unsigned)((stop - base + PAGE - 1) / PAGE);
        unsigned have =
            count_set(access & ACCESS_WRITE ? chunk->writable : chunk->readable, from, to);
        if (have < to - from)
            return have == 0 ? address : align_down(address, PAGE) + have * PAGE;
        address = stop;
    }
    return end;
}

/* The same where nothing is mirrored: whether the range's pages are there now. */
static bool check_seen(uint64_t address, uint64_t end, unsigned access, uint64_t *fault) {
    for (*fault = address; *fault < end;) {
        struct page page = walk(*fault);
        if ((page.access & access) != access || !view_at(page.physical, page.size))
            return false;
        *fault = align_down(*fault, page.size) + page.size;
    }
    return true;
}

void *window_place(uint64_t address, uint64_t bytes, unsigned access) {
    uint8_t *place = NULL;
    for (uint64_t at = address; at < address + bytes;) {
        struct page page = walk(at);
        if ((page.access & access) != access)
            return NULL;
        uint64_t within = at % page.size;
        uint8_t *here = view_at(page.physical + within, page.size - within);
        if (!here || (place && here != place + (at - address)))
            return NULL;
        place = place ? place : here;
        at += page.size - within;
    }
    return place;
}

bool window_check(uint64_t address, uint64_t bytes, unsigned access, uint64_t *fault) {
    uint64_t end;
    *fault = address;
    if (bytes == 0)
        return true;
    if (__builtin_add_overflow(address, bytes, &end) || address < WINDOW_START || end > WINDOW_END)
        return false;
    if (view_is_used())
        return check_seen(address, end, access, fault);
    lock(&mirror_lock);
    bool whole = true;
    while (whole && (*fault = first_missing(*fault, end, access)) < end)
        whole = mirror(*fault, access);
    unlock(&mirror_lock);
    return whole;
}

/* Clears the bits of the pages of [start, end) that lie in the chunk. */
static void forget(struct chunk *chunk, uint64_t start, uint64_t end) {
    uint64_t base = chunk->number == LOWEST ? 0 : chunk->number * CHUNK;
    if (chunk->number == 0 || base >= end || base + CHUNK <= start)
        return;
    unsigned from = start > base ? (unsigned)((start - base) / PAGE) : 0;
    unsigned to = (unsigned)((MIN(end, base + CHUNK) - base) / PAGE);
    set_bits(chunk->readable, from, to, false);
    set_bits(chunk->writable, from, to, false);
}

static void forget_range(uint64_t start, uint64_t end) {
    if (is_error(sys(__NR_munmap, start, end - start)))
        drop_all(); /* a mapping would have been split, and there are as many as can be */
    if ((end - start) / CHUNK > CHUNKS) /* look at those that there are */
        for (size_t i = 0; i < CHUNKS; i++)
            forget(&chunks[i], start, end);
    else
        for (uint64_t at = start; at < end; at = align_down(at, CHUNK) + CHUNK)
            forget(place_of(at), start, end);
}

void window_drop_all(void) {
    lock(&mirror_lock);
    drop_all();
    unlock(&mirror_lock);
}

void window_drop(uint64_t start, uint64_t end) {
    start = MAX(align_down(start, PAGE), WINDOW_START);
    end = MIN(align_up(MIN(end, WINDOW_END), PAGE), WINDOW_END);
    if (start >= end)
        return;
    lock(&mirror_lock); /* whoever had found something there has let it go */
    count_drop();
    if (!view_is_used())
        forget_range(start, end);
    unlock(&mirror_lock);
}

/* --- copies, by way of physical memory: never by the mirror, which another thread may drop --- */

/* Where the agent has `bytes` bytes, on one page, of the app's memory; NULL if they are not there
 * or lack the access. */
static uint8_t *place_in_memory(uint64_t address, size_t bytes, unsigned access) {
    if (address < WINDOW_START || address >= WINDOW_END)
        return NULL;
    struct page page = walk(address);
    if ((page.access & access) != access)
        return NULL;
    return window_physical(page.physical + address % page.size, bytes);
}

static bool copy(uint64_t address, uint8_t *bytes, size_t size, unsigned access, uint64_t *fault) {
    bool whole = true;
    lock(&mirror_lock);
    while (size > 0 && whole) {
        size_t piece = MIN(size, (size_t)(PAGE - address % PAGE));
        uint8_t *there = place_in_memory(address, piece, access);
        *fault = address;
        whole = there != NULL;
        if (whole && access == ACCESS_WRITE)
            memcpy(there, bytes, piece);
        else if (whole)
            memcpy(bytes, there, piece);
        address += piece, bytes += piece, size -= piece;
    }
    unlock(&mirror_lock);
    return whole;
}

bool window_read(void *to, uint64_t from, size_t bytes, uint64_t *fault) {
    return copy(from, to, bytes, ACCESS_READ, fault);
}

bool window_write(uint64_t to, const void *from, size_t bytes, uint64_t *fault) {
    return copy(to, (uint8_t *)(uintptr_t)from, bytes, ACCESS_WRITE, fault);
}

bool window_check_string(uint64_t address, size_t limit, size_t *length, uint64_t *fault) {
    *length = 0;
    while (*length < limit) {
        uint8_t bytes[256];
        uint64_t at = address + *length;
        size_t piece = MIN(MIN(sizeof bytes, limit - *length), (size_t)(PAGE - at % PAGE));
        if (!window_check(at, piece, ACCESS_READ, fault) || !window_read(bytes, at, piece, fault))
            return false;
        for (size_t i = 0; i < piece; i++, (*length)++)
            if (bytes[i] == '\0')
                return true;
    }
    return true;
}

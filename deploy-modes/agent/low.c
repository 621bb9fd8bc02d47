/* The trampoline: where it may be, and how a core comes through it. */
#include "low.h"
#include "apic.h"
#include "clock.h"
#include "image.h"
#include "sys.h"

static uint8_t *low;
static uint64_t low_at;

void low_map(int memory, uint64_t start) {
    int64_t at = sys(__NR_mmap, 0, LOW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, start);
    if (is_error(at))
        fail("This Linux does not let its first MiB be written, where cores start: error %d.",
             (int)-at);
    low = (uint8_t *)at;
    low_at = start;
}

void low_save(uint8_t to[LOW_BYTES]) {
    memcpy(to, low, LOW_BYTES);
}

void low_restore(const uint8_t from[LOW_BYTES]) {
    memcpy(low, from, LOW_BYTES);
}

/* --- finding a place --- */

/* Firmware uses what is below and what is above, whatever it says. */
#define SEARCH_START 0x10000ull
#define SEARCH_END   0x80000ull
#define SEARCH_PAGES ((SEARCH_END - SEARCH_START) / PAGE)
#define LOW_END      0xa0000ull /* what is beyond is no memory */
#define LOW_ALL      ((LOW_END - SEARCH_START) / PAGE)

#define FLAG_RESERVED (1ull << 32) /* /proc/kpageflags: Linux gives the page to nobody */

/* Which pages Linux keeps from everybody; all, where it does not say. Since Linux 5.13 all are. */
static void find_reserved(bool reserved[SEARCH_PAGES]) {
    static uint64_t flags[SEARCH_PAGES];
    int64_t file = sys(__NR_open, "/proc/kpageflags", O_RDONLY | O_CLOEXEC);
    int64_t got = is_error(file) ? file
                                 : sys(__NR_pread64, file, flags, sizeof flags,
                                       SEARCH_START / PAGE * sizeof flags[0]);
    for (size_t i = 0; i < SEARCH_PAGES; i++)
        reserved[i] = got != sizeof flags || (flags[i] & FLAG_RESERVED);
    if (!is_error(file))
        sys(__NR_close, file);
}

static bool is_zero(const uint8_t *page) {
    const uint64_t *words = (const uint64_t *)(const void *)page;
    for (size_t i = 0; i < PAGE / sizeof *words; i++)
        if (words[i] != 0)
            return false;
    return true;
}

/* Where Linux's own trampoline is: it begins with addresses in itself, the first two of which are
 * in order (struct real_mode_header). */
#define LINUX_BYTES 0x10000u

static bool is_of_linux(const uint8_t *page, uint64_t at) {
    uint32_t header[4];
    memcpy(header, page, sizeof header);
    for (size_t i = 0; i < ARRAY_SIZE(header); i++)
        if (header[i] <= at || header[i] - at >= LINUX_BYTES)
            return false;
    return header[0] < header[1];
}

/* The first of the pages in a row that will do; SEARCH_PAGES if there is none. */
static size_t find_run(const bool good[SEARCH_PAGES]) {
    size_t run = 0, page = 0;
    for (; page < SEARCH_PAGES && run < LOW_PAGES; page++)
        run = good[page] ? run + 1 : 0;
    return run == LOW_PAGES ? page - LOW_PAGES : SEARCH_PAGES;
}

/* Best are pages that nothing has ever been put in. Else what a boot loader has left there will do,
 * if it is certain where Linux's trampoline is. */
uint64_t low_find(int memory) {
    bool reserved[SEARCH_PAGES], zero[SEARCH_PAGES], found = false;
    int64_t at =
        sys(__NR_mmap, 0, LOW_END - SEARCH_START, PROT_READ, MAP_SHARED, memory, SEARCH_START);
    if (is_error(at))
        return 0;
    find_reserved(reserved);
    for (size_t i = 0; i < SEARCH_PAGES; i++)
        zero[i] = reserved[i] && is_zero((const uint8_t *)at + i * PAGE);
    size_t page = find_run(zero);
    for (size_t i = 0; i < LOW_ALL && page == SEARCH_PAGES; i++)
        if (is_of_linux((const uint8_t *)at + i * PAGE, SEARCH_START + i * PAGE)) {
            found = true;
            for (size_t k = i; k < MIN(i + LINUX_BYTES / PAGE, SEARCH_PAGES); k++)
                reserved[k] = false;
        }
    if (found)
        page = find_run(reserved);
    sys(__NR_munmap, at, LOW_END - SEARCH_START);
    return page < SEARCH_PAGES ? SEARCH_START + page * PAGE : 0;
}

/* --- starting a core --- */

struct blanks {
    uint64_t argument, entry;
    uint32_t tables, target;
    uint16_t selector, gdt_limit;
    uint32_t gdt, alive;
};

extern const uint8_t trampoline_start[], trampoline_end[], trampoline_blanks[];

#define TABLE_FLAGS 3    /* present, writable */
#define LARGE_FLAGS 0xe3 /* also accessed, dirty, page size */

/* The first 2 MiB one to one, and the kernel's 16 MiB where it is linked. */
static void make_tables(uint64_t base) {
    uint64_t(*table)[512] = (uint64_t(*)[512])(low + PAGE);
    memset(table, 0, 5 * PAGE);
    uint64_t first = low_at + PAGE;
    table[0][0] = (first + 1 * PAGE) | TABLE_FLAGS;
    table[1][0] = (first + 2 * PAGE) | TABLE_FLAGS;
    table[2][0] = LARGE_FLAGS;
    table[0][511] = (first + 3 * PAGE) | TABLE_FLAGS;
    table[3][510] = (first + 4 * PAGE) | TABLE_FLAGS;
    for (uint64_t i = 0; i < IMAGE_END / CHUNK; i++)
        table[4][i] = (base + i * CHUNK) | LARGE_FLAGS;
}

static volatile struct blanks *make_trampoline(uint64_t base, uint64_t entry) {
    memcpy(low, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    make_tables(base);
    struct blanks *blanks = (struct blanks *)(low + (trampoline_blanks - trampoline_start));
    blanks->argument = base;
    blanks->entry = entry;
    blanks->tables = (uint32_t)(low_at + PAGE);
    blanks->target += (uint32_t)low_at;
    blanks->gdt += (uint32_t)low_at;
    return blanks;
}

static bool is_alive(const volatile struct blanks *blanks, uint64_t patience) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC);
    while (!blanks->alive && nanoseconds(CLOCK_MONOTONIC) - start < patience)
        ;
    return blanks->alive;
}

/* Intel SDM volume 3, 9.4.4.1: the second SIPI is for a core that missed the first. One that is
   emulated may have to wait for seconds until a busy host runs it. */
bool low_start(uint32_t apic_id, uint64_t base, uint64_t entry, uint64_t *init_tsc) {
    volatile struct blanks *blanks = make_trampoline(base, entry);
    *init_tsc = read_tsc();
    apic_send_init(apic_id);
    for (int tries = 0; tries < 2; tries++) {
        apic_send_startup(apic_id, (uint32_t)low_at);
        if (is_alive(blanks, tries ? 10000000000 : 10000000))
            return true;
    }
    return false;
}

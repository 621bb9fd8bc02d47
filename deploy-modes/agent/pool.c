#include "pool.h"
#include "cpus.h"
#include "files.h"
#include "lib.h"
#include "node.h"
#include "parent.h"
#include "settings.h"
#include "sys.h"

#define GIGANTIC (1ul << 30) /* for Linux on x86: what its buddy allocator has no blocks of */

#define ALL "/sys/kernel/mm/hugepages/hugepages-%lukB"

/* --- numbers in files of Linux's --- */

static uint64_t read_number(const char *folder, const char *name) {
    char path[PATH_MAX];
    format(path, sizeof path, "%s/%s", folder, name);
    return file_number(path);
}

static void set_aside(const char *folder, uint64_t value) {
    char path[PATH_MAX], text[32];
    format(path, sizeof path, "%s/nr_hugepages", folder);
    format(text, sizeof text, "%lu", value);
    file_write(path, text);
}

/* Linux moves what it can, so that large pieces become free. */
static void compact(void) {
    file_write("/proc/sys/vm/compact_memory", "1");
}

/* --- which --- */

/* Whether there is one. */
static bool find_folder(struct pool *pool) {
    format(pool->folder, PATH_MAX, "/sys/devices/system/node/node%lu/hugepages/hugepages-%lukB",
           pool->node, pool->size / 1024);
    if (!file_exists(pool->folder)) /* Linux knows of no nodes */
        format(pool->folder, PATH_MAX, ALL, pool->size / 1024);
    return file_exists(pool->folder);
}

void pool_find(struct pool *pool, uint64_t node, uint64_t size) {
    *pool = (struct pool){.size = size, .node = node};
    format(pool->folder, PATH_MAX, "/sys/devices/system/node/node%lu", node);
    if (!file_exists(pool->folder) && node != 0)
        refuse("Name one that it has.", "This machine has no NUMA node %lu.", node);
    if (!find_folder(pool))
        refuse("Take another size.", "This Linux has no pages of %lu KiB.", size / 1024);
}

/* Pages that are free and promised to nobody; promises are the machine's, not a node's. */
static uint64_t free_pages(const struct pool *pool) {
    char all[PATH_MAX];
    format(all, sizeof all, ALL, pool->size / 1024);
    uint64_t unused = read_number(pool->folder, "free_hugepages");
    uint64_t promised = read_number(all, "resv_hugepages");
    return unused > promised ? unused - promised : 0;
}

uint64_t pool_page_size(uint64_t node, uint64_t bytes) {
    struct pool pool = {.size = GIGANTIC, .node = node};
    bool fits = bytes > 0 && bytes % GIGANTIC == 0 && find_folder(&pool) &&
                free_pages(&pool) >= bytes / GIGANTIC;
    return fits ? GIGANTIC : CHUNK;
}

uint64_t pool_possible(const struct pool *pool) {
    uint64_t available = node_available(pool->node); /* 0: Linux does not say */
    return available ? free_pages(pool) + available / pool->size : UINT64_MAX;
}

/* --- files --- */

#define HUGETLBFS_MAGIC 0x958458f6

void pool_folder(char folder[PATH_MAX], uint64_t size) {
    format(folder, PATH_MAX, HARDWARE_ROOT "/pages-%lukB", size / 1024);
}

void pool_mount(char folder[PATH_MAX], uint64_t size) {
    char data[64];
    uint64_t status[15]; /* struct statfs: its type comes first */
    pool_folder(folder, size);
    sys(__NR_mkdir, folder, 0700);
    if (!is_error(sys(__NR_statfs, folder, status)) && status[0] == HUGETLBFS_MAGIC)
        return;
    format(data, sizeof data, "mode=700,pagesize=%luK", size / 1024);
    int64_t result = sys(__NR_mount, "none", folder, "hugetlbfs", 0, data);
    if (is_error(result))
        fail("Linux's huge pages cannot be mounted at %s: error %d.", folder, (int)-result);
}

/* pagemap in proc(5): bits 0 to 54 are the number of the page of 4 KiB, bit 63 says there is one.
 */
uint64_t pool_physical(int64_t pagemap, uint64_t address) {
    uint64_t entry = 0;
    sys(__NR_pread64, pagemap, &entry, sizeof entry, address / PAGE * sizeof entry);
    uint64_t physical = (entry & ((1ull << 55) - 1)) * PAGE;
    if (!(entry >> 63) || physical == 0)
        fail("Linux does not say where its huge pages are: /proc/self/pagemap is needed, and "
             "root.");
    return physical;
}

/* --- set aside --- */

uint64_t pool_reserve(struct pool *pool, uint64_t count, int ledger) {
    uint64_t before = read_number(pool->folder, "nr_hugepages"), there = free_pages(pool);
    if (pool->size < GIGANTIC)
        return count;
    if (there >= count)
        return there;
    ledger_write(ledger, "pool %s %lu", pool->folder, before - MIN(before, pool->raised));
    set_aside(pool->folder, before + count - there);
    there = free_pages(pool);
    uint64_t now = read_number(pool->folder, "nr_hugepages"), more = now - MIN(now, before);
    pool->raised += more;
    ledger_write(ledger, "pool-raised %lu", pool->raised);
    if (there < count)
        pool_release(pool, more, ledger);
    return there;
}

void pool_release(struct pool *pool, uint64_t count, int ledger) {
    if (pool->raised == 0)
        return;
    uint64_t now = read_number(pool->folder, "nr_hugepages");
    uint64_t less = MIN(MIN(count, pool->raised), now);
    if (!ledger_note(ledger, "pool %s %lu", pool->folder, now - MIN(now, pool->raised)))
        return; /* it would be done again */
    set_aside(pool->folder, now - less);
    pool->raised -= less;
    ledger_note(ledger, "pool-raised %lu", pool->raised);
}

uint64_t pool_raised(const struct record *record) {
    if (!record->pool[0] || record->pool_raised != UNKNOWN)
        return record->pool_raised;
    uint64_t now = read_number(record->pool, "nr_hugepages");
    return now - MIN(now, record->pool_before);
}

void pool_give_back(const struct record *record, int ledger) {
    struct pool pool = {.raised = pool_raised(record)};
    format(pool.folder, sizeof pool.folder, "%s", record->pool);
    pool_release(&pool, pool.raised, ledger);
}

/* --- filling --- */

#define MPOL_DEFAULT 0
#define MPOL_BIND    2
#define NODES_MAX    1024

static void bind_to(uint64_t node) {
    uint64_t mask[NODES_MAX / 64] = {0};
    if (node < NODES_MAX)
        mask[node / 64] |= 1ull << (node % 64);
    sys(__NR_set_mempolicy, MPOL_BIND, mask, NODES_MAX);
}

/* Pages in a file: hugetlbfs counts them as blocks. */
static uint64_t pages_in(const struct pool *pool, int file) {
    struct stat status;
    return is_error(sys(__NR_fstat, file, &status)) ? 0
                                                    : (uint64_t)status.blocks * 512 / pool->size;
}

/* Linux clears them, which is what takes its time. It stops at the first that it does not have. */
static void fill_part(uint64_t size, int file, uint64_t offset, uint64_t count) {
    int64_t at = sys(__NR_mmap, 0, count * size, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_POPULATE | MAP_NORESERVE, file, offset);
    if (!is_error(at))
        sys(__NR_munmap, at, count * size);
}

#define FILLERS_MAX 4
#define FILLER_MIN  32 /* pages that are worth a process */

/* On several cores at once. */
static void fill(uint64_t size, int file, uint64_t offset, uint64_t count) {
    uint64_t fillers = MIN(MIN(count / FILLER_MIN, (uint64_t)FILLERS_MAX), cpus_online());
    int64_t children[FILLERS_MAX] = {0}, parent = sys(__NR_getpid);
    for (uint64_t i = 1; i < fillers; i++) {
        uint64_t first = count * i / fillers, end = count * (i + 1) / fillers;
        children[i] = sys(__NR_fork);
        if (children[i] == 0) {
            end_with_parent(parent);
            fill_part(size, file, offset + first * size, end - first);
            sys(__NR_exit_group, 0);
        }
    }
    fill_part(size, file, offset, count / MAX(fillers, (uint64_t)1));
    for (uint64_t i = 1; i < fillers; i++)
        if (!is_error(children[i]))
            process_wait(children[i]);
}

/* Linux may have so many pages more than were set aside; it counts those of all nodes. */
static void allow(const struct pool *pool, uint64_t count, int ledger,
                  struct changed_setting *changed) {
    char all[PATH_MAX], path[PATH_MAX];
    format(all, sizeof all, ALL, pool->size / 1024);
    format(path, sizeof path, "%s/nr_overcommit_hugepages", all);
    uint64_t wanted = read_number(all, "surplus_hugepages") + count;
    setting_change(ledger, path, MAX(file_number(path), wanted), changed);
}

uint64_t pool_fill(const struct pool *pool, int file, uint64_t offset, uint64_t count, int ledger) {
    struct changed_setting changed = {.path = ""};
    uint64_t before = pages_in(pool, file), there = 0;
    if (pool->size < GIGANTIC)
        allow(pool, count, ledger, &changed);
    bind_to(pool->node);
    for (int tries = 0; tries < 2 && there < count; tries++) {
        if (tries > 0)
            compact();
        fill(pool->size, file, offset, count);
        there = pages_in(pool, file) - before;
    }
    sys(__NR_set_mempolicy, MPOL_DEFAULT, 0, 0);
    setting_give_back(&changed, ledger);
    return there;
}

#include "pages.h"
#include "cpus.h"
#include "files.h"
#include "image.h"
#include "lib.h"
#include "node.h"
#include "sys.h"
#include "view.h"

#define MIB (1ul << 20)

/* --- numbers in files of Linux's --- */

static uint64_t read_number(const char *folder, const char *name) {
    char path[PATH_MAX], text[32];
    const char *at = text;
    uint64_t value;
    format(path, sizeof path, "%s/%s", folder, name);
    return file_read(path, text, sizeof text) > 0 && parse_number(&at, "\n", &value) ? value : 0;
}

static void write_number(const char *folder, const char *name, uint64_t value) {
    char path[PATH_MAX], text[32];
    format(path, sizeof path, "%s/%s", folder, name);
    size_t length = format(text, sizeof text, "%lu", value);
    int64_t file = sys(__NR_open, path, O_WRONLY | O_CLOEXEC);
    if (is_error(file))
        return;
    sys(__NR_write, file, text, length);
    sys(__NR_close, file);
}

/* --- the pool: what Linux has set aside as huge pages --- */

static bool is_folder(const char *path) {
    struct stat status;
    return !is_error(sys(__NR_stat, path, &status)) && (status.mode & S_IFMT) == S_IFDIR;
}

/* The node's folder, or the machine's where Linux knows of no nodes. */
static void find_pool(char pool[PATH_MAX], uint64_t node, uint64_t size) {
    format(pool, PATH_MAX, "/sys/devices/system/node/node%lu", node);
    if (!is_folder(pool) && node != 0)
        refuse("Name one that it has.", "This machine has no NUMA node %lu.", node);
    format(pool, PATH_MAX, "/sys/devices/system/node/node%lu/hugepages/hugepages-%lukB", node,
           size / 1024);
    if (!is_folder(pool))
        format(pool, PATH_MAX, "/sys/kernel/mm/hugepages/hugepages-%lukB", size / 1024);
    if (!is_folder(pool))
        refuse("Take another size.", "This Linux has no pages of %lu KiB.", size / 1024);
}

/* Pages that are free and promised to nobody; promises are the machine's, not a node's. */
static uint64_t free_pages(const char *pool, uint64_t size) {
    char all[PATH_MAX];
    format(all, sizeof all, "/sys/kernel/mm/hugepages/hugepages-%lukB", size / 1024);
    uint64_t unused = read_number(pool, "free_hugepages");
    uint64_t promised = read_number(all, "resv_hugepages");
    return unused > promised ? unused - promised : 0;
}

/* Sees that so many are free, as far as Linux can; how many are. `raised`: by how much the pool has
 * been for this enclave already. */
static uint64_t fill_pool(const char *pool, uint64_t size, uint64_t wanted, uint64_t raised,
                          int ledger) {
    uint64_t before = read_number(pool, "nr_hugepages"), unused = free_pages(pool, size);
    ledger_write(ledger, "pool %s %lu", pool, before - MIN(before, raised));
    if (unused < wanted) {
        write_number(pool, "nr_hugepages", before + wanted - unused);
        if (free_pages(pool, size) < wanted) { /* what can be moved together may be enough */
            write_number("/proc/sys/vm", "compact_memory", 1);
            write_number(pool, "nr_hugepages", before + wanted - unused);
        }
    }
    uint64_t now = read_number(pool, "nr_hugepages");
    ledger_write(ledger, "pool-raised %lu", raised + (now > before ? now - before : 0));
    return free_pages(pool, size);
}

static uint64_t raised_by(const struct record *record) {
    uint64_t now = read_number(record->pool, "nr_hugepages");
    if (record->pool_raised != UNKNOWN)
        return record->pool_raised;
    return now > record->pool_before ? now - record->pool_before : 0;
}

/* Linux has some of them for itself again, as far as the pool was raised for this enclave. */
static void lower_pool(const char *pool, uint64_t count, uint64_t raised, int ledger) {
    uint64_t now = read_number(pool, "nr_hugepages"), less = MIN(MIN(count, raised), now);
    ledger_write(ledger, "pool %s %lu", pool, now - MIN(now, raised));
    if (less > 0)
        write_number(pool, "nr_hugepages", now - less);
    ledger_write(ledger, "pool-raised %lu", raised - less);
}

/* What was raised is in use by nobody once the file is gone. */
static void empty_pool(const struct record *record) {
    uint64_t now = read_number(record->pool, "nr_hugepages"), raised = raised_by(record);
    if (raised > 0)
        write_number(record->pool, "nr_hugepages", now > raised ? now - raised : 0);
}

/* --- the file --- */

#define HUGETLBFS_MAGIC 0x958458f6

/* A mount of our own for each size, for good: nothing is in it when no enclave is. */
static void mount_pages(char folder[PATH_MAX], uint64_t size) {
    char data[64];
    uint64_t status[15]; /* struct statfs: its type comes first */
    format(folder, PATH_MAX, HARDWARE_ROOT "/pages-%lukB", size / 1024);
    sys(__NR_mkdir, folder, 0700);
    if (!is_error(sys(__NR_statfs, folder, status)) && status[0] == HUGETLBFS_MAGIC)
        return;
    format(data, sizeof data, "mode=700,pagesize=%luK", size / 1024);
    int64_t result = sys(__NR_mount, "none", folder, "hugetlbfs", 0, data);
    if (is_error(result))
        fail("Linux's huge pages cannot be mounted at %s: error %d.", folder, (int)-result);
}

static int make_file(const char *name, uint64_t size, int ledger) {
    char folder[PATH_MAX], path[PATH_MAX];
    mount_pages(folder, size);
    format(path, sizeof path, "%s/%s", folder, name);
    ledger_write(ledger, "file %s", path);
    int64_t file = sys(__NR_open, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (is_error(file))
        fail("%s cannot be made: error %d.", path, (int)-file);
    return hide((int)file);
}

/* --- the memory --- */

#define MPOL_DEFAULT 0
#define MPOL_BIND    2
#define NODES_MAX    1024

static void prefer_node(uint64_t node) {
    uint64_t mask[NODES_MAX / 64] = {0};
    if (node < NODES_MAX)
        mask[node / 64] |= 1ull << (node % 64);
    sys(__NR_set_mempolicy, MPOL_BIND, mask, NODES_MAX);
}

/* pagemap in proc(5): bits 0 to 54 are the number of the page of 4 KiB, bit 63 says there is one.
 */
static uint64_t physical_of(int64_t pagemap, uint64_t address) {
    uint64_t entry = 0;
    sys(__NR_pread64, pagemap, &entry, sizeof entry, address / PAGE * sizeof entry);
    return entry >> 63 ? (entry & ((1ull << 55) - 1)) * PAGE : 0;
}

#define MAP_POPULATE 0x8000

#define FILLERS_MAX 4
#define FILLER_MIN  16 /* pages that are worth a process */

/* Has Linux put pages into a part of the file, clean ones: that is what takes its time. */
static void fill_part(const struct pages *pages, size_t first, size_t end) {
    uint64_t bytes = (end - first) * pages->size;
    int64_t at = sys(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                     pages->file, pages->start + first * pages->size);
    if (!is_error(at))
        sys(__NR_munmap, at, bytes);
}

/* On several cores at once. */
static void fill_file(const struct pages *pages, size_t first) {
    size_t count = pages->count - first;
    size_t fillers = MIN(MIN(count / FILLER_MIN, (size_t)FILLERS_MAX), cpus_online());
    int64_t children[FILLERS_MAX] = {0};
    for (size_t i = 1; i < fillers; i++) {
        children[i] = sys(__NR_fork);
        if (children[i] == 0) {
            sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
            fill_part(pages, first + count * i / fillers, first + count * (i + 1) / fillers);
            sys(__NR_exit_group, 0);
        }
    }
    fill_part(pages, first, first + count / MAX(fillers, (size_t)1));
    for (size_t i = 1; i < fillers; i++)
        if (!is_error(children[i]))
            sys(__NR_wait4, children[i], 0, 0, 0);
}

static void find_piece(struct pages *pages, size_t n, int64_t pagemap, uint64_t address) {
    uint64_t physical = physical_of(pagemap, address);
    if (physical == 0)
        fail("Linux does not say where its huge pages are: /proc/self/pagemap is needed, and "
             "root.");
    pages->pieces[n] = (struct piece){physical, pages->start + n * pages->size};
}

/* So many more pieces: sees to what may be missing of them, and finds where all of it is. */
static void find_pieces(struct pages *pages, size_t more) {
    size_t first = pages->count;
    uint64_t bytes = more * pages->size, offset = pages->start + first * pages->size;
    pages->count += more;
    sys(__NR_ftruncate, pages->file, offset + bytes);
    prefer_node(pages->node);
    fill_file(pages, first);
    int64_t at = sys(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                     pages->file, offset);
    sys(__NR_set_mempolicy, MPOL_DEFAULT, 0, 0);
    if (is_error(at)) {
        sys(__NR_ftruncate, pages->file, offset);
        fail("Linux promised %lu MiB of huge pages and does not give them: error %d.", bytes / MIB,
             (int)-at);
    }
    int64_t pagemap = sys(__NR_open, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < more; i++)
        find_piece(pages, first + i, pagemap, (uint64_t)at + i * pages->size);
    sys(__NR_close, pagemap);
    sys(__NR_munmap, at, bytes);
}

static void sort(struct piece *pieces, size_t count) {
    for (size_t step = count / 2; step > 0; step /= 2)
        for (size_t i = step; i < count; i++) {
            struct piece piece = pieces[i];
            size_t k = i;
            for (; k >= step && pieces[k - step].physical > piece.physical; k -= step)
                pieces[k] = pieces[k - step];
            pieces[k] = piece;
        }
}

#define FALLOCATE_KEEP_SIZE  1
#define FALLOCATE_PUNCH_HOLE 2

/* The pool has it again. */
static void punch(const struct pages *pages, uint64_t offset) {
    sys(__NR_fallocate, pages->file, FALLOCATE_PUNCH_HOLE | FALLOCATE_KEEP_SIZE, offset,
        pages->size);
}

/* --- what it makes --- */

size_t pages_run(const struct pages *pages, size_t n) {
    size_t length = 1;
    while (n + length < pages->count &&
           pages->pieces[n + length].physical == pages->pieces[n].physical + length * pages->size)
        length++;
    return length;
}

/* Puts a region among those that there are, the longest first; what does not fit is left out. */
static void add_region(struct pages *pages, struct region region) {
    size_t at = MIN(pages->region_count, (size_t)REGIONS_MAX);
    while (at > 0 && pages->regions[at - 1].bytes < region.bytes) {
        if (at < REGIONS_MAX)
            pages->regions[at] = pages->regions[at - 1];
        at--;
    }
    if (at < REGIONS_MAX)
        pages->regions[at] = region;
    pages->region_count = MIN(pages->region_count + 1, (size_t)REGIONS_MAX);
}

/* The longest runs, at most as much as is wanted; their bytes. */
static uint64_t join(struct pages *pages, uint64_t wanted) {
    uint64_t bytes = 0;
    pages->region_count = 0;
    for (size_t i = 0, length; i < pages->count; i += length) {
        length = pages_run(pages, i);
        add_region(pages, (struct region){.physical = pages->pieces[i].physical,
                                          .bytes = length * pages->size});
    }
    for (size_t i = 0; i < pages->region_count; i++) {
        struct region *region = &pages->regions[i];
        region->bytes = MIN(region->bytes, wanted - bytes);
        bytes += region->bytes;
        if (region->bytes == 0)
            pages->region_count = i;
    }
    return bytes;
}

static bool is_wanted(const struct pages *pages, uint64_t physical) {
    for (size_t i = 0; i < pages->region_count; i++)
        if (physical - pages->regions[i].physical < pages->regions[i].bytes)
            return true;
    return false;
}

/* How many. */
static size_t drop_unwanted(struct pages *pages) {
    size_t kept = 0, all = pages->count;
    for (size_t i = 0; i < all; i++)
        if (is_wanted(pages, pages->pieces[i].physical))
            pages->pieces[kept++] = pages->pieces[i];
        else
            punch(pages, pages->pieces[i].offset);
    pages->count = kept;
    return all - kept;
}

#define KERNEL_BYTES (IMAGE_END + CHUNK)

#define REMEDY "Ask for less, or have huge pages set aside when Linux boots (hugepages=)."

_Noreturn static void refuse_amount(uint64_t wanted, uint64_t there) {
    refuse(REMEDY, "There is not enough memory: %lu MiB are wanted, and Linux has %lu MiB to give.",
           wanted / MIB, there / MIB);
}

_Noreturn static void refuse_pieces(const struct pages *pages, uint64_t wanted, uint64_t joined) {
    refuse(REMEDY,
           "The memory is in too small pieces: of %lu MiB the %d largest pieces have %lu MiB, the "
           "largest %lu MiB, and a kernel needs %lu MiB in one.",
           wanted / MIB, REGIONS_MAX, joined / MIB, pages->regions[0].bytes / MIB,
           (uint64_t)KERNEL_BYTES / MIB);
}

/* Linux tries hard for what it cannot have, and nothing else goes on then. */
static void check_available(const char *pool, const struct options *options) {
    uint64_t wanted = options->pages * options->page_size;
    uint64_t there = free_pages(pool, options->page_size) * options->page_size;
    uint64_t available = node_available(options->node);
    if (available > 0 && there + available < wanted)
        refuse_amount(wanted, there + available);
}

void pages_open(struct pages *pages, const struct options *options, int ledger) {
    pages->size = options->page_size;
    pages->node = options->node;
    pages->file = make_file(options->name, pages->size, ledger);
}

/* So many more than the enclave has; how many are free then. */
static uint64_t raise_pool(struct pages *pages, uint64_t count, int ledger) {
    uint64_t before = read_number(pages->pool, "nr_hugepages");
    uint64_t there = fill_pool(pages->pool, pages->size, count, pages->raised, ledger);
    uint64_t now = read_number(pages->pool, "nr_hugepages");
    pages->raised += now - MIN(now, before);
    return there;
}

void pages_reserve(struct pages *pages, const struct options *options, int ledger) {
    find_pool(pages->pool, options->node, options->page_size);
    check_available(pages->pool, options);
    uint64_t there = raise_pool(pages, options->pages, ledger);
    if (there < options->pages)
        refuse_amount(options->pages * pages->size, there * pages->size);
}

#define MORE_FIRST 32   /* pages to try with beyond what is wanted, and as many again each time */
#define MORE_MAX   8192 /* in all */

/* Of what is free in large pieces Linux keeps a quarter. */
static uint64_t more_pages(const struct pages *pages, uint64_t wanted, uint64_t have) {
    uint64_t possible = node_contiguous(pages->node) / 4 * 3 / pages->size;
    return MIN(MIN(MAX(have, (uint64_t)MORE_FIRST), possible), wanted + MORE_MAX - have);
}

/* Linux hands out huge pages in any order, so that few lie behind one another: some more, and
 * those that make the largest pieces are kept. */
void pages_take(struct pages *pages, const struct options *options, int ledger) {
    uint64_t wanted = options->pages * options->page_size, joined, more = options->pages;
    ledger_write(ledger, "memory %lu", wanted);
    pages->pieces = allocate((options->pages + MORE_MAX) * sizeof pages->pieces[0]);
    do {
        find_pieces(pages, more);
        sort(pages->pieces, pages->count);
        joined = join(pages, wanted);
        if (joined == wanted && pages->regions[0].bytes >= KERNEL_BYTES)
            break;
        more = more_pages(pages, options->pages, pages->count);
        more = MIN(more, raise_pool(pages, more, ledger));
        if (more == 0)
            refuse_pieces(pages, wanted, joined);
    } while (true);
    size_t dropped = drop_unwanted(pages);
    if (dropped > 0)
        lower_pool(pages->pool, dropped, pages->raised, ledger);
}

void pages_take_more(struct pages *pages, uint64_t count, const struct record *record, int ledger) {
    struct stat status;
    const char *pool = record->pool;
    uint64_t raised = raised_by(record), before = read_number(pool, "nr_hugepages");
    uint64_t there = fill_pool(pool, pages->size, count, raised, ledger);
    uint64_t now = read_number(pool, "nr_hugepages"), more = now - MIN(now, before);
    if (there < count) {
        lower_pool(pool, more, raised + more, ledger);
        refuse_amount(count * pages->size, there * pages->size);
    }
    if (is_error(sys(__NR_fstat, pages->file, &status)))
        fail("The file of the enclave's huge pages cannot be read.");
    pages->start = (uint64_t)status.size;
    pages->pieces = allocate(count * sizeof pages->pieces[0]);
    find_pieces(pages, count);
    sort(pages->pieces, pages->count);
}

void pages_drop(const struct pages *pages, const struct piece *pieces, size_t count,
                const struct record *record, int ledger) {
    for (size_t i = 0; i < count; i++)
        punch(pages, pieces[i].offset);
    lower_pool(record->pool, count, raised_by(record), ledger);
}

void pages_map(const struct pages *pages, uint64_t physical) {
    for (size_t i = 0; i < pages->count; i++) {
        const struct piece *piece = &pages->pieces[i];
        if (physical - piece->physical >= pages->size)
            continue;
        int64_t result = view_add(piece->physical, pages->size, pages->file, piece->offset);
        if (is_error(result))
            fail("The enclave's memory at 0x%lx cannot be mapped: error %d.", piece->physical,
                 (int)-result);
    }
}

void pages_give_back(const struct record *record) {
    if (record->file[0])
        sys(__NR_unlink, record->file);
    if (record->pool[0])
        empty_pool(record);
}

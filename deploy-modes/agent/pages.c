#include "pages.h"
#include "files.h"
#include "image.h"
#include "lib.h"
#include "node.h"
#include "sys.h"
#include "view.h"

#define MIB (1ul << 20)

/* --- the file --- */

static int make_file(const char *name, uint64_t size, int ledger) {
    char folder[PATH_MAX], path[PATH_MAX];
    pool_mount(folder, size);
    format(path, sizeof path, "%s/%s", folder, name);
    ledger_write(ledger, "file %s", path);
    int64_t file = sys(__NR_open, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (is_error(file))
        fail("%s cannot be made: error %d.", path, (int)-file);
    return hide((int)file);
}

/* --- the memory --- */

/* Where those are that the file has from an offset on. */
static void find_pieces(struct pages *pages, uint64_t offset, uint64_t more) {
    uint64_t bytes = more * pages->pool.size;
    int64_t at = sys(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_POPULATE | MAP_NORESERVE, pages->file, offset);
    if (is_error(at))
        fail("%lu MiB of huge pages cannot be mapped: error %d.", bytes / MIB, (int)-at);
    int64_t pagemap = sys(__NR_open, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    for (uint64_t done = 0; done < bytes; done += pages->pool.size)
        pages->pieces[pages->count++] =
            (struct piece){pool_physical(pagemap, (uint64_t)at + done), offset + done};
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

/* So many more pieces, behind what is in the file. How many Linux has to give: where that is less,
 * the file stays as it was. */
static uint64_t add_pieces(struct pages *pages, uint64_t more, int ledger) {
    uint64_t offset = pages->bytes, end = offset + more * pages->pool.size;
    uint64_t there = pool_reserve(&pages->pool, more, ledger);
    if (there < more)
        return there;
    sys(__NR_ftruncate, pages->file, end);
    there = pool_fill(&pages->pool, pages->file, offset, more, ledger);
    if (there < more) {
        sys(__NR_ftruncate, pages->file, offset);
        pool_release(&pages->pool, more, ledger);
        return there;
    }
    pages->bytes = end;
    find_pieces(pages, offset, more);
    sort(pages->pieces, pages->count);
    return more;
}

#define FALLOCATE_KEEP_SIZE  1
#define FALLOCATE_PUNCH_HOLE 2

/* Linux has it again. */
static void punch(const struct pages *pages, uint64_t offset) {
    sys(__NR_fallocate, pages->file, FALLOCATE_PUNCH_HOLE | FALLOCATE_KEEP_SIZE, offset,
        pages->pool.size);
}

/* --- what it makes --- */

size_t pages_run(const struct pages *pages, size_t n) {
    size_t length = 1;
    while (n + length < pages->count && pages->pieces[n + length].physical ==
                                            pages->pieces[n].physical + length * pages->pool.size)
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
                                          .bytes = length * pages->pool.size});
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

_Noreturn static void refuse_amount(const struct pages *pages, uint64_t wanted, uint64_t there) {
    refuse(REMEDY, "There is not enough memory: %lu MiB are wanted, and Linux has %lu MiB to give.",
           wanted * pages->pool.size / MIB, there * pages->pool.size / MIB);
}

_Noreturn static void refuse_pieces(const struct pages *pages, uint64_t wanted, uint64_t joined) {
    refuse(REMEDY,
           "The memory is in too small pieces: of %lu MiB the %d largest pieces have %lu MiB, the "
           "largest %lu MiB, and a kernel needs %lu MiB in one.",
           wanted / MIB, REGIONS_MAX, joined / MIB, pages->regions[0].bytes / MIB,
           (uint64_t)KERNEL_BYTES / MIB);
}

void pages_choose(struct options *options) {
    uint64_t bytes = options->pages * CHUNK;
    options->page_size = pool_page_size(options->node, bytes);
    options->pages = bytes / options->page_size;
}

void pages_open(struct pages *pages, const struct options *options, int ledger) {
    pool_find(&pages->pool, options->node, options->page_size);
    pages->file = make_file(options->name, options->page_size, ledger);
}

void pages_reserve(struct pages *pages, const struct options *options, int ledger) {
    uint64_t there = pool_possible(&pages->pool); /* Linux tries hard for what it cannot have */
    if (there >= options->pages)
        there = pool_reserve(&pages->pool, options->pages, ledger);
    if (there < options->pages)
        refuse_amount(pages, options->pages, there);
}

#define MORE_FIRST 32   /* pages to try with beyond what is wanted, and as many again each time */
#define MORE_MAX   8192 /* in all */

/* Of what is free in large pieces Linux keeps a quarter. */
static uint64_t more_pages(const struct pages *pages, uint64_t wanted) {
    uint64_t possible = node_contiguous(pages->pool.node) / 4 * 3 / pages->pool.size;
    return MIN(MIN(MAX((uint64_t)pages->count, (uint64_t)MORE_FIRST), possible),
               wanted + MORE_MAX - pages->count);
}

/* Linux hands out huge pages in any order, so that few lie behind one another: some more, and
 * those that make the largest pieces are kept. */
void pages_take(struct pages *pages, const struct options *options, int ledger) {
    uint64_t wanted = options->pages * options->page_size, joined;
    ledger_write(ledger, "memory %lu", wanted);
    pages->pieces = allocate((options->pages + MORE_MAX) * sizeof pages->pieces[0]);
    uint64_t there = add_pieces(pages, options->pages, ledger);
    if (there < options->pages)
        refuse_amount(pages, options->pages, there);
    while ((joined = join(pages, wanted)) < wanted || pages->regions[0].bytes < KERNEL_BYTES) {
        uint64_t more = more_pages(pages, options->pages);
        while (more > 0 && add_pieces(pages, more, ledger) < more)
            more /= 2;
        if (more == 0)
            refuse_pieces(pages, wanted, joined);
    }
    size_t dropped = drop_unwanted(pages);
    if (dropped > 0)
        pool_release(&pages->pool, dropped, ledger);
}

void pages_reopen(struct pages *pages, uint64_t node, uint64_t size, const struct record *record) {
    struct stat status;
    int64_t file = sys(__NR_open, record->file, O_RDWR | O_CLOEXEC);
    if (is_error(file) || is_error(sys(__NR_fstat, file, &status)))
        fail("%s cannot be opened, where the memory of the enclave %s is: error %d.", record->file,
             record->name, (int)-file);
    pool_find(&pages->pool, node, size);
    pages->pool.raised = pool_raised(record);
    pages->file = hide((int)file);
    pages->bytes = (uint64_t)status.size;
}

void pages_take_more(struct pages *pages, uint64_t count, int ledger) {
    pages->pieces = allocate(count * sizeof pages->pieces[0]);
    pages->count = 0;
    uint64_t there = add_pieces(pages, count, ledger);
    if (there < count)
        refuse_amount(pages, count, there);
}

void pages_drop(struct pages *pages, const struct piece *pieces, size_t count, int ledger) {
    for (size_t i = 0; i < count; i++)
        punch(pages, pieces[i].offset);
    pool_release(&pages->pool, count, ledger);
}

void pages_map(const struct pages *pages, uint64_t physical) {
    uint64_t size = pages->pool.size;
    for (size_t i = 0; i < pages->count; i++) {
        const struct piece *piece = &pages->pieces[i];
        if (physical - piece->physical >= size)
            continue;
        int64_t result = view_add(piece->physical, size, pages->file, piece->offset);
        if (is_error(result))
            fail("The enclave's memory at 0x%lx cannot be mapped: error %d.", piece->physical,
                 (int)-result);
    }
}

/* Whoever still has the file open or mapped does not keep what was in it. */
void pages_give_back(const struct record *record, int ledger) {
    if (record->file[0]) {
        sys(__NR_truncate, record->file, 0);
        sys(__NR_unlink, record->file);
    }
    pool_give_back(record, ledger);
}

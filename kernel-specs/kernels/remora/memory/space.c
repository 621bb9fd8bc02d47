/* The app's areas: a sorted array, neighbours that agree being one area. */
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"

#define AREAS_MAX 65530 /* Linux's vm.max_map_count */

static struct area *areas;
static size_t count, capacity;

void space_init(void) {
    uint64_t frame = frames_alloc(PAGE_SIZE, PAGE_SIZE);
    if (frame == 0)
        panic("no memory for the app's areas");
    areas = physical_to_kernel(frame);
    capacity = PAGE_SIZE / sizeof *areas;
}

/* --- the array --- */

/* The first area that ends past `address`; `count` if there is none. */
static size_t index_of(uint64_t address) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (areas[middle].end > address)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Makes room for two more areas, the most that one change can add; false if there is none. */
static bool reserve(void) {
    if (count + 2 <= capacity)
        return true;
    uint64_t bytes = align_up(capacity * sizeof *areas, PAGE_SIZE);
    uint64_t frames = capacity < AREAS_MAX ? frames_alloc(2 * bytes, PAGE_SIZE) : 0;
    if (frames == 0)
        return false;
    memcpy(physical_to_kernel(frames), areas, count * sizeof *areas);
    frames_free(kernel_to_physical(areas), bytes);
    areas = physical_to_kernel(frames);
    capacity = 2 * bytes / sizeof *areas;
    return true;
}

static void insert_at(size_t index, struct area area) {
    memmove(areas + index + 1, areas + index, (count - index) * sizeof *areas);
    areas[index] = area;
    count++;
}

static void delete_range(size_t from, size_t to) {
    memmove(areas + from, areas + to, (count - to) * sizeof *areas);
    count -= to - from;
}

/* Cuts the area that has `address` inside it in two. */
static void cut(uint64_t address) {
    size_t index = index_of(address);
    if (index == count || areas[index].start >= address)
        return;
    insert_at(index + 1, areas[index]);
    areas[index].end = address;
    areas[index + 1].start = address;
}

static bool joinable(const struct area *a, const struct area *b) {
    return a->end == b->start && a->prot == b->prot && a->kind == b->kind;
}

/* Joins neighbours from the one before `start` to the one after `end`. */
static void join(uint64_t start, uint64_t end) {
    size_t index = index_of(start);
    if (index > 0)
        index--;
    while (index + 1 < count && areas[index].start <= end) {
        if (joinable(&areas[index], &areas[index + 1])) {
            areas[index].end = areas[index + 1].end;
            delete_range(index + 1, index + 2);
        } else {
            index++;
        }
    }
}

/* --- questions --- */

/* The others' memory is there from the start: most of it will be used. */
static bool comes_when_touched(uint8_t kind) {
    return kind == AREA_STACK || kind == AREA_RESERVED || kind == AREA_THREAD_STACK;
}

#define PORTION KIB(64)

const struct area *space_find(uint64_t address) {
    size_t index = index_of(address);
    return index < count && areas[index].start <= address ? &areas[index] : NULL;
}

bool space_is_free(uint64_t start, uint64_t end) {
    size_t index = index_of(start);
    return index == count || areas[index].start >= end;
}

bool space_is_covered(uint64_t start, uint64_t end) {
    for (size_t i = index_of(start); i < count && areas[i].start <= start; i++) {
        start = areas[i].end;
        if (start >= end)
            return true;
    }
    return start >= end;
}

uint64_t space_find_gap(uint64_t bytes, uint64_t alignment) {
    uint64_t ceiling = MMAP_TOP;
    for (size_t i = index_of(MMAP_TOP); ceiling >= USER_BASE + bytes; i--) {
        uint64_t floor = i == 0 ? USER_BASE : areas[i - 1].end;
        uint64_t start = align_down(ceiling - bytes, alignment);
        if (start >= floor)
            return start;
        if (i == 0)
            break;
        ceiling = MIN(ceiling, areas[i - 1].start);
    }
    return 0;
}

/* --- changes --- */

int space_add(uint64_t start, uint64_t end, unsigned prot, enum area_kind kind) {
    if (!reserve())
        return -ENOMEM;
    bool zero = kind != AREA_IMAGE && kind < AREA_FILE;
    if (!comes_when_touched(kind) && prot != PROT_NONE &&
        !pagetable_populate(start, end, prot, zero)) {
        pagetable_clear(start, end);
        return -ENOMEM;
    }
    insert_at(index_of(start), (struct area){start, end, (uint8_t)prot, (uint8_t)kind});
    join(start, end);
    return 0;
}

int space_share(uint64_t start, uint64_t end, uint64_t physical, unsigned prot) {
    if (!reserve())
        return -ENOMEM;
    if (!pagetable_share(start, end, physical, prot)) {
        pagetable_clear(start, end);
        return -ENOMEM;
    }
    insert_at(index_of(start), (struct area){start, end, (uint8_t)prot, AREA_STREAM});
    join(start, end);
    return 0;
}

int space_remove(uint64_t start, uint64_t end) {
    if (!reserve() || !pagetable_clear(start, end))
        return -ENOMEM;
    cut(start);
    cut(end);
    size_t from = index_of(start), to = from;
    while (to < count && areas[to].start < end)
        to++;
    delete_range(from, to);
    return 0;
}

/* Memory that PROT_NONE has kept unpopulated comes when it gets another protection, or later. */
static bool protect_area(const struct area *area, uint64_t start, uint64_t end, unsigned prot) {
    start = MAX(start, area->start);
    end = MIN(end, area->end);
    if (prot != PROT_NONE && !comes_when_touched(area->kind) &&
        !pagetable_populate(start, end, prot, true))
        return false;
    return pagetable_protect(start, end, prot);
}

int space_protect(uint64_t start, uint64_t end, unsigned prot) {
    if (!space_is_covered(start, end) || !reserve())
        return -ENOMEM;
    cut(start);
    cut(end);
    int result = 0;
    for (size_t i = index_of(start); result == 0 && i < count && areas[i].start < end; i++) {
        if (!protect_area(&areas[i], start, end, prot)) {
            pagetable_protect(areas[i].start, areas[i].end, areas[i].prot);
            result = -ENOMEM;
        } else {
            areas[i].prot = (uint8_t)prot;
        }
    }
    join(start, end);
    return result;
}

int space_move(uint64_t start, uint64_t end, uint64_t target, struct area like) {
    uint64_t bytes = end - start;
    if (!reserve())
        return -ENOMEM;
    if (!pagetable_move(start, target, bytes)) {
        pagetable_move(target, start, bytes); /* its tables are still there */
        return -ENOMEM;
    }
    like.start = target;
    like.end = target + bytes;
    insert_at(index_of(target), like);
    join(target, target + bytes);
    return 0;
}

/* How much comes at a time: large pages but for a thread's stack, of which most is never used. */
static uint64_t portion(const struct area *area, uint64_t address) {
    uint64_t start = align_down(address, LARGE_PAGE);
    bool fits = start >= area->start && start + LARGE_PAGE <= area->end;
    return area->kind == AREA_STACK || (area->kind == AREA_RESERVED && fits) ? LARGE_PAGE : PORTION;
}

/* The area whose memory is to come at this address and has not; NULL if there is none. */
static const struct area *area_to_bring(uint64_t address) {
    uint64_t physical, left;
    const struct area *area = space_find(address);
    if (!area || !comes_when_touched(area->kind) || area->prot == PROT_NONE ||
        pagetable_find(address, PROT_NONE, &physical, &left))
        return NULL;
    return area;
}

bool space_lacks(uint64_t address) {
    return area_to_bring(address);
}

bool space_bring(uint64_t address) {
    const struct area *area = area_to_bring(address);
    if (!area)
        return false;
    uint64_t size = portion(area, address), start = align_down(address, size);
    if (pagetable_populate(MAX(start, area->start), MIN(start + size, area->end), area->prot, true))
        return true;
    start = align_down(address, PAGE_SIZE);
    return pagetable_populate(start, start + PAGE_SIZE, area->prot, true);
}

/* The copy of a file, also of the executable, stays: that is what would be read again, unless the
 * app has changed it. */
void space_forget(uint64_t start, uint64_t end) {
    for (size_t i = index_of(start); i < count && areas[i].start < end; i++) {
        uint64_t from = MAX(start, areas[i].start), to = MIN(end, areas[i].end);
        if (comes_when_touched(areas[i].kind) && pagetable_clear(from, to))
            continue;
        if (areas[i].kind != AREA_IMAGE && areas[i].kind < AREA_FILE)
            pagetable_zero(from, to);
    }
}

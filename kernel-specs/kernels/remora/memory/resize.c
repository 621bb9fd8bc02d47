/* More memory for a running kernel, and less: in whole chunks, with nothing left behind. */
#include "regions.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/x86.h"

#include <diver/enclave.h>

#define REGION_MAX GIB(64) /* its bitmap fits its first chunk */

/* --- more --- */

static bool is_ours(uint64_t start, uint64_t end) {
    for (size_t i = 0; i < pool.count; i++)
        if (start < pool.regions[i].end && end > pool.regions[i].start)
            return true;
    return false;
}

int memory_add(uint64_t start, uint64_t bytes) {
    if (bytes == 0 || bytes > REGION_MAX || start == 0 || start % DIVER_CHUNK != 0 ||
        bytes % DIVER_CHUNK != 0 || start > DIRECT_MAX - bytes)
        return -EINVAL;
    if (is_ours(start, start + bytes))
        return -EEXIST;
    if (pool.count == REGIONS_MAX)
        return -ENOSPC;
    int result = direct_add(start, start + bytes);
    if (result == 0)
        frames_add(start, start + bytes);
    return result;
}

/* --- less: what is to go is chosen first, from the last region to the first, downward --- */

static struct {
    struct removal wanted;
    struct diver_region *ranges; /* what has been chosen */
    uint32_t count, before; /* … of the region that is looked at, before which there were so many */
    uint64_t chosen, removable; /* bytes */
    bool whole[REGIONS_MAX];    /* all of the region could go */
} plan;

static void choose(uint64_t start, uint64_t bytes) {
    struct diver_region *last = plan.count > plan.before ? &plan.ranges[plan.count - 1] : NULL;
    plan.removable += bytes;
    if (plan.chosen >= plan.wanted.bytes || plan.count > DIVER_REGIONS_MAX)
        return;
    plan.chosen += bytes;
    if (last && last->start == start + bytes) {
        *last = (struct diver_region){start, last->bytes + bytes};
    } else {
        if (plan.count < DIVER_REGIONS_MAX)
            plan.ranges[plan.count] = (struct diver_region){start, bytes};
        plan.count++; /* past the limit: then there are too many pieces */
    }
}

/* The unit at a region's start may have the bitmap, for which it can go only with all else. */
static bool can_go(size_t at, uint64_t start, uint64_t bytes, bool above) {
    const struct frames *region = &pool.regions[at];
    uint64_t home = region->home == start ? region->home_bytes : 0;
    if (!frames_are_free(region, start + home, start + bytes))
        return false;
    if (home == 0)
        return true;
    for (size_t i = 0; i < pool.count; i++)
        if (i != at && pool.regions[i].home == start && !plan.whole[i])
            return false;
    return above;
}

static void scan(size_t at) {
    const struct frames *region = &pool.regions[at];
    uint64_t unit = plan.wanted.unit, start = MAX(region->start, plan.wanted.from);
    uint64_t end = align_down(MIN(region->end, plan.wanted.to), unit);
    if (start < physical_base + BOOT_MAPPED && region->end > physical_base)
        start = MAX(start, physical_base + BOOT_MAPPED);  /* mapped as the kernel's image */
    if (start >= end || region->start % DIVER_CHUNK != 0) /* so its bitmap can be divided */
        return;
    start = align_up(start, unit);
    plan.before = plan.count;
    bool above = end == region->end;
    for (; end > start; end -= unit) {
        bool can = can_go(at, end - unit, unit, above);
        above = above && can;
        if (can)
            choose(end - unit, unit);
    }
    plan.whole[at] = above && start == region->start && end == start;
}

/* --- … then it is cut off --- */

static bool cut(struct pool *left, struct frames *region, uint64_t start, uint64_t end) {
    struct frames right = *region;
    right.start = end;
    right.bitmap += (end - region->start) / PAGE_SIZE / 64;
    right.lowest = 0;
    region->end = start;
    if (right.start == right.end)
        return true;
    if (region->start == region->end) {
        *region = right;
        return true;
    }
    if (left->count == REGIONS_MAX)
        return false;
    left->regions[left->count++] = right;
    return true;
}

/* The range lies in one region of those there were at first: what is cut off goes to the end. */
static bool cut_range(struct pool *left, struct diver_region range) {
    for (size_t i = 0; i < left->count; i++) {
        struct frames *region = &left->regions[i];
        if (range.start >= region->start && range.start < region->end)
            return cut(left, region, range.start, range.start + range.bytes);
    }
    return false;
}

static void drop_empty(struct pool *left) {
    size_t count = 0;
    for (size_t i = 0; i < left->count; i++)
        if (left->regions[i].start < left->regions[i].end)
            left->regions[count++] = left->regions[i];
    left->count = count;
}

/* Bytes of bitmaps in what was chosen. */
static uint64_t bitmaps_chosen(void) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < plan.count; i++)
        for (size_t k = 0; k < pool.count; k++) {
            const struct frames *region = &pool.regions[k];
            if (region->home == region->start && region->home >= plan.ranges[i].start &&
                region->home < plan.ranges[i].start + plan.ranges[i].bytes)
                bytes += region->home_bytes;
        }
    return bytes;
}

static int take_chosen(void) {
    static struct pool left;
    left = pool;
    for (uint32_t i = 0; i < plan.count; i++)
        if (!cut_range(&left, plan.ranges[i]))
            return -E2BIG;
    drop_empty(&left);
    frames_become(&left, plan.chosen, bitmaps_chosen());
    for (uint32_t i = 0; i < plan.count; i++)
        direct_remove(plan.ranges[i].start, plan.ranges[i].start + plan.ranges[i].bytes);
    cores_flush_kernel();
    return 0;
}

static bool is_valid(const struct removal *wanted) {
    return wanted->bytes != 0 && wanted->unit >= DIVER_CHUNK &&
           (wanted->unit & (wanted->unit - 1)) == 0 && wanted->bytes % wanted->unit == 0 &&
           wanted->from < wanted->to;
}

int memory_remove(const struct removal *wanted, struct diver_region *ranges, uint32_t *count,
                  uint64_t *removable) {
    if (!is_valid(wanted))
        return -EINVAL;
    memset(&plan, 0, sizeof plan);
    plan.wanted = *wanted;
    plan.ranges = ranges;
    for (size_t i = pool.count; i-- > 0;)
        scan(i);
    *removable = plan.removable;
    if (plan.removable < wanted->bytes)
        return -EBUSY;
    if (plan.count > DIVER_REGIONS_MAX)
        return -E2BIG;
    int result = take_chosen();
    *count = result == 0 ? plan.count : 0;
    return result;
}

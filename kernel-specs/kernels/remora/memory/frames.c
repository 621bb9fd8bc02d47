/*
 * Physical memory in regions, each with a bitmap: bit set = frame free. First fit, from the lowest
 * free frame of the first region up; memory that came later comes last, so that it is the first to
 * be free again.
 */
#include "regions.h"
#include "remora/boot.h"
#include "remora/lib.h"

#define BITS 64

extern uint8_t __kernel_end[];

struct pool pool;
static uint64_t total, unused, peak;

/* --- bits, by a frame's number in its region --- */

static bool is_free(const struct frames *region, uint64_t frame) {
    return region->bitmap[frame / BITS] >> (frame % BITS) & 1;
}

/* The first frame in [from, end) whose bit is `value`; `end` if there is none. */
static uint64_t find_bit(const struct frames *region, uint64_t from, uint64_t end, bool value) {
    while (from < end) {
        uint64_t bits = region->bitmap[from / BITS], word = value ? bits : ~bits;
        word &= ~0ull << (from % BITS);
        if (word != 0)
            return MIN(align_down(from, BITS) + (uint64_t)__builtin_ctzll(word), end);
        from = align_down(from, BITS) + BITS;
    }
    return end;
}

static void set_bits(struct frames *region, uint64_t from, uint64_t end, bool value) {
    while (from < end) {
        uint64_t count = MIN(BITS - from % BITS, end - from);
        uint64_t mask = (count == BITS ? ~0ull : (1ull << count) - 1) << (from % BITS);
        if (value)
            region->bitmap[from / BITS] |= mask;
        else
            region->bitmap[from / BITS] &= ~mask;
        from += count;
    }
}

static uint64_t count_of(const struct frames *region) {
    return (region->end - region->start) / PAGE_SIZE;
}

bool frames_are_free(const struct frames *region, uint64_t start, uint64_t end) {
    uint64_t from = (start - region->start) / PAGE_SIZE, to = (end - region->start) / PAGE_SIZE;
    return find_bit(region, from, to, false) == to;
}

/* --- taking and giving --- */

/* The physical address as multiple of PAGE_SIZE is aligned, not the number in the region. */
static uint64_t aligned(const struct frames *region, uint64_t frame, uint64_t alignment) {
    return (align_up(region->start + frame * PAGE_SIZE, alignment) - region->start) / PAGE_SIZE;
}

static uint64_t alloc_in(struct frames *region, uint64_t bytes, uint64_t alignment) {
    uint64_t count = bytes / PAGE_SIZE, end = count_of(region);
    region->lowest = find_bit(region, region->lowest, end, true);
    for (uint64_t start = aligned(region, region->lowest, alignment); start + count <= end;) {
        uint64_t taken = find_bit(region, start, start + count, false);
        if (taken == start + count) {
            set_bits(region, start, start + count, false);
            return region->start + start * PAGE_SIZE;
        }
        start = aligned(region, find_bit(region, taken, end, true), alignment);
    }
    return 0;
}

uint64_t frames_alloc(uint64_t bytes, uint64_t alignment) {
    uint64_t physical = 0;
    for (size_t i = 0; i < pool.count && physical == 0; i++)
        physical = alloc_in(&pool.regions[i], bytes, alignment);
    if (physical == 0)
        return 0;
    unused -= bytes;
    peak = MAX(peak, total - unused);
    return physical;
}

static struct frames *region_of(uint64_t physical) {
    for (size_t i = 0; i < pool.count; i++)
        if (physical >= pool.regions[i].start && physical < pool.regions[i].end)
            return &pool.regions[i];
    panic("frame 0x%lx is freed, which is not ours", physical);
}

void frames_free(uint64_t physical, uint64_t bytes) {
    struct frames *region = region_of(physical);
    uint64_t frame = (physical - region->start) / PAGE_SIZE;
    if (is_free(region, frame))
        panic("frame 0x%lx is freed twice", physical);
    set_bits(region, frame, frame + bytes / PAGE_SIZE, true);
    unused += bytes;
    region->lowest = MIN(region->lowest, frame);
}

uint64_t frames_total(void) {
    return total;
}

uint64_t frames_unused(void) {
    return unused;
}

uint64_t frames_peak(void) {
    return peak;
}

/* --- the start --- */

/* The first MiB is left to the firmware, which keeps its tables and its start_info there. */
static struct region usable(struct region ram) {
    ram.start = MAX(ram.start, MIB(1));
    ram.end = MAX(ram.end, ram.start);
    return ram;
}

static void reserve(uint64_t start, uint64_t end) {
    for (size_t i = 0; i < pool.count; i++) {
        struct frames *region = &pool.regions[i];
        uint64_t from = MAX(align_down(start, PAGE_SIZE), region->start);
        for (uint64_t at = from; at < MIN(end, region->end); at += PAGE_SIZE) {
            uint64_t frame = (at - region->start) / PAGE_SIZE;
            if (is_free(region, frame)) {
                set_bits(region, frame, frame + 1, false);
                unused -= PAGE_SIZE;
            }
        }
    }
}

/* The bitmaps lie behind the kernel, which must leave them room before the app's file. */
static uint64_t place_bitmaps(const struct boot_info *boot) {
    uint64_t start = kernel_to_physical(__kernel_end), end = start;
    for (size_t i = 0; i < pool.count; i++) {
        pool.regions[i].bitmap = physical_to_kernel(end);
        end += BITMAP_BYTES(count_of(&pool.regions[i]));
    }
    if (end > physical_base + BOOT_MAPPED || (boot->app.start < end && boot->app.end > start))
        panic("no room for the frame bitmaps behind the kernel");
    memset(physical_to_kernel(start), 0, end - start);
    return end;
}

void frames_init(const struct boot_info *boot) {
    for (size_t i = 0; i < boot->ram_count; i++) {
        struct region ram = usable(boot->ram[i]);
        if (ram.start < ram.end)
            pool.regions[pool.count++] = (struct frames){.start = ram.start, .end = ram.end};
    }
    uint64_t bitmaps_end = place_bitmaps(boot);
    for (size_t i = 0; i < pool.count; i++) {
        set_bits(&pool.regions[i], 0, count_of(&pool.regions[i]), true);
        total += pool.regions[i].end - pool.regions[i].start;
    }
    unused = total;
    reserve(physical_base, bitmaps_end); /* the agent's first MiB, the kernel, the bitmaps */
    reserve(boot->app.start, boot->app.end);
    for (size_t i = 0; i < ARRAY_SIZE(options.shared); i++)
        reserve(options.shared[i].start, options.shared[i].end);
    peak = total - unused;
}

/* --- more, and less --- */

void frames_add(uint64_t start, uint64_t end) {
    struct frames region = {.start = start, .end = end, .home = start};
    region.home_bytes = align_up(BITMAP_BYTES(count_of(&region)), PAGE_SIZE);
    region.bitmap = memset(physical_to_kernel(start), 0, region.home_bytes);
    set_bits(&region, region.home_bytes / PAGE_SIZE, count_of(&region), true);
    pool.regions[pool.count++] = region;
    total += end - start;
    unused += end - start - region.home_bytes;
}

void frames_become(const struct pool *smaller, uint64_t bytes, uint64_t used) {
    pool = *smaller;
    total -= bytes;
    unused -= bytes - used;
}

/* Physical memory as a bitmap: bit set = frame free. First fit, from the lowest free frame up. */
#include "remora/boot.h"
#include "remora/lib.h"
#include "remora/memory.h"

#define BITS 64

extern uint8_t __kernel_end[];

static uint64_t *bitmap;
static uint64_t frame_count; /* frames the bitmap covers */
static uint64_t lowest;      /* no frame below it is free */
static uint64_t total, unused, least_unused;

static bool is_free(uint64_t frame) {
    return bitmap[frame / BITS] >> (frame % BITS) & 1;
}

/* The first frame in [from, end) whose bit is `value`; `end` if there is none. */
static uint64_t find_bit(uint64_t from, uint64_t end, bool value) {
    while (from < end) {
        uint64_t word = value ? bitmap[from / BITS] : ~bitmap[from / BITS];
        word &= ~0ull << (from % BITS);
        if (word != 0)
            return MIN(align_down(from, BITS) + (uint64_t)__builtin_ctzll(word), end);
        from = align_down(from, BITS) + BITS;
    }
    return end;
}

static void set_bits(uint64_t from, uint64_t end, bool value) {
    while (from < end) {
        uint64_t count = MIN(BITS - from % BITS, end - from);
        uint64_t mask = (count == BITS ? ~0ull : (1ull << count) - 1) << (from % BITS);
        if (value)
            bitmap[from / BITS] |= mask;
        else
            bitmap[from / BITS] &= ~mask;
        from += count;
    }
}

uint64_t frames_alloc(uint64_t bytes, uint64_t alignment) {
    uint64_t count = bytes / PAGE_SIZE, step = alignment / PAGE_SIZE;
    lowest = find_bit(lowest, frame_count, true);
    for (uint64_t start = align_up(lowest, step); start + count <= frame_count;) {
        uint64_t taken = find_bit(start, start + count, false);
        if (taken == start + count) {
            set_bits(start, start + count, false);
            unused -= bytes;
            least_unused = MIN(least_unused, unused);
            return start * PAGE_SIZE;
        }
        start = align_up(find_bit(taken, frame_count, true), step);
    }
    return 0;
}

void frames_free(uint64_t physical, uint64_t bytes) {
    uint64_t frame = physical / PAGE_SIZE;
    if (is_free(frame))
        panic("frame 0x%lx is freed twice", physical);
    set_bits(frame, frame + bytes / PAGE_SIZE, true);
    unused += bytes;
    lowest = MIN(lowest, frame);
}

uint64_t frames_total(void) {
    return total;
}

uint64_t frames_unused(void) {
    return unused;
}

uint64_t frames_peak(void) {
    return total - least_unused;
}

/* The first MiB is left to the firmware, which keeps its tables and its start_info there. */
static struct region usable(struct region ram) {
    ram.start = MAX(ram.start, MIB(1));
    ram.end = MAX(ram.end, ram.start);
    return ram;
}

static void reserve(uint64_t start, uint64_t end) {
    uint64_t from = start / PAGE_SIZE, to = align_up(end, PAGE_SIZE) / PAGE_SIZE;
    for (uint64_t frame = from; frame < MIN(to, frame_count); frame++)
        if (is_free(frame)) {
            set_bits(frame, frame + 1, false);
            unused -= PAGE_SIZE;
        }
}

/* The bitmap lies behind the kernel, which must leave it room before the app's file. */
static uint64_t place_bitmap(const struct boot_info *boot) {
    uint64_t start = kernel_to_physical(__kernel_end);
    uint64_t end = start + align_up(frame_count, BITS) / 8;
    if (end > physical_base + BOOT_MAPPED || (boot->app.start < end && boot->app.end > start))
        panic("no room for the frame bitmap behind the kernel");
    bitmap = physical_to_kernel(start);
    memset(bitmap, 0, end - start);
    return end;
}

void frames_init(const struct boot_info *boot) {
    for (size_t i = 0; i < boot->ram_count; i++)
        frame_count = MAX(frame_count, boot->ram[i].end / PAGE_SIZE);
    uint64_t bitmap_end = place_bitmap(boot);
    for (size_t i = 0; i < boot->ram_count; i++) {
        struct region ram = usable(boot->ram[i]);
        set_bits(ram.start / PAGE_SIZE, ram.end / PAGE_SIZE, true);
        total += ram.end - ram.start;
    }
    unused = total;
    reserve(physical_base, bitmap_end); /* the agent's first MiB, the kernel, the bitmap */
    reserve(boot->app.start, boot->app.end);
    least_unused = unused;
}

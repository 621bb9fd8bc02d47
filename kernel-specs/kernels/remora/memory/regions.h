/* The memory there is, for the two files that hand it out and that change how much it is. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "remora/boot.h"
#include "remora/memory.h"

struct frames {
    uint64_t start, end; /* physical */
    uint64_t lowest;     /* number of a frame in it; none below is free */
    uint64_t *bitmap;    /* bit set = frame free */
    uint64_t home; /* where the bitmap is: at the start of the region that it came with, of which
                    * this is what is left; 0: behind the kernel */
    uint64_t home_bytes;
};

/* Of so many frames. */
#define BITMAP_BYTES(frames) (align_up(frames, 64) / 8)

struct pool {
    struct frames regions[REGIONS_MAX];
    size_t count;
};
extern struct pool pool;

/* Whether all of a range of the region's is. */
bool frames_are_free(const struct frames *region, uint64_t start, uint64_t end);
/* One more region, which is mapped. Its bitmap goes to its start. */
void frames_add(uint64_t start, uint64_t end);
/* From now on there is only what `smaller` has: so many bytes less, `used` of which were bitmaps.
 */
void frames_become(const struct pool *smaller, uint64_t bytes, uint64_t used);

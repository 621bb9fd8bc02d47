/* brk: memory comes in steps of 2 MiB, and what has come stays. */
#include "remora/lib.h"
#include "remora/memory.h"

static struct {
    uint64_t start;
    uint64_t end;    /* the program break */
    uint64_t used;   /* the highest it has been: what lies beyond is still zero */
    uint64_t mapped; /* a multiple of LARGE_PAGE, at least `end` */
} heap;

void heap_init(uint64_t start) {
    start = align_up(start, LARGE_PAGE);
    heap.start = heap.end = heap.used = heap.mapped = start;
}

/* As brk(2) in Linux: the new break, or the old one if it cannot be moved. */
uint64_t heap_set(uint64_t end) {
    if (end < heap.start || end >= USER_END)
        return heap.end;
    if (heap.end < heap.used) /* a shrunken heap comes back zeroed, as if it had been given away */
        user_zero(heap.end, MAX(MIN(end, heap.used), heap.end) - heap.end);
    uint64_t mapped = align_up(end, LARGE_PAGE);
    if (mapped > heap.mapped) {
        if (!space_is_free(heap.mapped, mapped) ||
            space_add(heap.mapped, mapped, PROT_READ | PROT_WRITE, AREA_HEAP) != 0)
            return heap.end;
        heap.mapped = mapped;
    }
    heap.end = end;
    heap.used = MAX(heap.used, end);
    return end;
}

uint64_t heap_bytes(void) {
    return heap.end - heap.start;
}

/* mmap and its kin. Everything is mapped, and zeroed or read, by the call itself. */
#include "remora/memory.h"
#include "remora/descriptors.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/shared.h"
#include "remora/syscall.h"

#define MAP_SHARED          0x01 /* nobody else is there: as private */
#define MAP_PRIVATE         0x02
#define MAP_TYPE            0x0f
#define MAP_FIXED           0x10
#define MAP_ANONYMOUS       0x20
#define MAP_NORESERVE       0x4000
#define MAP_POPULATE        0x8000
#define MAP_STACK           0x20000
#define MAP_FIXED_NOREPLACE 0x100000

#define MREMAP_MAYMOVE   1
#define MREMAP_FIXED     2
#define MREMAP_DONTUNMAP 4

#define MADV_DONTNEED 4
#define MADV_REMOVE   9
#define MADV_LAST     25
#define MADV_HWPOISON 100

/* Rounds to whole pages; false unless start is page-aligned and all lies in user space. */
static bool whole_pages(uint64_t start, uint64_t *bytes) {
    if (start % PAGE_SIZE != 0 || *bytes > USER_END || start > USER_END - *bytes)
        return false;
    *bytes = align_up(*bytes, PAGE_SIZE);
    return start + *bytes <= USER_END;
}

static uint64_t find_place(uint64_t bytes) {
    return space_find_gap(bytes, bytes >= LARGE_PAGE ? LARGE_PAGE : PAGE_SIZE);
}

/* Where the mapping goes: at the hint if it is free, anywhere otherwise; 0 if nowhere. */
static uint64_t place_at_hint(uint64_t hint, uint64_t bytes) {
    hint = align_down(hint, PAGE_SIZE);
    if (hint >= USER_BASE && hint <= MMAP_TOP && bytes <= MMAP_TOP - hint &&
        space_is_free(hint, hint + bytes))
        return hint;
    return find_place(bytes);
}

/* Clears the way for MAP_FIXED; 0 or a negated error number. */
static int place_fixed(uint64_t start, uint64_t bytes, bool replace) {
    if (!whole_pages(start, &bytes))
        return start % PAGE_SIZE ? -EINVAL : -ENOMEM;
    if (start < USER_BASE)
        return -EPERM;
    if (!replace && !space_is_free(start, start + bytes))
        return -EEXIST;
    return space_remove(start, start + bytes);
}

/* Where a mapping goes: the place that is wanted, which is cleared, or one that is free. */
static int64_t place(uint64_t start, uint64_t bytes, uint64_t flags) {
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
        int result = place_fixed(start, bytes, !(flags & MAP_FIXED_NOREPLACE));
        return result == 0 ? (int64_t)start : result;
    }
    start = place_at_hint(start, bytes);
    return start ? (int64_t)start : -ENOMEM;
}

/* What a descriptor has that leads to memory which is shared anyway. */
static int64_t map_stream(const struct call *call, enum stream stream, uint64_t bytes,
                          unsigned prot) {
    if ((call->argument[3] & MAP_TYPE) == MAP_PRIVATE)
        return -ENODEV;
    int64_t start = place(call->argument[0], bytes, call->argument[3]);
    if (start < 0)
        return start;
    int result =
        shared_map(stream, (uint64_t)start, (uint64_t)start + bytes, call->argument[5], prot);
    return result == 0 ? start : result;
}

static int64_t map_file(const struct call *call, uint64_t bytes, unsigned prot) {
    uint64_t flags = call->argument[3], offset = call->argument[5];
    bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
    int descriptor = (int)call->argument[4];
    if (offset + bytes < offset || offset + bytes > INT64_MAX)
        return -EOVERFLOW;
    enum stream stream;
    if (descriptor_stream((uint32_t)descriptor, &stream) && shared_is(stream))
        return map_stream(call, stream, bytes, prot);
    int result = file_check(descriptor, shared, prot);
    if (result != 0)
        return result;
    int64_t start = place(call->argument[0], bytes, flags);
    if (start < 0)
        return start;
    result = file_map((uint64_t)start, (uint64_t)start + bytes, prot,
                      shared ? AREA_SHARED_FILE : AREA_FILE, descriptor, offset);
    return result == 0 ? start : result;
}

/* Address space that most of will never be used comes as it is touched. */
static enum area_kind kind_of(uint64_t flags, unsigned prot) {
    if (flags & MAP_POPULATE)
        return AREA_MAPPED;
    if (flags & MAP_STACK)
        return AREA_THREAD_STACK;
    return prot == PROT_NONE || (flags & MAP_NORESERVE) ? AREA_RESERVED : AREA_MAPPED;
}

int64_t sys_mmap(const struct call *call) {
    uint64_t bytes = call->argument[1], flags = call->argument[3];
    unsigned prot = call->argument[2] & PROT_ALL;
    if (bytes == 0 || !(flags & (MAP_SHARED | MAP_PRIVATE)) || call->argument[5] % PAGE_SIZE != 0)
        return -EINVAL;
    if (bytes > MMAP_TOP)
        return -ENOMEM;
    bytes = align_up(bytes, PAGE_SIZE);
    if (!(flags & MAP_ANONYMOUS))
        return map_file(call, bytes, prot);
    int64_t start = place(call->argument[0], bytes, flags);
    if (start < 0)
        return start;
    int result = space_add((uint64_t)start, (uint64_t)start + bytes, prot, kind_of(flags, prot));
    return result == 0 ? start : result;
}

int64_t sys_munmap(const struct call *call) {
    uint64_t start = call->argument[0], bytes = call->argument[1];
    if (bytes == 0 || !whole_pages(start, &bytes))
        return -EINVAL;
    return space_remove(start, start + bytes);
}

/* What would be written there would reach no file. */
static bool has_shared_file(uint64_t start, uint64_t end) {
    for (const struct area *area; start < end && (area = space_find(start)); start = area->end)
        if (area->kind == AREA_SHARED_FILE)
            return true;
    return false;
}

int64_t sys_mprotect(const struct call *call) {
    uint64_t start = call->argument[0], bytes = call->argument[1];
    if (start % PAGE_SIZE != 0 || (call->argument[2] & ~(uint64_t)PROT_ALL))
        return -EINVAL;
    if (!whole_pages(start, &bytes))
        return -ENOMEM;
    if (bytes == 0)
        return 0;
    if ((call->argument[2] & PROT_WRITE) && has_shared_file(start, start + bytes))
        return -EACCES;
    return space_protect(start, start + bytes, call->argument[2] & PROT_ALL);
}

int64_t sys_brk(const struct call *call) {
    return (int64_t)heap_set(call->argument[0]);
}

/* --- mremap --- */

/* What is added to a mapping is zeroed memory, even behind the copy of a file. */
static int add_more(uint64_t start, uint64_t end, const struct area *area) {
    bool of_file = area->kind >= AREA_FILE || area->kind == AREA_IMAGE;
    return space_add(start, end, area->prot, of_file ? AREA_MAPPED : area->kind);
}

/* Grows in place if what follows is free. */
static bool grow(uint64_t start, uint64_t old, uint64_t new, const struct area *area) {
    return start + new <= MMAP_TOP &&space_is_free(start + old, start + new) &&
           add_more(start + old, start + new, area) == 0;
}

/* Moves pages, not bytes, to `target`, which is free, and adds what is new. */
static int64_t move(uint64_t start, uint64_t old, uint64_t target, uint64_t new, struct area area) {
    uint64_t moved = MIN(old, new);
    if (new > old && add_more(target + old, target + new, &area) != 0)
        return -ENOMEM;
    if (space_move(start, start + moved, target, area) != 0) {
        space_remove(target + moved, target + new);
        return -ENOMEM;
    }
    space_remove(start, start + old);
    return (int64_t)target;
}

int64_t sys_mremap(const struct call *call) {
    uint64_t start = call->argument[0], old = call->argument[1], new = call->argument[2];
    uint64_t flags = call->argument[3], target = call->argument[4];
    if ((flags & ~(uint64_t)(MREMAP_MAYMOVE | MREMAP_FIXED)) || new == 0 || old == 0 ||
        ((flags & MREMAP_FIXED) && !(flags & MREMAP_MAYMOVE)) || !whole_pages(start, &old) ||
        new > MMAP_TOP)
        return -EINVAL;
    new = align_up(new, PAGE_SIZE);
    const struct area *area = space_find(start);
    if (!area || area->end < start + old)
        return -EFAULT;
    struct area kept = *area;
    if (flags & MREMAP_FIXED) {
        if (!whole_pages(target, &new) || (target < start + old && start < target + new))
            return -EINVAL;
        int result = place_fixed(target, new, true);
        return result == 0 ? move(start, old, target, new, kept) : result;
    }
    if (new <= old) {
        int result = new < old ? space_remove(start + new, start + old) : 0;
        return result == 0 ? (int64_t)start : result;
    }
    if (grow(start, old, new, area))
        return (int64_t)start;
    target = flags & MREMAP_MAYMOVE ? find_place(new) : 0;
    return target ? move(start, old, target, new, kept) : -ENOMEM;
}

/* --- advice --- */

int64_t sys_madvise(const struct call *call) {
    uint64_t start = call->argument[0], bytes = call->argument[1];
    int advice = (int)call->argument[2];
    if (!whole_pages(start, &bytes) || advice < 0 || (advice > MADV_LAST && advice < MADV_HWPOISON))
        return -EINVAL;
    if (!space_is_covered(start, start + bytes))
        return -ENOMEM;
    if (advice == MADV_DONTNEED || advice == MADV_REMOVE)
        space_forget(start, start + bytes);
    return 0; /* the others ask for what memory here is anyway */
}

int64_t sys_msync(const struct call *call) {
    uint64_t start = call->argument[0], bytes = call->argument[1];
    if (!whole_pages(start, &bytes))
        return -EINVAL;
    return space_is_covered(start, start + bytes) ? 0 : -ENOMEM;
}

/* All memory is locked, always. */
int64_t sys_mlock(const struct call *call) {
    uint64_t start = align_down(call->argument[0], PAGE_SIZE);
    uint64_t bytes = call->argument[1] + call->argument[0] % PAGE_SIZE;
    return whole_pages(start, &bytes) && space_is_covered(start, start + bytes) ? 0 : -ENOMEM;
}

int64_t sys_mlockall(const struct call *call) {
    (void)call;
    return 0;
}

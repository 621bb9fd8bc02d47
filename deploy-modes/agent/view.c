#include "view.h"
#include "lib.h"
#include "sys.h"

/* A bit for each chunk that is there. */
static uint64_t present[VIEW_BYTES / CHUNK / 64];
static bool used;

bool view_is_used(void) {
    return used;
}

static void set_present(uint64_t physical, uint64_t bytes, bool value) {
    for (uint64_t chunk = physical / CHUNK; chunk < (physical + bytes) / CHUNK; chunk++)
        if (value)
            __atomic_or_fetch(&present[chunk / 64], 1ull << (chunk % 64), __ATOMIC_RELEASE);
        else
            __atomic_and_fetch(&present[chunk / 64], ~(1ull << (chunk % 64)), __ATOMIC_RELEASE);
}

int64_t view_add(uint64_t physical, uint64_t bytes, int descriptor, uint64_t offset) {
    if (physical > VIEW_BYTES || bytes > VIEW_BYTES - physical)
        return -EINVAL;
    int64_t at = sys(__NR_mmap, VIEW_START + physical, bytes, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_FIXED, descriptor, offset);
    if (is_error(at))
        return at;
    used = true;
    set_present(physical, bytes, true);
    return 0;
}

void view_remove(uint64_t physical, uint64_t bytes) {
    set_present(physical, bytes, false);
    sys(__NR_munmap, VIEW_START + physical, bytes);
}

void *view_at(uint64_t physical, uint64_t bytes) {
    if (bytes == 0 || physical >= VIEW_BYTES || bytes > VIEW_BYTES - physical)
        return NULL;
    for (uint64_t chunk = physical / CHUNK; chunk <= (physical + bytes - 1) / CHUNK; chunk++)
        if (!(__atomic_load_n(&present[chunk / 64], __ATOMIC_ACQUIRE) >> (chunk % 64) & 1))
            return NULL;
    return (void *)(VIEW_START + physical);
}

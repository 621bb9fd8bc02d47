/*
 * The one checked path to the app's memory. An address is looked up in the page tables and the
 * memory is reached through the direct map, so that checking and finding are one step, a bad
 * pointer cannot fault in the kernel, and SMAP never needs to be lifted.
 *
 * Calls without the kernel lock come here, too. What they have found stays theirs until they leave
 * the kernel or take the lock: only then do they see to flush requests (x86/requests.c), and frames
 * are not reused before. So they never bring memory.
 */
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/thread.h"

/* One page's worth from `address` on, brought (under the lock) if it comes when it is touched. */
static bool find(uint64_t address, unsigned access, struct span *span) {
    if (address >= USER_END)
        return false;
    if (pagetable_find(address, access, &span->physical, &span->length))
        return true;
    return kernel_is_locked() && space_bring(address) &&
           pagetable_find(address, access, &span->physical, &span->length);
}

bool user_span(uint64_t address, uint64_t size, unsigned access, struct span *span) {
    if (!find(address, access, span))
        return false;
    struct span next;
    while (span->length < size && find(address + span->length, access, &next) &&
           next.physical == span->physical + span->length)
        span->length += next.length;
    span->length = MIN(span->length, size);
    return true;
}

bool user_check(uint64_t address, size_t size, unsigned access) {
    if (size > USER_END || address > USER_END - size)
        return size == 0;
    struct span span;
    for (; size > 0; address += span.length, size -= span.length)
        if (!user_span(address, size, access, &span))
            return false;
    return true;
}

bool user_read(void *to, uint64_t from, size_t size) {
    if (!user_check(from, size, PROT_READ))
        return false;
    struct span span;
    for (uint8_t *at = to; size > 0; at += span.length, from += span.length, size -= span.length) {
        if (!user_span(from, size, PROT_READ, &span))
            return false;
        memcpy(at, physical_to_kernel(span.physical), span.length);
    }
    return true;
}

bool user_write(uint64_t to, const void *from, size_t size) {
    if (!user_check(to, size, PROT_WRITE))
        return false;
    struct span span;
    for (const uint8_t *at = from; size > 0;
         at += span.length, to += span.length, size -= span.length) {
        if (!user_span(to, size, PROT_WRITE, &span))
            return false;
        memcpy(physical_to_kernel(span.physical), at, span.length);
    }
    return true;
}

bool user_zero(uint64_t to, size_t size) {
    if (!user_check(to, size, PROT_WRITE))
        return false;
    struct span span;
    for (; size > 0; to += span.length, size -= span.length) {
        if (!user_span(to, size, PROT_WRITE, &span))
            return false;
        memset(physical_to_kernel(span.physical), 0, span.length);
    }
    return true;
}

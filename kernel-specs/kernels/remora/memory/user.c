/*
 * The one checked path to the app's memory. An address is looked up in the page tables and the
 * memory is reached through the direct map, so that checking and finding are one step, a bad
 * pointer cannot fault in the kernel, and SMAP never needs to be lifted.
 */
#include "remora/device.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/thread.h"

/* Calls that do without the lock need it here. */
static bool bring(uint64_t address) {
    bool locked = kernel_is_locked();
    if (!locked)
        kernel_lock();
    bool brought = space_bring(address);
    if (!locked)
        kernel_unlock();
    return brought;
}

/* One page's worth from `address` on, brought if it comes when it is touched. */
static bool find(uint64_t address, unsigned access, struct span *span) {
    if (address >= USER_END)
        return false;
    if (pagetable_find(address, access, &span->physical, &span->length))
        return true;
    return bring(address) && pagetable_find(address, access, &span->physical, &span->length);
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
        user_span(from, size, PROT_READ, &span);
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
        user_span(to, size, PROT_WRITE, &span);
        memcpy(physical_to_kernel(span.physical), at, span.length);
    }
    return true;
}

bool user_zero(uint64_t to, size_t size) {
    if (!user_check(to, size, PROT_WRITE))
        return false;
    struct span span;
    for (; size > 0; to += span.length, size -= span.length) {
        user_span(to, size, PROT_WRITE, &span);
        memset(physical_to_kernel(span.physical), 0, span.length);
    }
    return true;
}

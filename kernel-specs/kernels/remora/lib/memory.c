/* memcpy and friends: the compiler emits calls to them, and they move the app's memory. */
#include "remora/lib.h"

/*
 * Eight bytes at a time in plain C: an emulated CPU runs this several times faster than
 * `rep movsb`, and a real one is limited by memory either way. Vector registers belong to the app.
 */
typedef uint64_t word __attribute__((may_alias, aligned(1)));

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    uint8_t *target = to;
    const uint8_t *source = from;
    for (; size >= 32; size -= 32, target += 32, source += 32) {
        ((word *)target)[0] = ((const word *)source)[0];
        ((word *)target)[1] = ((const word *)source)[1];
        ((word *)target)[2] = ((const word *)source)[2];
        ((word *)target)[3] = ((const word *)source)[3];
    }
    for (; size > 0; size--)
        *target++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    uint8_t *target = to;
    const uint8_t *source = from;
    while (size-- > 0)
        target[size] = source[size];
    return to;
}

void *memset(void *to, int byte, size_t size) {
    uint8_t *target = to;
    uint64_t pattern = 0x0101010101010101 * (uint8_t)byte;
    for (; size >= 64; size -= 64, target += 64)
        for (int i = 0; i < 8; i++)
            ((word *)target)[i] = pattern;
    for (; size > 0; size--)
        *target++ = (uint8_t)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *left = a, *right = b;
    for (; size > 0; size--, left++, right++)
        if (*left != *right)
            return *left - *right;
    return 0;
}

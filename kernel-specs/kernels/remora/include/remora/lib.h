/* What a freestanding C program has to bring along: memory, strings, formatting, the kernel log. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

/* Rounding to a power of two. align_up wraps to 0 past the last multiple: check first. */
static inline uint64_t align_down(uint64_t value, uint64_t alignment) {
    return value & ~(alignment - 1);
}

static inline uint64_t align_up(uint64_t value, uint64_t alignment) {
    return align_down(value + alignment - 1, alignment);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
bool string_equal(const char *a, const char *b);
bool string_starts(const char *s, const char *prefix);

/*
 * Formats %s %c %d %u %x with the sizes (none) and l, zero padding and width ("%016lx"), and %%.
 * Always ends the text with NUL; returns the length written, which is below `size`.
 */
size_t format(char *to, size_t size, const char *pattern, ...)
    __attribute__((format(printf, 3, 4)));
size_t format_list(char *to, size_t size, const char *pattern, va_list arguments);

/* One line on the kernel log (COM1); the newline is added. Lines are cut at 255 bytes. */
void log_line(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

/* The kernel cannot go on: log, report, reset. */
_Noreturn void panic(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

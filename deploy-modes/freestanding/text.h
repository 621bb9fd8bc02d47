/* What a C library would bring, as far as our programs without one need it. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MAX(a, b)     ((a) > (b) ? (a) : (b))

#define PAGE  0x1000ull
#define CHUNK 0x200000ull

static inline uint64_t align_down(uint64_t value, uint64_t step) {
    return value & ~(step - 1);
}

static inline uint64_t align_up(uint64_t value, uint64_t step) {
    return align_down(value + step - 1, step);
}

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);
bool equal(const char *a, const char *b);
bool starts_with(const char *text, const char *start);

/* %s %d %u %ld %lu %x %lx %c; cut to the buffer, always ended with NUL; the length without it. */
size_t format(char *to, size_t size, const char *pattern, ...)
    __attribute__((format(printf, 3, 4)));
size_t format_list(char *to, size_t size, const char *pattern, va_list arguments);

/* A whole number in decimal, or hexadecimal behind 0x, that ends at one of `ends` or at NUL, which
 * *text is then at; false if it is none or too large. */
bool parse_number(const char **text, const char *ends, uint64_t *value);

#include "remora/lib.h"

size_t strlen(const char *s) {
    size_t length = 0;
    while (s[length])
        length++;
    return length;
}

bool string_equal(const char *a, const char *b) {
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

bool string_starts(const char *s, const char *prefix) {
    while (*prefix && *s == *prefix)
        s++, prefix++;
    return *prefix == '\0';
}

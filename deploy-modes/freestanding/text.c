/* What a C library would bring: memory, text, numbers. */
#include "text.h"

/* Whole words first: processors that do bytes as fast as words are not all there are. */
#define LONG 256

void *memcpy(void *to, const void *from, size_t size) {
    void *result = to;
    size_t words = size >= LONG ? size / 8 : 0, rest = size - words * 8;
    if (words > 0)
        __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest)::"memory");
    return result;
}

void *memset(void *to, int byte, size_t size) {
    void *result = to;
    size_t words = size >= LONG ? size / 8 : 0, rest = size - words * 8;
    uint64_t value = 0x0101010101010101 * (uint8_t)byte;
    if (words > 0)
        __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(value) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(value) : "memory");
    return result;
}

int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] - y[i];
    return 0;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

bool equal(const char *a, const char *b) {
    size_t length = strlen(a);
    return memcmp(a, b, MIN(length, strlen(b)) + 1) == 0;
}

bool starts_with(const char *text, const char *start) {
    while (*start && *text == *start)
        text++, start++;
    return *start == '\0';
}

/* --- text --- */

struct output {
    char *to;
    size_t size, length;
};

static void put(struct output *out, char c) {
    if (out->length + 1 < out->size)
        out->to[out->length++] = c;
}

static void put_number(struct output *out, uint64_t value, unsigned base) {
    char digits[20];
    size_t count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while (value /= base);
    while (count > 0)
        put(out, digits[--count]);
}

static void put_signed(struct output *out, int64_t value) {
    if (value < 0)
        put(out, '-');
    put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static void put_text(struct output *out, const char *text) {
    while (*text)
        put(out, *text++);
}

size_t format_list(char *to, size_t size, const char *pattern, va_list arguments) {
    struct output out = {to, size, 0};
    for (; *pattern; pattern++) {
        if (*pattern != '%') {
            put(&out, *pattern);
            continue;
        }
        bool wide = *++pattern == 'l';
        pattern += wide;
        switch (*pattern) {
        case 's':
            put_text(&out, va_arg(arguments, const char *));
            break;
        case 'c':
            put(&out, (char)va_arg(arguments, int));
            break;
        case 'd':
            put_signed(&out, wide ? va_arg(arguments, long) : va_arg(arguments, int));
            break;
        case 'u':
        case 'x':
            put_number(&out, wide ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned),
                       *pattern == 'u' ? 10 : 16);
            break;
        default:
            put(&out, *pattern);
        }
    }
    if (size > 0)
        to[out.length] = '\0';
    return out.length;
}

size_t format(char *to, size_t size, const char *pattern, ...) {
    va_list arguments;
    va_start(arguments, pattern);
    size_t length = format_list(to, size, pattern, arguments);
    va_end(arguments);
    return length;
}

static int digit_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

static bool is_end(char c, const char *ends) {
    while (*ends && *ends != c)
        ends++;
    return c == *ends;
}

bool parse_number(const char **text, const char *ends, uint64_t *value) {
    const char *at = *text;
    unsigned base = at[0] == '0' && at[1] == 'x' ? 16 : 10;
    at += base == 16 ? 2 : 0;
    if (is_end(*at, ends))
        return false;
    *value = 0;
    for (; !is_end(*at, ends); at++) {
        unsigned digit = (unsigned)digit_value(*at);
        if (digit >= base || __builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, digit, value))
            return false;
    }
    *text = at;
    return true;
}

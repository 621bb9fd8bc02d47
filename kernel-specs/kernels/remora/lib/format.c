/* A printf of just the conversions that lib.h names. */
#include "remora/lib.h"

struct output {
    char *to;
    size_t size; /* of `to`, with room for the NUL */
    size_t length;
};

static void put(struct output *out, char c) {
    if (out->length + 1 < out->size)
        out->to[out->length++] = c;
}

static void put_string(struct output *out, const char *s) {
    while (*s)
        put(out, *s++);
}

static void put_number(struct output *out, uint64_t value, unsigned base, unsigned width,
                       char padding) {
    char digits[20];
    unsigned count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while (value /= base);
    for (unsigned i = count; i < width; i++)
        put(out, padding);
    while (count > 0)
        put(out, digits[--count]);
}

static void put_signed(struct output *out, int64_t value, unsigned width, char padding) {
    if (value < 0)
        put(out, '-');
    put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width, padding);
}

/* Handles the conversion that starts after '%'; returns where the pattern goes on. */
static const char *convert(struct output *out, const char *pattern, va_list *arguments) {
    char padding = *pattern == '0' ? '0' : ' ';
    unsigned width = 0;
    bool is_long = false;
    for (; *pattern >= '0' && *pattern <= '9'; pattern++)
        width = width * 10 + (unsigned)(*pattern - '0');
    for (; *pattern == 'l'; pattern++)
        is_long = true;
    switch (*pattern) {
    case 's':
        put_string(out, va_arg(*arguments, const char *));
        break;
    case 'c':
        put(out, (char)va_arg(*arguments, int));
        break;
    case 'd':
        put_signed(out, is_long ? va_arg(*arguments, long) : va_arg(*arguments, int), width,
                   padding);
        break;
    case 'u':
    case 'x':
        put_number(out, is_long ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned),
                   *pattern == 'u' ? 10 : 16, width, padding);
        break;
    default:
        put(out, *pattern);
    }
    return *pattern ? pattern + 1 : pattern;
}

size_t format_list(char *to, size_t size, const char *pattern, va_list arguments) {
    struct output out = {to, size, 0};
    va_list rest;
    va_copy(rest, arguments);
    while (*pattern) {
        if (*pattern == '%')
            pattern = convert(&out, pattern + 1, &rest);
        else
            put(&out, *pattern++);
    }
    va_end(rest);
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

/* Lines to Diver, in one write each. */
#include "report.h"
#include "lib.h"
#include "lock.h"
#include "sys.h"

/* A kernel that tells without end is cut off. Diver reads the report's first MiB: the agent's own
 * lines are to be there. */
#define REPORT_LIMIT (512ull << 10)
#define LOG_LIMIT    (32ull << 20)

static int report = -1, kernel_log = -1;
static uint64_t reported, logged; /* bytes from the kernel */
static struct lock report_lock;

void report_init(int report_descriptor, int log_descriptor) {
    report = report_descriptor;
    kernel_log = log_descriptor;
}

int report_switch(int to) {
    int before = report;
    report = to;
    return before;
}

static void write_all(int descriptor, const char *text, size_t length) {
    while (descriptor >= 0 && length > 0) {
        int64_t written = sys(__NR_write, descriptor, text, length);
        if (written == -EINTR)
            continue;
        if (written <= 0)
            return; /* nobody reads any more */
        text += written;
        length -= (size_t)written;
    }
}

void report_line(const char *pattern, ...) {
    char line[4096];
    va_list arguments;
    va_start(arguments, pattern);
    size_t length = format_list(line, sizeof line - 1, pattern, arguments);
    va_end(arguments);
    line[length++] = '\n';
    lock(&report_lock);
    write_all(report, line, length);
    unlock(&report_lock);
}

/* As it is between the quotes of a JSON string. */
static void escape(char *to, size_t size, const char *text) {
    size_t length = 0;
    for (const char *c = text; *c && length < size - 3; c++) {
        if (*c == '"' || *c == '\\')
            to[length++] = '\\';
        to[length++] = *c >= ' ' ? *c : ' ';
    }
    to[length] = '\0';
}

void report_error(const char *kind, const char *message) {
    char escaped[1024];
    escape(escaped, sizeof escaped, message);
    report_line("{\"event\":\"agent-error\",\"kind\":\"%s\",\"message\":\"%s\"}", kind, escaped);
}

void report_refusal(const char *message, const char *remedy) {
    char escaped[2][1024];
    escape(escaped[0], sizeof escaped[0], message);
    escape(escaped[1], sizeof escaped[1], remedy);
    report_line("{\"event\":\"agent-error\",\"kind\":\"refused\",\"message\":\"%s\","
                "\"remedy\":\"%s\"}",
                escaped[0], escaped[1]);
}

/* Bytes of the UTF-8 sequence at `text` (RFC 3629, 4); 0 if it is none, or controls a terminal. */
static size_t sequence_length(const uint8_t *text, size_t length) {
    static const struct {
        uint8_t first, last, low, high; /* of the first byte, and of the second */
        size_t bytes;
    } forms[] = {{0x20, 0x7e, 0, 0, 1},       {0xc2, 0xc2, 0xa0, 0xbf, 2},
                 {0xc3, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
                 {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                 {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        if (text[0] < forms[i].first || text[0] > forms[i].last)
            continue;
        if (forms[i].bytes > length)
            return 0;
        for (size_t k = 1; k < forms[i].bytes; k++)
            if (text[k] < (k == 1 ? forms[i].low : 0x80) ||
                text[k] > (k == 1 ? forms[i].high : 0xbf))
                return 0;
        return forms[i].bytes;
    }
    return 0;
}

static bool is_text(const char *text, size_t length) {
    for (size_t i = 0, step; i < length; i += step) {
        step = sequence_length((const uint8_t *)text + i, length - i);
        if (step == 0)
            return false;
    }
    return true;
}

void report_kernel(const char *text, size_t length) {
    lock(&report_lock);
    for (size_t start = 0, end; start < length; start = end + 1) {
        for (end = start; end < length && text[end] != '\n'; end++)
            ;
        size_t line = end - start;
        reported += line + 1;
        if (line == 0 || text[start] != '{' || text[end - 1] != '}' || end == length ||
            reported > REPORT_LIMIT || !is_text(text + start, line))
            continue;
        write_all(report, text + start, line + 1);
    }
    unlock(&report_lock);
}

/* A log is read in terminals: what would steer one is a question mark. */
void report_log(char *text, size_t length) {
    logged += length;
    for (size_t i = 0, step; i < length; i += step) {
        step = sequence_length((const uint8_t *)text + i, length - i);
        if (step == 0) {
            step = 1;
            if (text[i] != '\n' && text[i] != '\t')
                text[i] = '?';
        }
    }
    if (logged <= LOG_LIMIT)
        write_all(kernel_log, text, length);
}

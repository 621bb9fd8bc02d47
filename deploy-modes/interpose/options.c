#include "options.h"
#include "calls.h"
#include "linux.h"
#include "text.h"
#include "thread.h"

struct options options = {.delegate_core = -1};

static char kept_self[4096], kept_count[4096], kept_forward[8192];

_Noreturn void fail(const char *pattern, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, pattern);
    size_t length = format_list(message, sizeof message - 1, pattern, arguments);
    va_end(arguments);
    message[length++] = '\n';
    sys(__NR_write, 2, message, length);
    sys(__NR_exit_group, 125);
    __builtin_unreachable();
}

uint64_t nanoseconds(uint64_t cycles) {
    return (uint64_t)((unsigned __int128)cycles * options.nanoseconds_factor >> 32);
}

uint64_t cycles(uint64_t nanoseconds) {
    return nanoseconds * options.tsc_khz / 1000000;
}

void set_tsc(uint64_t khz) {
    options.tsc_khz = khz;
    options.nanoseconds_factor = (1000000ull << 32) / khz;
}

static void keep(char *to, size_t size, const char *text, const char *what) {
    if (format(to, size, "%s", text) == size - 1)
        fail("The %s is too long: %s.", what, text);
}

static void forward(unsigned number) {
    options.forward[number / 8] |= (uint8_t)(1u << number % 8);
    options.any_forwarded = true;
}

static unsigned number_of(const char *name) {
    for (unsigned i = 0; i < NUMBERS; i++)
        if (calls[i].name && equal(calls[i].name, name))
            return i;
    fail("There is no system call %s: name those of 'man 2 syscalls'.", name);
}

static void read_forward(const char *list) {
    keep(kept_forward, sizeof kept_forward, list, "list of forwarded calls");
    if (equal(list, "all")) {
        memset(options.forward, 0xff, sizeof options.forward);
        options.any_forwarded = true;
        return;
    }
    char name[64];
    while (*list) {
        size_t length = 0;
        for (; *list && *list != ','; list++)
            if (length < sizeof name - 1)
                name[length++] = *list;
        name[length] = '\0';
        forward(number_of(name));
        list += *list == ',';
    }
}

static uint64_t read_number(const char *text, const char *option) {
    uint64_t value;
    if (!parse_number(&text, "", &value))
        fail("%s is no number: give %s one.", text, option);
    return value;
}

/* What the first process of the tree has found out. */
static void read_state(const char *text) {
    uint64_t values[9];
    for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
        if (!parse_number(&text, ":", &values[i]))
            fail("--resume is for the interposer's own use.");
        text += *text == ':';
    }
    options.resumed = true;
    set_tsc(values[0]);
    options.mask = values[1];
    options.sigsys_blocked = values[2];
    options.placed = values[3];
    options.bias = values[4];
    options.trap = values[5];
    options.delay = values[6];
    options.delay_here = values[7];
    options.delegate_core = (int)values[8];
}

static void read_option(const char *option, const char *value) {
    if (equal(option, "--forward"))
        read_forward(value);
    else if (equal(option, "--round-trip"))
        options.round_trip = read_number(value, option);
    else if (equal(option, "--delegate-core"))
        options.delegate_core = (int)read_number(value, option);
    else if (equal(option, "--count")) {
        keep(kept_count, sizeof kept_count, value, "file's name");
        options.count_file = kept_count;
    } else if (equal(option, "--resume"))
        read_state(value);
    else
        fail("There is no option %s.", option);
}

char **options_read(char **words) {
    int64_t length = sys(__NR_readlink, "/proc/self/exe", kept_self, sizeof kept_self - 1);
    keep(kept_self, sizeof kept_self, length > 0 ? kept_self : words[0], "interposer's path");
    options.self = kept_self;
    words++;
    for (; *words && !equal(*words, "--"); words++) {
        if (equal(*words, "--floor")) {
            options.floor_only = true;
            continue;
        }
        if (!words[1])
            fail("%s needs a value.", *words);
        read_option(words[0], words[1]);
        words++;
    }
    if (*words)
        words++;
    if (!*words && !options.floor_only)
        fail("Use: diver-interpose [--count FILE] [--forward NAME,…|all] [--round-trip NS] "
             "[--delegate-core N] [--floor] -- PROGRAM ARGUMENTS…");
    return words;
}

unsigned options_words(struct option_words *to, const struct thread *thread, uint64_t mask) {
    unsigned count = 0;
    to->words[count++] = options.self;
    if (options.count_file) {
        to->words[count++] = "--count";
        to->words[count++] = options.count_file;
    }
    if (options.any_forwarded) {
        to->words[count++] = "--forward";
        to->words[count++] = kept_forward;
    }
    format(to->state, sizeof to->state, "%lu:%lu:%u:%u:%lu:%lu:%lu:%lu:%u", options.tsc_khz, mask,
           thread->sigsys_blocked, thread->placed, options.bias, options.trap, options.delay,
           options.delay_here, (unsigned)MAX(options.delegate_core, 0));
    to->words[count++] = "--resume";
    to->words[count++] = to->state;
    to->words[count++] = "--";
    return count;
}

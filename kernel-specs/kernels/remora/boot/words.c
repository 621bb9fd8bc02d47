/* The command line, split into the kernel's options and the app's environment and arguments. */
#include "remora/boot.h"
#include "remora/lib.h"
#include "remora/memory.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/*
 * Takes the next word off *rest, unquoted in place (it only gets shorter); NULL at the end.
 * Outside quotes only \' is special: it is how sh writes a quote within a quoted word.
 */
static char *next_word(char **rest, bool *unterminated) {
    char *from = *rest;
    while (is_blank(*from))
        from++;
    if (*from == '\0')
        return NULL;
    char *word = from, *to = from;
    bool quoted = false;
    for (; *from && (quoted || !is_blank(*from)); from++) {
        if (*from == '\'')
            quoted = !quoted;
        else if (!quoted && from[0] == '\\' && from[1] == '\'')
            *to++ = *++from;
        else
            *to++ = *from;
    }
    *rest = *from ? from + 1 : from;
    *to = '\0';
    *unterminated = quoted;
    return word;
}

static bool is_assignment(const char *word) {
    for (const char *c = word; *c; c++)
        if (*c == '=')
            return c > word;
    return false;
}

struct options options;

static const char *value_of(const char *word, const char *name) {
    return string_starts(word, name) ? word + strlen(name) : NULL;
}

/* Decimal digits, at most up to `most`; *end is what follows. False if there are none. */
static bool read_digits(const char *digits, uint64_t most, uint64_t *value, const char **end) {
    *end = digits;
    for (*value = 0; **end >= '0' && **end <= '9' && *value <= most; ++*end)
        *value = *value * 10 + (uint64_t)(**end - '0');
    return *end > digits && *value <= most;
}

/* A user's or group's number: decimal digits that fit 32 bits. */
static bool read_number(const char *digits, uint32_t *number) {
    uint64_t value;
    const char *end;
    bool read = read_digits(digits, UINT32_MAX, &value, &end);
    *number = (uint32_t)value;
    return read && *end == '\0';
}

/* START:BYTES, whole pages. */
static bool read_region(const char *text, struct region *region) {
    uint64_t bytes;
    if (!read_digits(text, DIRECT_MAX, &region->start, &text) || *text != ':' ||
        !read_digits(text + 1, DIRECT_MAX - region->start, &bytes, &text) || *text != '\0')
        return false;
    region->end = region->start + bytes;
    return bytes > 0 && region->start % PAGE_SIZE == 0 && bytes % PAGE_SIZE == 0;
}

/* Takes a word that begins with "remora." or "diver."; false if it says nothing that is known. */
static bool set_option(const char *word) {
    const char *value;
    if (string_equal(word, "remora.delegate=uart"))
        options.delegate = true;
    else if ((value = value_of(word, "remora.forward=")) && *value)
        options.forward = value;
    else if ((value = value_of(word, "remora.path=")) && *value == '/')
        options.path = value;
    else if ((value = value_of(word, "remora.uid=")))
        return read_number(value, &options.uid);
    else if ((value = value_of(word, "remora.gid=")))
        return read_number(value, &options.gid);
    else if ((value = value_of(word, "diver.stream-in=")))
        return read_region(value, &options.shared[0]);
    else if ((value = value_of(word, "diver.stream-out=")))
        return read_region(value, &options.shared[1]);
    else
        return false;
    return true;
}

static bool is_option(const char *word) {
    return string_starts(word, "remora.") || string_starts(word, "diver.");
}

static const char *unknown_option(const char *word) {
    static char problem[160];
    format(problem, sizeof problem, "the command line has an option that remora does not know: %s",
           word);
    return problem;
}

static const char *split(char *command_line, struct words *words) {
    bool past_environment = false, unterminated = false;
    for (char *word; (word = next_word(&command_line, &unterminated));) {
        if (unterminated)
            return "the command line has a quote that is not closed";
        if (!past_environment && string_equal(word, "--")) {
            past_environment = true;
        } else if (!past_environment && is_option(word)) {
            if (!set_option(word))
                return unknown_option(word);
        } else if (!past_environment && !is_assignment(word)) {
            return "the command line has a word before -- that is not of the form K=V";
        } else if (words->argument_count + words->environment_count == WORDS_MAX) {
            return "the command line has too many words";
        } else if (past_environment) {
            words->arguments[words->argument_count++] = word;
        } else {
            words->environment[words->environment_count++] = word;
        }
    }
    return NULL;
}

void words_init(struct boot_info *boot, struct words *words) {
    words->problem = split(boot->command_line, words);
}

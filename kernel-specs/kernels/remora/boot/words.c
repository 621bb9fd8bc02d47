/* The command line, split into the app's environment and arguments. */
#include "remora/boot.h"
#include "remora/lib.h"

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

const char *words_split(char *command_line, struct words *words) {
    bool past_environment = false, unterminated = false;
    for (char *word; (word = next_word(&command_line, &unterminated));) {
        if (unterminated)
            return "the command line has a quote that is not closed";
        if (!past_environment && string_equal(word, "--"))
            past_environment = true;
        else if (!past_environment && !is_assignment(word))
            return "the command line has a word before -- that is not of the form K=V";
        else if (words->argument_count + words->environment_count == WORDS_MAX)
            return "the command line has too many words";
        else if (past_environment)
            words->arguments[words->argument_count++] = word;
        else
            words->environment[words->environment_count++] = word;
    }
    return NULL;
}

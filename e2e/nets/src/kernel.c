/* Finds the app, calls it, and ends the machine with its status. */
#include "kernel.h"

#define SERIAL     0x3f8
#define DEBUG_EXIT 0x501
#define NO_APP     126

static void print(const char *text) {
    while (*text)
        out8(SERIAL, *text++);
}

int (*load_app(const void *from, uint32_t size))(const struct tiny *tiny) {
    const struct app_header *header = from;
    if (size < sizeof(*header) || header->magic != APP_MAGIC || header->size > size)
        return 0;
    uint8_t *to = (uint8_t *)APP_ADDRESS;
    const uint8_t *bytes = from;
    for (uint32_t left = header->size; left; left--)
        *to++ = *bytes++;
    return ((const struct app_header *)APP_ADDRESS)->main;
}

const char *after_first_word(const char *line) {
    while (*line && *line != ' ')
        line++;
    while (*line == ' ')
        line++;
    return line;
}

void kernel(const uint32_t *info) {
    struct tiny tiny = {.print = print, .arguments = ""};
    int (*app)(const struct tiny *) = find_app(info, &tiny.arguments);
    if (!app)
        print("tiny: there is no app\n");
    out32(DEBUG_EXIT, app ? app(&tiny) : NO_APP);
}

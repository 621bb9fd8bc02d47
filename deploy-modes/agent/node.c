#include "node.h"
#include "files.h"
#include "lib.h"

/* Behind `words`, whose spaces stand for any number of them, in a file's text; 0 if it is not. */
static const char *skip_words(const char *at, const char *words) {
    for (; *words; words++) {
        if (*words != ' ' && *at++ != *words)
            return NULL;
        while (*words == ' ' && *at == ' ')
            at++;
    }
    return at;
}

static const char *next_line(const char *at) {
    while (*at && *at != '\n')
        at++;
    return *at ? at + 1 : at;
}

#define ORDERS 11 /* /proc/buddyinfo: free blocks of 1, 2, 4, … 1024 pages */

uint64_t node_contiguous(uint64_t node) {
    static char lines[16384];
    char start[32];
    uint64_t bytes = 0;
    file_read("/proc/buddyinfo", lines, sizeof lines);
    format(start, sizeof start, "Node %lu, zone ", node);
    for (const char *line = lines; *line; line = next_line(line)) {
        const char *at = skip_words(line, start);
        while (at && *at && *at != ' ') /* the zone's name */
            at++;
        for (unsigned order = 0; at && order < ORDERS; order++) {
            uint64_t count;
            at = skip_words(at, " ");
            if (!parse_number(&at, " \n", &count))
                break;
            if ((PAGE << order) >= CHUNK)
                bytes += count * (PAGE << order);
        }
    }
    return bytes;
}

uint64_t node_memory(uint64_t node, const char *kind) {
    static char lines[16384];
    char path[64], start[64];
    uint64_t kib = 0;
    format(path, sizeof path, "/sys/devices/system/node/node%lu/meminfo", node);
    file_read(path, lines, sizeof lines);
    format(start, sizeof start, "Node %lu %s: ", node, kind);
    for (const char *line = lines; *line; line = next_line(line)) {
        const char *at = skip_words(line, start);
        if (at && parse_number(&at, " ", &kib))
            break;
    }
    return kib * 1024;
}

uint64_t node_available(uint64_t node) {
    static const char *const kinds[] = {"MemFree", "Active(file)", "Inactive(file)",
                                        "SReclaimable"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        bytes += node_memory(node, kinds[i]);
    return bytes;
}

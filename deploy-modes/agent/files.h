/* Whole files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file {
    const uint8_t *bytes;
    size_t size;
};

/* A file's bytes, for good; ends the agent where it cannot be read or is empty. */
struct file file_map(const char *path);

/* The first bytes of a file of Linux's own, which may have no size (/proc, /sys), with NUL behind
 * them; how many these are, or a negated error number. */
int64_t file_read(const char *path, char *to, size_t size);

/* Is there a file, or a folder, of this path? */
bool file_exists(const char *path);

/* Calls `each` for the names in a folder, but for those that begin with a dot, until one answers
 * true; whether one has. */
bool any_name(const char *folder, bool (*each)(const char *name, void *context), void *context);

/* The number that such a file has on its first line, hexadecimal behind 0x; 0 where there is none.
 */
uint64_t file_number(const char *path);

/* Writes to a file that is there, in one piece. A negated error number where that is refused. */
int64_t file_write(const char *path, const char *text);

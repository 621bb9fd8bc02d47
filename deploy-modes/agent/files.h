/* Whole files, for reading. */
#pragma once

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

/* A co-kernel's ELF executable. */
#pragma once

#include <diver/enclave.h>

#include "files.h"

/* What a kernel may find mapped at its start, and where it lies in its memory. */
#define IMAGE_START 0x100000
#define IMAGE_END   0x1000000

/* Puts the segments into the enclave's memory, which begins at `base`; what its note says. Ends the
 * agent where it is no co-kernel, or one for another version. */
struct diver_note image_load(const struct file *file, const char *path, uint64_t base);

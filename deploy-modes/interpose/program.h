/* What an executable file is, and whether a process can be made of it here. */
#pragma once

#include "linux.h"
#include "text.h"

#include <stdbool.h>

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, sections;
    uint32_t flags;
    uint16_t size, program_header_size, program_header_count, rest[3];
};

struct program_header {
    uint32_t type, flags;
    uint64_t offset, virtual, physical, file_size, memory_size, alignment;
};

#define ET_EXEC      2
#define ET_DYN       3
#define PT_LOAD      1
#define PT_INTERP    3
#define PT_GNU_STACK 0x6474e551
#define PF_X         1
#define PF_W         2
#define PF_R         4

#define PATH_BYTES   4096
#define SCRIPT_DEPTH 5 /* scripts whose interpreters are scripts (fs/exec.c) */

struct program {
    const char *outside; /* why only Linux itself can execute it; NULL: it can be loaded here */
    /* The words that scripts put before the arguments, the last one first: to each script its path
     * and, before that, its interpreter's argument. */
    unsigned word_count;
    char words[2 * SCRIPT_DEPTH][PATH_BYTES];
    char path[PATH_BYTES]; /* of the ELF executable itself */
};

/* Looks at what execve of the path would do: 0, or its error. */
int64_t program_find(const char *path, struct program *program);

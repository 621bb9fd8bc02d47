/* Makes a program of an ELF file in this process, as execve does. */
#pragma once

#include "program.h"

/* The first stack of a process (System V psABI, x86-64, 3.4.1). */
struct start {
    char **words, **environment;
    uint64_t *auxiliary;
    uint64_t stack; /* below is free */
};

struct entry {
    uint64_t stack, address;
};

/* Loads it and its ELF interpreter, and tells Linux so; ends this process where that fails.
 * `name` is what was asked for, the script's where it is one. */
struct entry load(const struct program *program, const char *name, const struct start *start);

/* The interposer's own file is mapped no more, but copied: Linux lets the executable be another's
 * only then, and /proc shows nothing of it. */
void leave_own_file(void);

/* The path behind /proc/self/exe; NULL where Linux itself says the right one. */
extern const char *load_executable;

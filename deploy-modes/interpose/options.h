/* What the interposer was told, and has found out once for all processes of the tree. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MECHANISM "syscall user dispatch"

struct options {
    const char *self;       /* the interposer's own file */
    const char *count_file; /* or NULL */
    bool any_forwarded, floor_only;
    uint8_t forward[64]; /* one bit for each number below NUMBERS */
    uint64_t round_trip; /* ns */
    int delegate_core;   /* -1: the last that the process may use */

    /* Found out by the first process of the tree, and told to the others. */
    bool resumed; /* this is one of the others */
    uint64_t tsc_khz, nanoseconds_factor;
    uint64_t mask; /* of signals, for the program's first thread */
    bool sigsys_blocked;
    bool placed;         /* the program has said on which cores it runs */
    uint64_t bias;       /* cycles by which the stub measures too much */
    uint64_t trap;       /* cycles that a call takes longer for being trapped */
    uint64_t floor;      /* ns: the least round trip, the median of many */
    uint64_t delay;      /* cycles from a trap to the forwarded call's execution */
    uint64_t delay_here; /* the same where the caller executes it */
};

extern struct options options;

/* Reads the words up to the program's, which it returns. Of another than the first process, these
 * are its path and then its words. */
char **options_read(char **words);

/* The same for the next program's interposer. */
#define OPTION_WORDS 16
struct option_words {
    const char *words[OPTION_WORDS];
    char state[256];
};
struct thread;
unsigned options_words(struct option_words *to, const struct thread *thread, uint64_t mask);

void set_tsc(uint64_t khz);
uint64_t nanoseconds(uint64_t cycles);
uint64_t cycles(uint64_t nanoseconds);

_Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *pattern, ...);

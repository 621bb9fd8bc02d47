/* What Linux's system calls for signals take. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIG_IGN     ((void (*)(int))1)
#define SIG_BLOCK   0
#define SIG_SETMASK 2
#define SA_RESTORER 0x04000000

/* In a set of signals. */
#define SIGNAL_BIT(n) (1ull << ((n)-1))

struct sigaction {
    void (*handler)(int);
    uint64_t flags;
    void (*restorer)(void);
    uint64_t mask;
};

/* The generated table of what may be delegated; see table.awk. */
#pragma once

#include <stdint.h>

#include "execute.h"
#include "loan.h"

enum kind {
    KIND_VALUE,
    KIND_FD,    /* a descriptor of the app's */
    KIND_FD_AT, /* the same, or AT_FDCWD */
    KIND_PATH,  /* string, read */
    KIND_IN,    /* bytes, read */
    KIND_OUT,   /* bytes, written */
    KIND_IOVEC_IN,
    KIND_IOVEC_OUT,
    KIND_NONE, /* forwarded as 0: of no meaning on this side */
};

struct parameter {
    uint8_t kind;
    uint8_t optional;  /* NULL is allowed */
    uint8_t size_from; /* argument whose value is the size; NOBODY: `size` is */
    uint32_t size;     /* bytes, or what the argument's value is multiplied by */
};

#define NOBODY  7
#define NUMBERS 512

struct request {
    uint32_t number;
    bool may_wait;       /* others are served meanwhile */
    const uint64_t *app; /* its arguments as the app has them */
    struct loan *loans;  /* of its six arguments: they are returned when it is done */
};

/* True if the call has been dealt with, and *outcome is filled; false to go on as the row says. The
 * arguments are a copy that may be changed. */
typedef bool special(const struct request *request, uint64_t argument[6], struct outcome *outcome);

struct rule {
    const char *name;
    uint8_t class; /* enum class; CLASS_REFUSED: it has only a name */
    struct parameter parameter[6];
    special *special; /* what the row cannot say */
};

extern const struct rule rules[NUMBERS];

#pragma once

#include <tiny.h>

/** Where an app that is not linked into the kernel runs; lib/app.ld has the same. */
#define APP_ADDRESS 0x400000
#define APP_MAGIC   0x594e4954 /* "TINY" */

/** What such an app begins with. */
struct app_header {
    unsigned magic;
    int (*main)(const struct tiny *tiny);
    unsigned size; /* with this header, in bytes */
};

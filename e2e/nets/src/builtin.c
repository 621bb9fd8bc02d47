/* The app is in the kernel. */
#include "kernel.h"

int (*find_app(const uint32_t *info, const char **arguments))(const struct tiny *tiny) {
    if (info[0] & 4)
        *arguments = after_first_word((const char *)info[4]); /* cmdline */
    return app_main;
}

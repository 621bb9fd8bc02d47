/* The last multiboot module (Multiboot Specification 0.6.96, section 3.3). */
#include "kernel.h"

int (*find_app(const uint32_t *info, const char **arguments))(const struct tiny *tiny) {
    if (!(info[0] & 8) || !info[5]) /* flags, mods_count */
        return 0;
    const uint32_t *module = (const uint32_t *)info[6] + (info[5] - 1) * 4; /* mods_addr */
    if (info[0] & 4)
        *arguments = after_first_word((const char *)info[4]); /* cmdline */
    return load_app((const void *)module[0], module[1] - module[0]);
}

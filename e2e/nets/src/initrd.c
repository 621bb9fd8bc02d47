/* Module 0 of PVH: struct hvm_start_info and hvm_modlist_entry of Xen's start_info.h. */
#include "kernel.h"

int (*find_app(const uint32_t *info, const char **arguments))(const struct tiny *tiny) {
    *arguments = (const char *)info[6]; /* cmdline_paddr */
    if (!info[3])                       /* nr_modules */
        return 0;
    const uint32_t *module = (const uint32_t *)info[4]; /* modlist_paddr */
    return load_app((const void *)module[0], module[2]);
}

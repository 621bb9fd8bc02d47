/* Mounts for the app's tree, and what they may be used for. */
#pragma once

#include <stdint.h>

#include "options.h"

#define MS_RDONLY  1
#define MS_NOSUID  2
#define MS_NODEV   4
#define MS_REMOUNT 32
#define MS_BIND    4096
#define MS_MOVE    8192
#define MS_REC     16384
#define MS_PRIVATE (1 << 18)

#define ATTR_RDONLY 1 /* mount_setattr(2) */
#define ATTR_NOSUID 2
#define ATTR_NODEV  4

/* mount(2); ends the agent where it fails. */
void mount(const char *what, const char *where, const char *type, uint64_t flags, const char *data);

/* Takes rights (ATTR_…) from a mount and from all below it, setuid programs always, and leaves the
 * others as they are. `place` is what the app calls it. */
void mount_restrict(const char *name, const char *place, uint64_t rights);

/* Before something is mounted over /proc: mount_share has to look there. */
void mounts_open(void);
void mounts_close(void);

/* Puts what is shared, and no right more, at a name in the working directory. Where Linux insists
 * that what is mounted below it comes along, that may be no /proc and no /sys. */
void mount_share(const struct share *share, const char *name);

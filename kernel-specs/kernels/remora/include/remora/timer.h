/* The app's timers: alarm, setitimer, timer_create. They interrupt the core that has set them. */
#pragma once

#include <stdbool.h>

/* Some timer is set. */
bool timer_is_armed(void);
/* Sends the signals of those whose time has come. Under the kernel lock. */
void timer_expire(void);
/* Sets this core's interrupt to the first of its timers. */
void timer_rearm(void);

struct cpu;

/* All that interrupt `from` interrupt `to` from now on, which settles. Under the kernel lock. */
void timers_move(const struct cpu *from, struct cpu *to);

/* The app's timers: alarm, setitimer, timer_create. They interrupt the core that has set them. */
#pragma once

#include <stdbool.h>

/* Some timer is set. */
bool timer_is_armed(void);
/* Sends the signals of those whose time has come. Under the kernel lock. */
void timer_expire(void);

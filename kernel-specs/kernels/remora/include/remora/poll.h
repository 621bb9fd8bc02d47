/* poll(2), as the app's headers have it. */
#pragma once

#include <stdint.h>

#define POLLIN   0x041 /* with POLLRDNORM */
#define POLLOUT  0x104 /* with POLLWRNORM */
#define POLLERR  0x008
#define POLLHUP  0x010
#define POLLNVAL 0x020

struct pollfd {
    int32_t descriptor;
    int16_t events, returned;
};

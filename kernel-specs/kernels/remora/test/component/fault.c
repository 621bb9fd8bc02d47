/* A component whose code is wrong: the kernel must say so and stop. */
#include "remora/component.h"

static void init(void) {
    *(volatile int *)0xdeadbeef = 1;
}

REMORA_COMPONENT(.name = "fault", .init = init);

// A component of the kernel: a system call that adds to a counter and returns it.
//
// This is compiled with the kernel's own flags and linked into its image. It runs in ring 0: no C
// library, no floating point.
#include "remora/component.h"

// Linux ends its system calls long before; 500 to 511 are left to components.
enum { COUNTER_ADD = 500 };

static int64_t counter;

static int64_t counter_add(const struct call *call) {
    counter += (int64_t)call->argument[0];
    return counter;
}

REMORA_COMPONENT(.name = "counter", .syscall = COUNTER_ADD, .handler = counter_add);

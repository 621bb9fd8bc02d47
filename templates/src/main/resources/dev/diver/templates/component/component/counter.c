// A component of the kernel: a system call that adds to a counter and returns it.
//
// This is compiled with the kernel's own flags and linked into its image. It runs in ring 0: no C
// library, no floating point.
#include "remora/component.h"
#include "remora/errno.h"

// Linux ends its system calls long before; 500 to 511 are left to components.
enum { COUNTER_ADD = 500 };

static int64_t counter;

// Returns as Linux does: what is negative is an error number.
static int64_t counter_add(const struct call *call) {
    int64_t number = (int64_t)call->argument[0];

    if (number < 0 || number > INT64_MAX - counter)
        return -EINVAL;
    counter += number;
    return counter;
}

REMORA_COMPONENT(.name = "counter", .syscall = COUNTER_ADD, .handler = counter_add);

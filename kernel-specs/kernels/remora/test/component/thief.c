/* A component that claims a call of Linux's, getpid. */
#include "remora/component.h"

static int64_t pretend(const struct call *call) {
    return (int64_t)call->number;
}

REMORA_COMPONENT(.name = "thief", .syscall = 39, .handler = pretend);

/* A component with all its parts. */
#include "remora/component.h"

static int64_t base;

static void init(void) {
    base = 40;
}

static int64_t answer(const struct call *call) {
    return base + (int64_t)call->argument[0];
}

REMORA_COMPONENT(.name = "answer", .init = init, .syscall = 500, .handler = answer);

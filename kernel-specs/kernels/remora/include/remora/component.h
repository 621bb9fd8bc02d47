/*
 * Kernel components: C files that a net links into its kernel.
 *
 *     #include "remora/component.h"
 *
 *     static int64_t answer(const struct call *call) {
 *         return 42 + (int64_t)call->argument[0];
 *     }
 *     REMORA_COMPONENT(.name = "answer", .syscall = 500, .handler = answer);
 *
 * `init`, if given, runs at boot, before the app is loaded. `handler`, if given, serves the system
 * call `syscall`, which must be one that Linux does not have (500 to 511 are left free).
 */
#pragma once

#include "remora/syscall.h"

struct component {
    const char *name;
    void (*init)(void);
    unsigned syscall;
    syscall_handler *handler;
};

#define REMORA_JOIN_(a, b) a##b
#define REMORA_JOIN(a, b)  REMORA_JOIN_(a, b)
#define REMORA_COMPONENT(...)                                                                      \
    static const struct component REMORA_JOIN(remora_component_, __LINE__)                         \
        __attribute__((used, section(".remora.components"), aligned(8))) = {__VA_ARGS__}

/* Runs every component's init. */
void components_init(void);
/* The handler that a component has for this call; NULL if none has. */
syscall_handler *component_handler(uint64_t number);

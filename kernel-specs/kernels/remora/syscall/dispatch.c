/* Every system call passes here: dispatched by the generated table, and counted. */
#include "remora/component.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/signal.h"
#include "remora/syscall.h"
#include "remora/x86.h"

struct syscall_count syscall_counts[SYSCALL_NUMBERS + 1];

extern const struct component __components_start[], __components_end[];

syscall_handler *component_handler(uint64_t number) {
    for (const struct component *c = __components_start; c < __components_end; c++)
        if (c->handler && c->syscall == number)
            return c->handler;
    return NULL;
}

void components_init(void) {
    for (const struct component *c = __components_start; c < __components_end; c++) {
        if (c->handler && (c->syscall >= SYSCALL_NUMBERS || syscall_table[c->syscall].name))
            panic("component %s: system call %u is taken or out of range", c->name, c->syscall);
        log_line("component %s", c->name);
        if (c->init)
            c->init();
    }
}

static syscall_handler *find_handler(uint64_t number) {
    if (number >= SYSCALL_NUMBERS)
        return NULL;
    syscall_handler *handler = syscall_table[number].handler;
    return handler ? handler : component_handler(number);
}

void syscall_handle(struct frame *frame) {
    struct call call = {
        .number = frame->rax,
        .argument = {frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9},
        .frame = frame,
    };
    struct syscall_count *counts = &syscall_counts[MIN(call.number, SYSCALL_NUMBERS)];
    syscall_handler *handler = find_handler(call.number);
    if (handler) {
        counts->local++;
        frame->rax = (uint64_t)handler(&call);
    } else {
        counts->unsupported++;
        frame->rax = (uint64_t)-ENOSYS;
    }
    signal_deliver(frame);
}

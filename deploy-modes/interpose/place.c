#include "place.h"
#include "calls.h"
#include "delegate.h"
#include "options.h"
#include "thread.h"
#include "user.h"

#define CORES 1024

struct cores {
    uint64_t bits[CORES / 64];
};

static bool has(const struct cores *cores, int core) {
    return cores->bits[core / 64] >> core % 64 & 1;
}

static bool is_empty(const struct cores *cores) {
    for (unsigned i = 0; i < ARRAY_SIZE(cores->bits); i++)
        if (cores->bits[i] != 0)
            return false;
    return true;
}

static void remove_core(struct cores *cores, int core) {
    cores->bits[core / 64] &= ~(1ull << core % 64);
}

static int last_of(const struct cores *cores) {
    int core = CORES - 1;
    while (core >= 0 && !has(cores, core))
        core--;
    return core;
}

void place_program(void) {
    struct cores cores = {0};
    if (is_error(sys(__NR_sched_getaffinity, 0, sizeof cores, &cores)))
        fail("Linux does not say on which cores this process may run.");
    if (options.delegate_core < 0)
        options.delegate_core = last_of(&cores);
    if (options.delegate_core >= CORES || !has(&cores, options.delegate_core))
        fail("Core %d is none of those that this process may use: name another for the delegate.",
             options.delegate_core);
    remove_core(&cores, options.delegate_core);
    if (is_empty(&cores))
        fail("There is only one core: a delegate needs one of its own, beside the program's.");
    sys(__NR_sched_setaffinity, 0, sizeof cores, &cores);
}

static bool is_own(const struct thread *self, uint64_t pid) {
    return pid == 0 || pid == (uint64_t)self->tid;
}

/* The delegate's core is not for the program, unless it wants that alone. */
int64_t special_sched_setaffinity(struct thread *self, struct ucontext *context) {
    struct cores cores = {0};
    uint64_t bytes = MIN(context->rsi, sizeof cores);
    if (!options.any_forwarded || !user_read(&cores, context->rdx, bytes))
        return MAKE_IT;
    remove_core(&cores, options.delegate_core);
    if (is_empty(&cores))
        return MAKE_IT;
    int64_t result = sys(__NR_sched_setaffinity, context->rdi, bytes, &cores);
    if (result == 0 && is_own(self, context->rdi))
        self->placed = true;
    return result;
}

int64_t special_sched_getaffinity(struct thread *self, struct ucontext *context) {
    int64_t result = sys(__NR_sched_getaffinity, context->rdi, context->rsi, context->rdx);
    uint64_t at = context->rdx + (uint64_t)(options.delegate_core / 8);
    uint8_t byte;
    if (options.any_forwarded && !self->placed && is_own(self, context->rdi) &&
        result > options.delegate_core / 8 && user_read(&byte, at, 1)) {
        byte |= (uint8_t)(1u << options.delegate_core % 8);
        user_write(at, &byte, 1);
    }
    return result;
}

/* The delegate has what the thread had when it began: credentials, filters, namespaces. What
 * changes them (some calls also want to be alone in the process) gets a new one. */
int64_t special_renew(struct thread *self, struct ucontext *context) {
    (void)context;
    delegate_end(self);
    return MAKE_IT;
}

static bool changes_credentials(uint64_t option) {
    switch (option) {
    case PR_SET_KEEPCAPS:
    case PR_SET_SECCOMP:
    case PR_CAPBSET_DROP:
    case PR_SET_SECUREBITS:
    case PR_SET_NO_NEW_PRIVS:
    case PR_CAP_AMBIENT:
        return true;
    default:
        return false;
    }
}

int64_t special_prctl(struct thread *self, struct ucontext *context) {
    if (context->rdi == PR_SET_SYSCALL_USER_DISPATCH)
        return -EINVAL; /* as a Linux without it */
    return changes_credentials(context->rdi) ? special_renew(self, context) : MAKE_IT;
}

int64_t special_arch_prctl(struct thread *self, struct ucontext *context) {
    (void)self;
    return context->rdi == ARCH_SET_GS || context->rdi == ARCH_GET_GS ? -EINVAL : MAKE_IT;
}

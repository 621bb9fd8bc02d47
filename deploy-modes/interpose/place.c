/* Where the program's threads and their delegates run. */
#include "calls.h"
#include "thread.h"

int64_t special_sched_setaffinity(struct thread *self, struct ucontext *context) {
    (void)self, (void)context;
    return MAKE_IT;
}

int64_t special_sched_getaffinity(struct thread *self, struct ucontext *context) {
    (void)self, (void)context;
    return MAKE_IT;
}

int64_t special_renew(struct thread *self, struct ucontext *context) {
    (void)self, (void)context;
    return MAKE_IT;
}

int64_t special_prctl(struct thread *self, struct ucontext *context) {
    (void)self;
    return context->rdi == PR_SET_SYSCALL_USER_DISPATCH ? -EINVAL : MAKE_IT;
}

int64_t special_arch_prctl(struct thread *self, struct ucontext *context) {
    (void)self;
    return context->rdi == ARCH_SET_GS || context->rdi == ARCH_GET_GS ? -EINVAL : MAKE_IT;
}

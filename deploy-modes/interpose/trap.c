/* Each system call of the program comes here, as a SIGSYS (Linux's Syscall User Dispatch). */
#include "calls.h"
#include "entry.h"
#include "signals.h"

static const struct call unknown = {0};

static void keep(struct thread *self, const struct ucontext *context) {
    self->back = context->rip;
    self->number = context->rax;
    self->rdi = context->rdi;
    self->rsi = context->rsi;
    self->rdx = context->rdx;
    self->r10 = context->r10;
    self->r8 = context->r8;
    self->r9 = context->r9;
}

static void make(struct thread *self, struct ucontext *context) {
    self->counting = true;
    context->rip = (uint64_t)stub;
}

static void answer(struct thread *self, struct ucontext *context, int64_t result, uint64_t begun) {
    context->rax = (uint64_t)result;
    if (self->born < begun) /* a child that fork made has not called it */
        count(self->counts, self->number, read_tsc() - begun);
}

static void call(struct thread *self, struct ucontext *context) {
    const struct call *call = self->number < NUMBERS ? &calls[self->number] : &unknown;
    uint64_t begun = read_tsc();
    int64_t result = call->special ? call->special(self, context) : MAKE_IT;
    if (result != MAKE_IT)
        answer(self, context, result, begun);
    else
        make(self, context);
}

__attribute__((visibility("hidden"))) void trap(int signal, struct siginfo *info,
                                                struct ucontext *context) {
    (void)signal;
    struct thread *self = thread_self();
    if (info->code != SYS_USER_DISPATCH) {
        signals_sigsys(self, info, context);
        return;
    }
    count_stub(self);
    keep(self, context);
    if (info->architecture == ARCH_X86_64)
        call(self, context);
    else
        context->rip = (uint64_t)stub_32bit;
}

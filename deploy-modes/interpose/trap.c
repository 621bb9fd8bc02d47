/* Each system call of the program comes here, as a SIGSYS (Linux's Syscall User Dispatch). */
#include "calls.h"
#include "delegate.h"
#include "entry.h"
#include "options.h"
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

/* By a delegate, or after its price has been paid; false where the call is still to be made. */
static bool forward(struct thread *self, struct ucontext *context, uint64_t entered) {
    if (is_for_delegate(self, context) && delegate_call(self, context, entered))
        return true;
    delegate_pay(entered);
    count_forwarded(self->counts, self->number, read_tsc() - entered + options.trap);
    return false;
}

static void call(struct thread *self, struct ucontext *context, uint64_t entered) {
    const struct call *call = self->number < NUMBERS ? &calls[self->number] : &unknown;
    arm_stack(self, context);
    if (is_forwarded(self->number) && forward(self, context, entered))
        return;
    uint64_t begun = read_tsc();
    int64_t result = call->special ? call->special(self, context) : MAKE_IT;
    arm_stack(self, context); /* which the call may have set, or the child of fork */
    if (result != MAKE_IT)
        answer(self, context, result, begun);
    else
        make(self, context);
}

__attribute__((visibility("hidden"))) void trap(int signal, struct siginfo *info,
                                                struct ucontext *context) {
    (void)signal;
    uint64_t entered = read_tsc();
    struct thread *self = thread_self();
    if (info->code != SYS_USER_DISPATCH) {
        if (!delegate_interrupted(self, info, context))
            signals_sigsys(self, info, context);
        return;
    }
    count_stub(self);
    keep(self, context);
    if (info->architecture == ARCH_X86_64)
        call(self, context, entered);
    else
        context->rip = (uint64_t)stub_32bit;
}

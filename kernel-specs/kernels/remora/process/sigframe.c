/* The frame of a signal handler on the app's stack (Linux, arch/x86: struct rt_sigframe). */
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/signal.h"
#include "remora/thread.h"
#include "remora/x86.h"

struct context {
    uint64_t flags, link;
    struct signal_stack stack;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
    uint16_t cs, gs, fs, ss;
    uint64_t error, vector, old_mask, cr2;
    uint64_t fpu; /* address of the extended state */
    uint64_t reserved[8];
    uint64_t mask;
};
_Static_assert(offsetof(struct context, mask) == 296, "ucontext_t");

#define UC_FP_XSTATE         1
#define UC_SIGCONTEXT_SS     2
#define UC_STRICT_RESTORE_SS 4

struct sigframe {
    uint64_t return_address;
    struct context context;
    struct signal_info info;
};

/* In bytes that FXSAVE leaves to software, the kernel says what lies behind them. */
struct fpu_note {
    uint32_t magic1, extended_size;
    uint64_t features;
    uint32_t state_size, padding[7];
};
#define FPU_NOTE_OFFSET 464
#define FPU_MAGIC1      0x46505853u
#define FPU_MAGIC2      0x46505845u

#define RED_ZONE 128 /* psABI, 3.2.2: below RSP, and in use */

static uint8_t fpu_state[FPU_STATE_MAX + 4] __attribute__((aligned(64)));

static size_t fpu_frame_size(void) {
    return fpu_state_size() + sizeof(uint32_t) /* FPU_MAGIC2 */;
}

size_t signal_frame_size(void) {
    return align_up(RED_ZONE + fpu_frame_size() + 64 + sizeof(struct sigframe) + 16, 16);
}

static bool on_stack(uint64_t rsp) {
    const struct signal_stack *stack = &thread_current()->signals.stack;
    return rsp - stack->base < stack->size;
}

struct signal_stack sigframe_stack(uint64_t rsp) {
    struct signal_stack stack = thread_current()->signals.stack;
    if (stack.size == 0)
        stack.flags = SS_DISABLE;
    else if (on_stack(rsp))
        stack.flags = SS_ONSTACK;
    return stack;
}

static uint64_t stack_for(const struct frame *frame, const struct signal_action *action) {
    const struct signal_stack *stack = &thread_current()->signals.stack;
    if ((action->flags & SA_ONSTACK) && stack->size > 0 && !on_stack(frame->rsp))
        return stack->base + stack->size;
    return frame->rsp - RED_ZONE;
}

static bool push_fpu(uint64_t address) {
    memset(fpu_state, 0, sizeof fpu_state); /* XSAVE leaves parts of its header alone */
    fpu_save(fpu_state);
    if (fpu_features()) {
        struct fpu_note note = {
            .magic1 = FPU_MAGIC1,
            .extended_size = (uint32_t)fpu_frame_size(),
            .features = fpu_features(),
            .state_size = (uint32_t)fpu_state_size(),
        };
        uint32_t magic2 = FPU_MAGIC2;
        memcpy(fpu_state + FPU_NOTE_OFFSET, &note, sizeof note);
        memcpy(fpu_state + fpu_state_size(), &magic2, sizeof magic2);
    }
    return user_write(address, fpu_state, fpu_frame_size());
}

static struct context context_of(const struct frame *f) {
    return (struct context){
        .flags = (fpu_features() ? UC_FP_XSTATE : 0) | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
        .r8 = f->r8,
        .r9 = f->r9,
        .r10 = f->r10,
        .r11 = f->r11,
        .r12 = f->r12,
        .r13 = f->r13,
        .r14 = f->r14,
        .r15 = f->r15,
        .rdi = f->rdi,
        .rsi = f->rsi,
        .rbp = f->rbp,
        .rbx = f->rbx,
        .rdx = f->rdx,
        .rax = f->rax,
        .rcx = f->rcx,
        .rsp = f->rsp,
        .rip = f->rip,
        .rflags = f->rflags,
        .cs = USER_CS,
        .ss = USER_SS,
        .error = f->vector == VECTOR_SYSCALL ? 0 : f->error,
        .vector = f->vector == VECTOR_SYSCALL ? 0 : f->vector,
        .cr2 = f->vector == VECTOR_PF ? read_cr2() : 0,
    };
}

bool sigframe_push(struct frame *frame, const struct signal_info *info,
                   const struct signal_action *action, uint64_t mask) {
    uint64_t top = stack_for(frame, action);
    uint64_t fpu = align_down(top - fpu_frame_size(), 64);
    uint64_t address = align_down(fpu - sizeof(struct sigframe), 16) - 8;
    struct sigframe pushed = {.return_address = action->restorer, .info = *info};
    pushed.context = context_of(frame);
    pushed.context.fpu = fpu;
    pushed.context.mask = pushed.context.old_mask = mask;
    pushed.context.stack = sigframe_stack(frame->rsp);
    if (action->handler >= USER_END || !(action->flags & SA_RESTORER) || !push_fpu(fpu) ||
        !user_write(address, &pushed, sizeof pushed))
        return false;
    fpu_reset(); /* what a handler computes does not depend on what it has interrupted */
    frame->rdi = (uint64_t)info->number;
    frame->rsi = address + offsetof(struct sigframe, info);
    frame->rdx = address + offsetof(struct sigframe, context);
    frame->rax = 0;
    frame->rip = action->handler;
    frame->rsp = address;
    frame->rflags &= ~(uint64_t)(RFLAGS_TF | RFLAGS_DF | RFLAGS_RF);
    return true;
}

static bool pop_fpu(uint64_t address) {
    if (address == 0)
        return true;
    if (!user_read(fpu_state, address, fpu_state_size()))
        return false;
    fpu_sanitize(fpu_state);
    fpu_load(fpu_state);
    return true;
}

static void restore(struct frame *f, const struct context *c) {
    f->r8 = c->r8;
    f->r9 = c->r9;
    f->r10 = c->r10;
    f->r11 = c->r11;
    f->r12 = c->r12;
    f->r13 = c->r13;
    f->r14 = c->r14;
    f->r15 = c->r15;
    f->rdi = c->rdi;
    f->rsi = c->rsi;
    f->rbp = c->rbp;
    f->rbx = c->rbx;
    f->rdx = c->rdx;
    f->rax = c->rax;
    f->rcx = c->rcx;
    f->rsp = c->rsp;
    f->rip = c->rip;
    f->rflags = (f->rflags & ~(uint64_t)RFLAGS_USER) | (c->rflags & RFLAGS_USER);
}

/* The handler has returned into its restorer, which popped the return address. */
bool sigframe_pop(struct frame *frame) {
    struct sigframe popped;
    if (!user_read(&popped, frame->rsp - sizeof popped.return_address, sizeof popped) ||
        popped.context.rip >= USER_END || !pop_fpu(popped.context.fpu))
        return false;
    restore(frame, &popped.context);
    frame->vector = VECTOR_NONE; /* what it has in RAX is no call's result */
    signal_block(popped.context.mask);
    struct signal_stack *stack = &thread_current()->signals.stack;
    *stack = popped.context.stack;
    if (stack->flags & SS_DISABLE)
        stack->size = 0;
    stack->flags = 0;
    return true;
}

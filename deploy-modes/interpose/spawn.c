/* New threads and processes, and their ends. */
#include "calls.h"
#include "entry.h"
#include "signals.h"
#include "user.h"

/* --- fork: the child has a copy of everything, and returns from the same handler --- */

static int64_t fork_with(struct thread *self, struct ucontext *context,
                         struct clone_arguments *arguments, bool is_3) {
    struct clone_arguments own = *arguments;
    own.stack = own.stack_size = 0;
    bool clears = (own.flags & CLONE_CLEAR_SIGHAND) != 0;
    own.flags &= ~CLONE_CLEAR_SIGHAND;
    int64_t result = is_3 ? sys(__NR_clone3, &own, sizeof own)
                          : sys(__NR_clone, own.flags | own.exit_signal, 0, own.parent_tid,
                                own.child_tid, own.tls);
    if (result != 0)
        return result;
    process_forked(self);
    if (clears)
        signals_clear(self->process);
    if (arguments->stack)
        context->rsp = arguments->stack + arguments->stack_size;
    return 0;
}

/* --- with shared memory: the child has a frame of its own to begin with --- */

static uint64_t fpu_bytes(const uint8_t *fpu) {
    uint32_t magic, bytes;
    memcpy(&magic, fpu + FPU_MAGIC, sizeof magic);
    memcpy(&bytes, fpu + FPU_EXTENDED, sizeof bytes);
    return magic == FPU_MAGIC_VALUE ? bytes : FPU_LEGACY_BYTES;
}

/* On the child's own stack for traps; what is below is free for it to run on. */
static struct ucontext *copy_frame(const struct thread *child, const struct ucontext *context) {
    uint64_t top = child->stack.start + child->stack.size - sizeof(struct siginfo);
    struct ucontext frame = *context;
    if (frame.fpu) {
        uint64_t bytes = fpu_bytes(frame.fpu);
        top = align_down(top - bytes, 64);
        frame.fpu = memcpy((void *)top, context->fpu, bytes);
    }
    top = align_down(top - sizeof frame - sizeof(struct siginfo), 64);
    return memcpy((void *)top, &frame, sizeof frame);
}

static bool new_process(struct thread *self, struct thread *child, uint64_t flags) {
    struct process *process = process_new();
    if (!process)
        return false;
    memcpy(process->actions, self->process->actions, sizeof process->actions);
    process->borrowed = (flags & CLONE_VFORK) != 0;
    child->process = process;
    return true;
}

static struct thread *new_child(struct thread *self, const struct ucontext *context,
                                const struct clone_arguments *arguments) {
    struct thread *child = thread_new(self->process);
    if (!child)
        return NULL;
    if (!(arguments->flags & CLONE_THREAD) && !new_process(self, child, arguments->flags)) {
        thread_free(child);
        return NULL;
    }
    child->sigsys_blocked = self->sigsys_blocked;
    child->placed = self->placed;
    child->clears = (arguments->flags & CLONE_CLEAR_SIGHAND) != 0;
    child->resume = copy_frame(child, context);
    child->resume->rax = 0;
    if (arguments->stack)
        child->resume->rsp = arguments->stack + arguments->stack_size;
    arm_stack(child, child->resume);
    thread_add(child);
    return child;
}

static void drop_child(struct thread *self, struct thread *child) {
    if (child->process == self->process)
        thread_remove(child);
    else
        process_free(child->process);
    thread_free(child);
}

static _Noreturn void thread_born(struct thread *self) {
    self->tid = (int)sys(__NR_gettid);
    self->born = read_tsc();
    if (self->clears)
        signals_clear(self->process);
    thread_arm(self);
    resume(self->resume);
}

static int64_t clone_with(struct thread *self, struct ucontext *context,
                          struct clone_arguments *arguments, bool is_3) {
    struct thread *child = new_child(self, context, arguments);
    if (!child)
        return -EAGAIN;
    struct clone_arguments own = *arguments;
    own.flags &= ~CLONE_CLEAR_SIGHAND;
    own.stack = child->stack.start;
    uint64_t *top = (uint64_t *)align_down((uint64_t)child->resume - 0x100, 64);
    top[-1] = (uint64_t)thread_born;
    own.stack_size = (uint64_t)(top - 1) - own.stack;
    int64_t result = is_3 ? spawn3(&own, sizeof own, child)
                          : spawn(own.flags | own.exit_signal, own.stack + own.stack_size,
                                  own.parent_tid, own.child_tid, own.tls, child);
    if (is_error(result) || own.flags & CLONE_VFORK)
        drop_child(self, child);
    return result;
}

static int64_t create(struct thread *self, struct ucontext *context,
                      struct clone_arguments *arguments, bool is_3) {
    return arguments->flags & CLONE_VM ? clone_with(self, context, arguments, is_3)
                                       : fork_with(self, context, arguments, is_3);
}

int64_t special_clone(struct thread *self, struct ucontext *context) {
    struct clone_arguments arguments = {.flags = context->rdi & 0xffffff00,
                                        .exit_signal = context->rdi & 0xff,
                                        .stack = context->rsi,
                                        .parent_tid = context->rdx,
                                        .child_tid = context->r10,
                                        .tls = context->r8};
    return create(self, context, &arguments, false);
}

int64_t special_fork(struct thread *self, struct ucontext *context) {
    struct clone_arguments arguments = {.exit_signal = SIGCHLD};
    return create(self, context, &arguments, false);
}

int64_t special_vfork(struct thread *self, struct ucontext *context) {
    struct clone_arguments arguments = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};
    return create(self, context, &arguments, false);
}

int64_t special_clone3(struct thread *self, struct ucontext *context) {
    struct clone_arguments arguments = {0};
    uint64_t size = context->rsi;
    if (size < 64 || size > sizeof arguments)
        return MAKE_IT; /* Linux says what is wrong with it */
    if (!user_read(&arguments, context->rdi, size))
        return -EFAULT;
    return create(self, context, &arguments, true);
}

int64_t special_exit(struct thread *self, struct ucontext *context) {
    count(self->counts, __NR_exit, 0);
    thread_end(self, (int)context->rdi);
}

int64_t special_exit_group(struct thread *self, struct ucontext *context) {
    count(self->counts, __NR_exit_group, 0);
    counts_write(self->process, "status", (int)context->rdi & 0xff);
    return sys(__NR_exit_group, context->rdi);
}

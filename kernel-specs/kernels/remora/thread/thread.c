/* Threads: made, found, ended. */
#include "remora/thread.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "turns.h"

#define STACK_SIZE KIB(16)

static struct thread *slots[THREADS_MAX];
static unsigned count;
static unsigned slots_used; /* all beyond are free */

static uint64_t bytes_of_thread(void) {
    return align_up(sizeof(struct thread), PAGE_SIZE) + STACK_SIZE;
}

static struct thread *allocate(void) {
    unsigned slot = 0;
    while (slot < THREADS_MAX && slots[slot])
        slot++;
    uint64_t physical = slot < THREADS_MAX ? frames_alloc(bytes_of_thread(), PAGE_SIZE) : 0;
    if (physical == 0)
        return NULL;
    struct thread *thread = memset(physical_to_kernel(physical), 0, sizeof *thread);
    thread->slot = slot;
    thread->deadline = FOREVER;
    thread->stack_top = (uint64_t)thread + bytes_of_thread();
    slots[slot] = thread;
    slots_used = MAX(slots_used, slot + 1);
    count++;
    return thread;
}

/* The core that runs this goes on as the thread, still on the stack it has. */
void threads_init(void) {
    struct thread *thread = allocate();
    struct cpu *cpu = cpu_current();
    while (!thread)
        panic("no memory for the first thread");
    thread->tid = APP_PID;
    thread->cpu = cpu;
    thread->next = thread->previous = thread;
    thread->affinity = UINT64_MAX;
    memcpy(thread->name, "app", 4);
    cpu->turn = thread;
    cpu->thread_count = 1;
    cpu->current = thread;
    kernel_lock();
}

extern void thread_first(void); /* x86/entry.S: where a thread's first turn begins */

/* What context_switch finds on the stack of a thread that has not run yet. */
struct first_context {
    uint64_t saved[6];
    uint64_t return_address;
    struct frame frame;
};

static int next_tid(void) {
    static int last = APP_PID;
    do
        last = last == INT32_MAX ? APP_PID + 1 : last + 1;
    while (thread_find(last));
    return last;
}

struct thread *thread_create(const struct frame *frame) {
    struct thread *self = thread_current(), *thread = allocate();
    if (!thread)
        return NULL;
    struct first_context *first = (struct first_context *)thread->stack_top - 1;
    *first = (struct first_context){.return_address = (uint64_t)thread_first, .frame = *frame};
    thread->context = (uint64_t)first;
    thread->tid = next_tid();
    thread->affinity = self->affinity;
    thread->fs_base = self->fs_base;
    thread->gs_base = self->gs_base;
    thread->signals.blocked = self->signals.blocked;
    memcpy(thread->name, self->name, sizeof thread->name);
    fpu_save(thread->fpu);
    return thread;
}

struct thread *thread_find(int tid) {
    for (struct thread *t = thread_after(NULL); t; t = thread_after(t))
        if (t->tid == tid)
            return t;
    return NULL;
}

struct thread *thread_after(const struct thread *thread) {
    for (unsigned slot = thread ? thread->slot + 1 : 0; slot < slots_used; slot++)
        if (slots[slot])
            return slots[slot];
    return NULL;
}

static uint64_t ended_ran;

uint64_t thread_ran(const struct thread *thread) {
    if (thread)
        return thread->ran + (thread->runs_since ? clock_now() - thread->runs_since : 0);
    uint64_t sum = ended_ran;
    for (const struct thread *t = thread_after(NULL); t; t = thread_after(t))
        sum += thread_ran(t);
    return sum;
}

unsigned thread_count(void) {
    return count;
}

/* --- rings --- */

void thread_start(struct thread *thread) {
    struct cpu *cpu = thread_place(thread->affinity);
    thread->cpu = cpu;
    if (cpu->turn) { /* it comes last: before the one whose turn it was, which comes round then */
        thread->next = cpu->turn;
        thread->previous = cpu->turn->previous;
        thread->previous->next = thread->next->previous = thread;
    } else {
        thread->next = thread->previous = cpu->turn = thread;
    }
    cpu->thread_count++;
    core_kick(cpu);
}

static void leave_ring(struct thread *thread) {
    struct cpu *cpu = thread->cpu;
    thread->previous->next = thread->next;
    thread->next->previous = thread->previous;
    if (cpu->turn == thread)
        cpu->turn = thread->next == thread ? NULL : thread->previous;
    cpu->thread_count--;
}

void thread_move(struct thread *self) {
    leave_ring(self);
    thread_start(self);
}

_Noreturn void thread_end(void) {
    struct thread *self = thread_current();
    leave_ring(self);
    slots[self->slot] = NULL;
    count--;
    ended_ran += thread_ran(self);
    self->cpu->ended = self;
    thread_switch_away();
}

void thread_free(struct thread *thread) {
    frames_free(kernel_to_physical(thread), bytes_of_thread());
}

#include "thread.h"
#include "entry.h"

/* One mapping for each thread; pages that are never touched cost nothing. */
#define STACK_BYTES  0x80000ull
#define COUNTS_BYTES align_up(sizeof(struct counts), PAGE)
#define THREAD_BYTES (PAGE + COUNTS_BYTES + DELEGATE_STACK_BYTES + STACK_BYTES)

_Static_assert(sizeof(struct thread) <= PAGE, "struct thread fits a page");

/* Threads that have ended, or are about to: their memory is used again. */
static struct thread *ended;
static struct lock ended_lock;

void lock(struct lock *lock) {
    while (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire))
        sys(__NR_sched_yield);
}

void unlock(struct lock *lock) {
    atomic_store_explicit(&lock->taken, 0, memory_order_release);
}

static void *map(uint64_t bytes) {
    int64_t at = sys(__NR_mmap, 0, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return is_error(at) ? NULL : (void *)at;
}

/* A thread is gone when Linux knows its number no more, and its delegate has ended. */
static bool is_gone(const struct thread *thread) {
    return sys(__NR_tgkill, sys(__NR_getpid), thread->tid, 0) == -ESRCH &&
           atomic_load(&thread->mailbox.tid) == 0;
}

static struct thread *take_ended(void) {
    lock(&ended_lock);
    struct thread **at = &ended;
    while (*at && !is_gone(*at))
        at = &(*at)->next;
    struct thread *found = *at;
    if (found)
        *at = found->next;
    unlock(&ended_lock);
    return found;
}

struct thread *thread_new(struct process *process) {
    struct thread *thread = take_ended();
    if (thread)
        counts_clear(thread->counts);
    else if (!(thread = map(THREAD_BYTES)))
        return NULL;
    struct counts *counts = (struct counts *)((uint8_t *)thread + PAGE);
    memset(thread, 0, sizeof *thread);
    thread->self = thread;
    thread->process = process;
    thread->counts = counts;
    thread->stack =
        (struct stack){thread_delegate_stack(thread) + DELEGATE_STACK_BYTES, 0, 0, STACK_BYTES};
    thread->program_stack.flags = SS_DISABLE;
    return thread;
}

uint64_t thread_delegate_stack(const struct thread *thread) {
    return (uint64_t)thread + PAGE + COUNTS_BYTES;
}

void thread_free(struct thread *thread) {
    if (thread->words)
        sys(__NR_munmap, thread->words, thread->words_bytes);
    sys(__NR_munmap, thread, THREAD_BYTES);
}

struct process *process_new(void) {
    uint64_t bytes = align_up(sizeof(struct process), PAGE);
    struct process *process = map(bytes + sizeof(struct counts));
    if (process)
        process->ended = (struct counts *)((uint8_t *)process + bytes);
    return process;
}

void process_free(struct process *process) {
    sys(__NR_munmap, process, align_up(sizeof *process, PAGE) + sizeof(struct counts));
}

void thread_arm(struct thread *thread) {
    sys(__NR_arch_prctl, ARCH_SET_GS, thread);
    sys(__NR_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, image_start,
        image_end - image_start, 0);
}

void thread_disarm(void) {
    sys(__NR_prctl, PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0);
}

void thread_add(struct thread *thread) {
    struct process *process = thread->process;
    lock(&process->lock);
    thread->next = process->live;
    process->live = thread;
    process->threads++;
    unlock(&process->lock);
}

static void unlink_thread(struct thread *thread) {
    struct thread **at = &thread->process->live;
    while (*at != thread)
        at = &(*at)->next;
    *at = thread->next;
}

void thread_remove(struct thread *thread) {
    struct process *process = thread->process;
    lock(&process->lock);
    unlink_thread(thread);
    process->threads--;
    unlock(&process->lock);
}

/* Counts what the thread did among what has ended; whether others are left. */
static bool end_live(struct thread *thread) {
    struct process *process = thread->process;
    lock(&process->lock);
    unlink_thread(thread);
    counts_add(process->ended, thread->counts);
    process->ended_cycles += read_tsc() - thread->born;
    bool others = process->live != NULL;
    unlock(&process->lock);
    return others;
}

_Noreturn void thread_end(struct thread *thread, int status) {
    if (!end_live(thread)) {
        counts_write(thread->process, "status", status & 0xff);
        sys(__NR_exit_group, status); /* the delegates end, too */
    }
    delegate_dismiss(thread);
    lock(&ended_lock);
    thread->next = ended;
    ended = thread;
    unlock(&ended_lock);
    sys(__NR_exit, status);
    __builtin_unreachable();
}

void process_forked(struct thread *thread) {
    struct process *process = thread->process;
    process->lock = ended_lock = (struct lock){0};
    ended = NULL; /* their numbers may be another's here */
    counts_clear(process->ended);
    counts_clear(thread->counts);
    thread->counting = false;
    atomic_store(&thread->mailbox.tid, 0); /* only the caller of fork is in the child */
    thread->next = NULL;
    thread->tid = (int)sys(__NR_gettid);
    thread->born = read_tsc();
    process->live = thread;
    process->threads = 1;
    process->ended_cycles = 0;
    process->written = false;
    thread_arm(thread);
}

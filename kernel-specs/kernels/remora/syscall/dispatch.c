/* Every system call passes here: dispatched by the generated table, and counted. */
#include "remora/component.h"
#include "remora/delegate.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/numbers.h"
#include "remora/shared.h"
#include "remora/signal.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/x86.h"

struct syscall_count *syscall_counts[DIVER_CORES_MAX]; /* of a core: by number */

/* NULL without memory. */
static struct syscall_count *make_counts(void) {
    uint64_t bytes = align_up((SYSCALL_NUMBERS + 1) * sizeof *syscall_counts[0], PAGE_SIZE);
    uint64_t physical = frames_alloc(bytes, PAGE_SIZE);
    return physical ? memset(physical_to_kernel(physical), 0, bytes) : NULL;
}

struct syscall_count syscall_total(unsigned number) {
    struct syscall_count total = {0};
    for (unsigned core = 0; core < DIVER_CORES_MAX; core++) {
        if (!syscall_counts[core])
            continue;
        const struct syscall_count *one = &syscall_counts[core][number];
        total.local += one->local;
        total.forwarded += one->forwarded;
        total.unsupported += one->unsupported;
        total.ticks += one->ticks;
        total.service += one->service;
        total.waiting += one->waiting;
    }
    return total;
}

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

/* The calls that go to the agent. */
static bool forwarded[SYSCALL_NUMBERS];

unsigned syscall_find(const char *name, size_t length) {
    for (unsigned i = 0; i < SYSCALL_NUMBERS; i++) {
        const char *known = syscall_table[i].name;
        if (known && strlen(known) == length && memcmp(known, name, length) == 0)
            return i;
    }
    return SYSCALL_NUMBERS;
}

/* Names with commas between them: calls that this kernel would serve itself. */
static const char *force(const char *names) {
    static char problem[128];
    for (size_t length; *names; names += length + (names[length] == ',')) {
        for (length = 0; names[length] && names[length] != ',';)
            length++;
        unsigned number = syscall_find(names, length);
        if (number == SYSCALL_NUMBERS) {
            format(problem, sizeof problem,
                   "remora.forward names a call that Linux does not have: %s", names);
            return problem;
        }
        forwarded[number] = true;
    }
    return NULL;
}

/* Which calls go to the agent. */
static const char *choose(const char *forward) {
    if (!delegate_available())
        return forward ? "remora.forward is given, and there is no agent to forward to" : NULL;
    for (unsigned i = 0; i < SYSCALL_NUMBERS; i++)
        forwarded[i] = syscall_table[i].delegated;
    return forward ? force(forward) : NULL;
}

/* What entry.S answers by itself, asked once: a core that comes later may come while none serves a
 * thread. */
static void fix_answers(unsigned core) {
    static uint64_t answers[SYSCALL_NUMBERS];
    for (unsigned i = 0; i < SYSCALL_NUMBERS; i++) {
        if (syscall_table[i].needs == FIXED && !forwarded[i] && answers[i] == 0)
            answers[i] = (uint64_t)syscall_table[i].handler(&(struct call){.number = i}) + 1;
        syscall_counts[core][i].answer = answers[i];
    }
}

void dispatch_load(int tid) {
    struct syscall_count *count = &cpu_current()->counts[NUMBER_gettid];
    if (count->answer)
        count->answer = (uint64_t)tid + 1;
}

/* A core that has been here before goes on counting where it left off. */
bool dispatch_add(struct cpu *cpu) {
    unsigned core = cpu->index;
    if (!syscall_counts[core])
        syscall_counts[core] = make_counts();
    cpu->counts = syscall_counts[core];
    if (!cpu->counts)
        return false;
    fix_answers(core);
    return true;
}

const char *dispatch_init(const char *forward) {
    const char *problem = choose(forward);
    for (struct cpu *cpu = core_after(NULL); cpu; cpu = core_after(cpu))
        if (!dispatch_add(cpu))
            return "there is no memory left to count calls in";
    return problem;
}

static syscall_handler *find_handler(uint64_t number) {
    if (number >= SYSCALL_NUMBERS)
        return NULL;
    syscall_handler *handler = syscall_table[number].handler;
    return handler ? handler : component_handler(number);
}

static bool is_forwarded(uint64_t number) {
    return number < SYSCALL_NUMBERS && forwarded[number];
}

static bool is_unlocked(uint64_t number) {
    return number < SYSCALL_NUMBERS && syscall_table[number].handler &&
           syscall_table[number].needs != LOCKED;
}

static int64_t serve(const struct call *call) {
    struct syscall_count *count = syscall_count(call->number);
    syscall_handler *handler = find_handler(call->number);
    if (!handler) {
        count->unsupported++;
        return -ENOSYS;
    }
    count->local++;
    return handler(call);
}

void syscall_handle(struct frame *frame) {
    struct call call = {
        .number = frame->rax,
        .argument = {frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9},
        .frame = frame,
    };
    if (is_forwarded(call.number) && !beside_serves(&call)) {
        frame->rax = (uint64_t)delegate_call(&call);
        beside_follow(&call);
        if (thread_may_leave(frame))
            return;
        kernel_lock();
    } else if (is_unlocked(call.number)) { /* who wants anything of this thread interrupts it */
        frame->rax = (uint64_t)serve(&call);
        bool lacks = (int64_t)frame->rax == -EFAULT;
        if (!lacks && thread_may_leave(frame)) /* others may have run, and sent it a signal */
            return;
        kernel_lock();
        if (lacks) /* once more, with what the lock brings */
            frame->rax = (uint64_t)syscall_table[call.number].handler(&call);
    } else {
        kernel_lock();
        frame->rax = (uint64_t)serve(&call);
    }
    thread_leave_kernel(frame);
    kernel_unlock();
}

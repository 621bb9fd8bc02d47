/*
 * Leader and followers: the leader polls; before it executes a call that may wait it hands the lead
 * to another thread. Whoever comes back takes the lead again if it is still free, else waits for
 * it.
 */
#include "serve.h"
#include "execute.h"
#include "lib.h"
#include "report.h"
#include "signals.h"
#include "sys.h"
#include "window.h"

#include <diver/enclave.h>

#define WORKERS_MAX (DIVER_THREADS_MAX + 1)
#define STACK_BYTES (64 * 1024)
#define NO_THREAD   0x3fffffffu
#define TEXT_LIMIT  16384
/* How long to poll before sleeping, in microseconds. */
#define SPIN_US 1000
/* A kernel that starts has much to say, with pauses: how long not to sleep at all then. */
#define START_US 50000

/* --- state --- */

static struct service service;
static struct diver_channel *channel;
static uint32_t core_count; /* rings to look at */
static uint64_t spin_ticks;
static uint64_t awake_until; /* TSC */
static uint64_t ns_per_tick; /* fixed point, 32 bits behind the point */

/* The leader's: they pass on with the lead. */
static uint64_t taken[DIVER_CORES_MAX];
static uint64_t drops_done;
static uint64_t requests, sleeps;
static bool interrupting;    /* a worker may be between its last look and its call */
static uint64_t interrupted; /* TSC when the signals were last sent */

struct worker {
    uint32_t tid;
    uint32_t state; /* the thread whose call it executes, or NO_THREAD; and the flags below */
};

#define INTERRUPTED  0x80000000u /* that call is to end with EINTR: it has been sent a signal */
#define INTERRUPTING 0x40000000u /* the leader is about to send one */

static struct worker workers[WORKERS_MAX];
static uint32_t worker_count;
static uint32_t idle;    /* workers that wait for the lead */
static uint32_t vacancy; /* 1: nobody leads */
static uint32_t in_call; /* workers with a call that may wait, which need a core as well */
static uint64_t faults;

static uint64_t to_ns(uint64_t ticks) {
    return (uint64_t)((unsigned __int128)ticks * ns_per_tick >> 32);
}

/* --- the end --- */

_Noreturn static void finish(int status) {
    char list[2048];
    if (service.end)
        service.end();
    execute_report(list, sizeof list);
    report_line("{\"event\":\"delegate\",\"requests\":%lu,\"faults\":%lu,\"sleeps\":%lu,"
                "\"threads\":%u,\"mirrored_bytes\":%lu,\"refused\":%s}",
                requests, faults, sleeps, worker_count, window_mirrored(), list);
    sys(__NR_exit_group, status);
    __builtin_unreachable();
}

_Noreturn static void garbage(const char *what, uint64_t value) {
    char message[256];
    format(message, sizeof message, "The kernel wrote garbage into the channel: %s is 0x%lx.", what,
           value);
    report_error("garbage", message);
    finish(1);
}

/* --- workers --- */

void worker_start(struct worker *worker);

/* A thread that runs worker_start(worker) on the stack that ends at `top`. */
int64_t spawn(uint64_t flags, void *top, struct worker *worker);
__asm__(".globl spawn\n"
        ".type spawn, @function\n"
        "spawn:\n"
        "    mov %rdx, %r12\n" /* the child has the registers, but for rax, rcx, r11 */
        "    xor %edx, %edx\n"
        "    xor %r10d, %r10d\n"
        "    xor %r8d, %r8d\n"
        "    mov $56, %eax\n" /* clone */
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jz 1f\n"
        "    ret\n"
        "1:  xor %ebp, %ebp\n"
        "    mov %r12, %rdi\n"
        "    call worker_start\n"
        "    ud2\n");

static int64_t start_thread(void *top, struct worker *worker) {
    int64_t result;
    /* r12 is saved by whoever calls spawn: it is changed there */
    __asm__ volatile("call spawn"
                     : "=a"(result), "+D"((uint64_t){THREAD_FLAGS}), "+S"(top), "+d"(worker)
                     :
                     : "rcx", "r8", "r9", "r10", "r11", "r12", "memory");
    return result;
}

/* Another worker; false where there can be none. Only the leader calls this. */
static bool add_worker(void) {
    if (worker_count == WORKERS_MAX)
        return false;
    int64_t stack = sys(__NR_mmap, 0, STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (is_error(stack))
        return false;
    struct worker *worker = &workers[worker_count];
    worker->state = NO_THREAD;
    if (is_error(start_thread((void *)(stack + STACK_BYTES), worker))) {
        sys(__NR_munmap, stack, STACK_BYTES);
        return false;
    }
    worker_count++;
    return true;
}

/* Lets another worker lead; false if there is none. */
static bool hand_over(void) {
    if (__atomic_load_n(&idle, __ATOMIC_SEQ_CST) == 0 && !add_worker())
        return false;
    __atomic_store_n(&vacancy, 1, __ATOMIC_SEQ_CST);
    sys(__NR_futex, &vacancy, FUTEX_WAKE_PRIVATE, 1);
    return true;
}

static void take_lead(void) {
    while (__atomic_exchange_n(&vacancy, 0, __ATOMIC_SEQ_CST) != 1) {
        __atomic_add_fetch(&idle, 1, __ATOMIC_SEQ_CST);
        sys(__NR_futex, &vacancy, FUTEX_WAIT_PRIVATE, 0, 0);
        __atomic_sub_fetch(&idle, 1, __ATOMIC_SEQ_CST);
    }
}

/* --- answers --- */

static void reply(uint32_t core, const struct diver_request *request, const struct outcome *outcome,
                  uint64_t seen) {
    struct diver_reply *line = &channel->replies[request->thread];
    line->result = outcome->result;
    line->status = outcome->status;
    line->service = to_ns(outcome->ended - outcome->started);
    line->waiting = outcome->started ? to_ns(outcome->started - seen) : 0;
    line->core = core;
    __atomic_store_n(&line->sequence, request->sequence, __ATOMIC_SEQ_CST); /* a fence, too */
    if (__atomic_load_n(&channel->cores[core].delegator.sleeping, __ATOMIC_SEQ_CST))
        service.wake(core);
}

/* --- requests that are no system calls --- */

#define BOOT "{\"event\":\"boot\""

static void note_boot(const char *text, size_t length) {
    if (service.booted && length >= strlen(BOOT) && starts_with(text, BOOT))
        service.booted();
}

static void pass_text(const struct diver_request *request) {
    char text[TEXT_LIMIT];
    size_t length = request->argument[1];
    if (length > TEXT_LIMIT || !window_read_physical(text, request->argument[0], length))
        garbage("the place of a text", request->argument[0]);
    if (request->number == DIVER_REPORT) {
        report_kernel(text, length);
        note_boot(text, length);
    } else {
        report_log(text, length);
    }
}

/* --- interrupts --- */

/*
 * A signal ends a system call that waits. One that comes before the call has no effect, so the
 * leader sends it again from time to time; one that comes behind it would end another thread's, so
 * a worker leaves its call only when no signal is on its way.
 */
static bool signal_worker(struct worker *worker, uint32_t state) {
    if (!__atomic_compare_exchange_n(&worker->state, &state, state | INTERRUPTING, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return false;
    sys(__NR_tkill, worker->tid, SIGUSR1);
    __atomic_store_n(&worker->state, (state & ~INTERRUPTING) | INTERRUPTED, __ATOMIC_RELEASE);
    return true;
}

static void interrupt(uint64_t thread) {
    for (uint32_t i = 0; i < worker_count && thread < DIVER_THREADS_MAX; i++)
        interrupting |= signal_worker(&workers[i], (uint32_t)thread);
    interrupted = read_tsc();
}

static void interrupt_again(void) {
    interrupting = false;
    for (uint32_t i = 0; i < worker_count; i++) {
        uint32_t state = __atomic_load_n(&workers[i].state, __ATOMIC_ACQUIRE);
        if (state & INTERRUPTED)
            interrupting |= signal_worker(&workers[i], state);
    }
    interrupted = read_tsc();
}

static void enter_call(struct worker *worker, uint32_t thread) {
    __atomic_store_n(&worker->state, thread, __ATOMIC_RELEASE);
}

static void leave_call(struct worker *worker, uint32_t thread) {
    uint32_t state = thread;
    while (!__atomic_compare_exchange_n(&worker->state, &state, NO_THREAD, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_ACQUIRE))
        if (state & INTERRUPTING) {
            sys(__NR_sched_yield);
            state = thread | INTERRUPTED;
        }
    if (state & INTERRUPTED)
        sys(__NR_getpid); /* takes the signal, if it has not come yet */
}

static struct outcome operate(const struct diver_request *request) {
    switch (request->number) {
    case DIVER_REPORT:
    case DIVER_LOG:
        pass_text(request);
        break;
    case DIVER_INTERRUPT:
        interrupt(request->argument[0]);
        break;
    case DIVER_END:
        break;
    default:
        garbage("a request's number", request->number);
    }
    return (struct outcome){.status = DIVER_DONE};
}

/* --- the rings --- */

static void catch_up(void) {
    struct diver_drops *drops = &channel->drops;
    uint64_t count = __atomic_load_n(&drops->count, __ATOMIC_ACQUIRE);
    if (count == drops_done)
        return;
    for (uint64_t i = drops_done; i != count && count - drops_done < DIVER_DROPS; i++) {
        const struct diver_range *range = &drops->ranges[i % DIVER_DROPS];
        window_drop(__atomic_load_n(&range->start, __ATOMIC_RELAXED),
                    __atomic_load_n(&range->end, __ATOMIC_RELAXED));
    }
    uint64_t now = __atomic_load_n(&drops->count, __ATOMIC_ACQUIRE);
    if (now - drops_done >= DIVER_DROPS)
        window_drop_all(); /* entries have been overwritten, or the oldest is just being */
    drops_done = count;
}

/* Each word is read once; what the kernel writes behind that is not seen. */
static void copy_request(struct diver_request *request, const struct diver_request *slot) {
    request->number = __atomic_load_n(&slot->number, __ATOMIC_RELAXED);
    request->thread = __atomic_load_n(&slot->thread, __ATOMIC_RELAXED);
    for (int i = 0; i < 6; i++)
        request->argument[i] = __atomic_load_n(&slot->argument[i], __ATOMIC_RELAXED);
}

/* The next request of the core, copied; false if there is none. */
static bool take(uint32_t core, struct diver_request *request) {
    struct diver_core *ring = &channel->cores[core];
    uint64_t next = taken[core] + 1;
    struct diver_request *slot = &ring->requests[next % DIVER_SLOTS];
    uint64_t sequence = __atomic_load_n(&slot->sequence, __ATOMIC_ACQUIRE);
    if (sequence != next) {
        if (sequence != (next > DIVER_SLOTS ? next - DIVER_SLOTS : 0))
            garbage("a request's sequence number", sequence);
        return false;
    }
    copy_request(request, slot);
    request->sequence = next; /* whatever it says by now */
    taken[core] = next;
    __atomic_store_n(&ring->agent.taken, next, __ATOMIC_RELEASE);
    if (request->thread >= DIVER_THREADS_MAX)
        garbage("a request's thread", request->thread);
    requests++;
    return true;
}

static void count_fault(const struct outcome *outcome) {
    if (outcome->status == DIVER_FAULT)
        __atomic_add_fetch(&faults, 1, __ATOMIC_RELAXED);
}

/* Serves a request that may wait, while another worker leads; true if one does. */
static bool serve_waiting(struct worker *worker, uint32_t core, const struct diver_request *request,
                          uint64_t seen) {
    struct outcome outcome = {.result = -EAGAIN}; /* where there is no other */
    enter_call(worker, request->thread);
    __atomic_add_fetch(&in_call, 1, __ATOMIC_RELAXED);
    bool handed = hand_over();
    if (handed)
        outcome = execute(request, true);
    leave_call(worker, request->thread);
    count_fault(&outcome);
    reply(core, request, &outcome, seen);
    __atomic_sub_fetch(&in_call, 1, __ATOMIC_RELAXED);
    return handed;
}

/* Serves one request; true if the lead has been handed over for it. */
static bool serve_request(struct worker *worker, uint32_t core,
                          const struct diver_request *request) {
    uint64_t seen = read_tsc();
    catch_up();
    if (request->number >= DIVER_REPORT) {
        struct outcome outcome = operate(request);
        reply(core, request, &outcome, seen);
        if (request->number == DIVER_END)
            finish(0);
        return false;
    }
    if (execute_may_block(request))
        return serve_waiting(worker, core, request, seen);
    struct outcome outcome = execute(request, false);
    count_fault(&outcome);
    reply(core, request, &outcome, seen);
    return false;
}

static bool is_waiting(uint32_t core) {
    const struct diver_core *ring = &channel->cores[core];
    uint64_t next = taken[core] + 1;
    return __atomic_load_n(&ring->requests[next % DIVER_SLOTS].sequence, __ATOMIC_ACQUIRE) == next;
}

/* Cores may come; those that go leave their rings. */
static void count_cores(void) {
    uint32_t count = __atomic_load_n(&channel->core_count, __ATOMIC_ACQUIRE);
    if (count > DIVER_CORES_MAX)
        garbage("the number of cores", count);
    core_count = MAX(core_count, count);
}

/* Also where there is no core yet: one that has just come rings. */
static void set_sleeping(uint32_t value) {
    for (uint32_t core = 0; core < DIVER_CORES_MAX; core++)
        __atomic_store_n(&channel->cores[core].agent.sleeping, value, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

_Noreturn static void lost(const char *why) {
    report_error("lost", why);
    finish(1);
}

/* Waits for the doorbell, at most until the time is over. */
static void wait_for_doorbell(int64_t milliseconds) {
    char rings[256];
    struct pollfd bells[2] = {{service.doorbell, POLLIN, 0}, {service.parent, POLLIN, 0}};
    if (service.doorbell < 0) {
        struct timespec pause = {0, 1000000};
        sys(__NR_nanosleep, &pause, 0);
        return;
    }
    if (sys(__NR_poll, bells, 2, milliseconds) <= 0)
        return;
    if (bells[0].revents && sys(__NR_read, service.doorbell, rings, sizeof rings) == 0)
        lost("The kernel vanished: it ended without saying how.");
    if (bells[1].revents)
        lost("Diver ended.");
}

static void sleep_until_rung(void) {
    set_sleeping(1);
    count_cores();
    bool any = false;
    for (uint32_t core = 0; core < core_count; core++)
        any |= is_waiting(core);
    if (!any) {
        sleeps++;
        wait_for_doorbell(interrupting ? 1 : -1);
    }
    set_sleeping(0);
}

/* Looks at all rings between two looks at the clock. */
#define LOOKS 32

/* Serves what there is on all rings. */
enum found { FOUND_NOTHING, FOUND_REQUESTS, FOUND_SUCCESSOR /* the lead has been handed over */ };

static enum found look(struct worker *worker) {
    struct diver_request request;
    enum found found = FOUND_NOTHING;
    for (uint32_t core = 0; core < core_count; core++) {
        if (!take(core, &request))
            continue;
        found = FOUND_REQUESTS;
        if (serve_request(worker, core, &request))
            return FOUND_SUCCESSOR;
    }
    return found;
}

/* Polls until the lead has been handed over; sleeps when there has been nothing for a while. */
static void lead(struct worker *worker) {
    uint64_t since = read_tsc();
    for (;;) {
        bool any = false;
        for (int i = 0; i < LOOKS; i++) {
            enum found found = look(worker);
            if (found == FOUND_SUCCESSOR)
                return;
            any |= found == FOUND_REQUESTS;
        }
        count_cores();
        if (service.follow)
            service.follow();
        uint64_t now = read_tsc();
        if (interrupting && now - interrupted > spin_ticks)
            interrupt_again();
        if (!any && __atomic_load_n(&in_call, __ATOMIC_RELAXED))
            sys(__NR_sched_yield); /* its core may be this one */
        if (any) {
            since = now;
        } else if (now - since > spin_ticks && now > awake_until) {
            sleep_until_rung();
            since = read_tsc();
        }
    }
}

_Noreturn static void work(struct worker *worker) {
    for (;;) {
        take_lead();
        lead(worker);
    }
}

void worker_start(struct worker *worker) {
    worker->tid = (uint32_t)sys(__NR_gettid);
    work(worker);
}

/* --- the start --- */

struct diver_channel *channel_at(uint64_t physical) {
    struct diver_channel *found = window_physical(physical, sizeof *found);
    if (!found || physical % DIVER_CACHE_LINE != 0)
        fail("The kernel says that its channel is at 0x%lx, which is outside of its memory.",
             physical);
    return found;
}

static void check_channel(void) {
    if (__atomic_load_n(&channel->magic, __ATOMIC_ACQUIRE) != DIVER_CHANNEL_MAGIC)
        garbage("the channel's magic number", channel->magic);
    if (channel->version != DIVER_CHANNEL_VERSION)
        fail("The kernel speaks version %u of the channel, and this Diver version %u: use a kernel "
             "package that was made for this Diver.",
             channel->version, DIVER_CHANNEL_VERSION);
    core_count = __atomic_load_n(&channel->core_count, __ATOMIC_RELAXED);
    if (core_count == 0 || core_count > DIVER_CORES_MAX)
        garbage("the number of cores", core_count);
    uint64_t page_table = __atomic_load_n(&channel->page_table, __ATOMIC_RELAXED);
    if (page_table % PAGE != 0)
        garbage("the place of the page tables", page_table);
    window_page_table(page_table);
}

static void ignore(int signal) {
    (void)signal;
}

void restore(void);
__asm__("restore: mov $15, %eax\n" /* rt_sigreturn */
        "    syscall\n");

_Noreturn void serve(const struct service *wanted) {
    struct sigaction on_interrupt = {ignore, SA_RESTORER, restore, 0}; /* no SA_RESTART: EINTR */
    struct sigaction on_error = {SIG_IGN, 0, NULL, 0};                 /* the app has the error */
    service = *wanted;
    channel = service.channel;
    ns_per_tick = (1000000000ull << 32) / service.tsc_hz;
    spin_ticks = service.tsc_hz / 1000000 * SPIN_US;
    awake_until = read_tsc() + service.tsc_hz / 1000000 * START_US;
    check_channel();
    sys(__NR_rt_sigaction, SIGUSR1, &on_interrupt, 0, 8);
    sys(__NR_rt_sigaction, SIGPIPE, &on_error, 0, 8);
    sys(__NR_rt_sigaction, SIGXFSZ, &on_error, 0, 8);
    struct worker *first = &workers[worker_count++];
    first->state = NO_THREAD;
    first->tid = (uint32_t)sys(__NR_gettid);
    vacancy = 1;
    work(first);
}

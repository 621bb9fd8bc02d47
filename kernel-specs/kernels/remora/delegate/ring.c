/*
 * Requests out, answers in. The way of a forwarded call is all in this file, so that the compiler
 * makes one function of it: it is what a call costs.
 */
#include "channel.h"
#include "remora/delegate.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/numbers.h"
#include "remora/process.h"
#include "remora/signal.h"
#include "remora/thread.h"
#include "remora/x86.h"

/* Each core's own counts, so that the lines it shares are only ever written. */
static struct {
    uint64_t sequence; /* of its last request */
    int64_t in_flight; /* calls that began here less calls that ended here: of use is the sum */
    uint8_t padding[DIVER_CACHE_LINE - 2 * sizeof(uint64_t)];
} rings[DIVER_CORES_MAX] __attribute__((aligned(DIVER_CACHE_LINE)));

/* --- requests --- */

static uint64_t write_request(unsigned core, uint32_t number, uint32_t line,
                              const uint64_t argument[6]) {
    uint64_t sequence = ++rings[core].sequence;
    struct diver_core *ring = &channel->cores[core];
    while (sequence - __atomic_load_n(&ring->agent.taken, __ATOMIC_ACQUIRE) > DIVER_SLOTS)
        core_attend();
    struct diver_request *slot = &ring->requests[sequence % DIVER_SLOTS];
    slot->number = number;
    slot->thread = line;
    for (int i = 0; i < 6; i++)
        slot->argument[i] = argument[i];
    __atomic_store_n(&slot->sequence, sequence, __ATOMIC_SEQ_CST); /* a full fence on x86 */
    if (__atomic_load_n(&ring->agent.sleeping, __ATOMIC_RELAXED))
        doorbell_ring();
    return sequence;
}

/* Has the answer to this very request come? Then all of its line is valid. */
static bool is_answered(const struct request *request) {
    return __atomic_load_n(&request->reply->sequence, __ATOMIC_ACQUIRE) == request->sequence &&
           request->reply->core == request->core;
}

/* Looks while the core does nothing else: most calls on files are answered by then. */
#define LOOKS       2000
#define LOOKS_ALONE 32 /* at a time: then what other cores want is seen to */

static bool is_answered_now(void *request) {
    return is_answered(request);
}

/* Looks without a pause: an answer that is on its way is seen at once. */
static bool look(const struct request *request) {
    for (int i = 0; i < LOOKS; i++) {
        if (is_answered(request))
            return true;
        if (i % LOOKS_ALONE == LOOKS_ALONE - 1)
            core_attend();
    }
    return false;
}

/* Halts now and then: the agent may need this very core of the host's to go on. */
void channel_poll(struct request *request) {
    if (!look(request))
        wait_holding(is_answered_now, request);
}

void channel_pass_through(void) {
    static const uint64_t nobody[6] = {UINT64_MAX};
    unsigned core = cpu_index();
    struct request request = {.core = core, .reply = &channel->replies[core]};
    request.sequence = write_request(core, DIVER_INTERRUPT, core, nobody);
    channel_poll(&request);
}

/*
 * The line may still hold an answer that another core was given under the number that is next here.
 * While the agent writes the new one over it, the two could not be told apart: that number is used
 * up for nothing.
 */
static void skip_ambiguous(unsigned core, const struct diver_reply *reply) {
    while (reply->sequence == rings[core].sequence + 1)
        channel_pass_through();
}

static inline struct request submit(uint32_t number, uint32_t line, const uint64_t argument[6]) {
    struct request request = {.core = cpu_index(), .reply = &channel->replies[line]};
    skip_ambiguous(request.core, request.reply);
    request.submitted = read_tsc();
    request.sequence = write_request(request.core, number, line, argument);
    return request;
}

struct request channel_submit(uint32_t number, uint32_t line, const uint64_t argument[6]) {
    return submit(number, line, argument);
}

int64_t channel_in_flight(void) {
    int64_t sum = 0;
    for (unsigned core = 0; core < channel->core_count; core++)
        sum += __atomic_load_n(&rings[core].in_flight, __ATOMIC_RELAXED);
    return sum;
}

/* --- forwarded calls --- */

/*
 * Ends the call that waits on the agent's Linux: its answer is then on its way, whatever it is. The
 * agent looks for the call when it comes to this request, so it must have taken that one first.
 */
static void interrupt(struct request *request) {
    const struct diver_core *ring = &channel->cores[request->core];
    const uint64_t line[6] = {(uint64_t)(request->reply - channel->replies)};
    while ((int64_t)(__atomic_load_n(&ring->agent.taken, __ATOMIC_ACQUIRE) - request->sequence) < 0)
        core_attend();
    struct request sent = submit(DIVER_INTERRUPT, cpu_index(), line);
    channel_poll(&sent);
    thread_wait_on(is_answered_now, request);
}

/* Lets others run meanwhile. False if a signal has ended the call. */
static bool await(struct request *request) {
    kernel_lock();
    bool ended = thread_wait(is_answered_now, request, FOREVER) == WAIT_INTERRUPTED;
    if (ended)
        interrupt(request);
    kernel_unlock();
    return !ended || request->reply->result != -EINTR;
}

/*
 * A page that the agent has missed: brought as for a fault in ring 3. When it is here, though
 * nothing had to be brought, somebody else may just have done so; the same page twice is an error.
 */
static bool bring(uint64_t address, uint64_t *last) {
    kernel_lock();
    bool brought = space_bring(address);
    kernel_unlock();
    bool again = brought || address != *last;
    *last = address;
    return again;
}

/* Those that wait for several things or for a time are not made again after a handler. */
static bool restarts(uint64_t number) {
    switch (number) {
    case NUMBER_poll:
    case NUMBER_ppoll:
    case NUMBER_select:
    case NUMBER_pselect6:
    case NUMBER_epoll_wait:
    case NUMBER_epoll_pwait:
    case NUMBER_nanosleep:
    case NUMBER_clock_nanosleep:
        return false;
    default:
        return true;
    }
}

/* Asks, and asks again where a page had to be brought first. */
static int64_t ask(const struct call *call, struct syscall_count *count) {
    uint64_t missing = UINT64_MAX;
    for (;;) {
        struct request request = submit((uint32_t)call->number, this_line(), call->argument);
        bool whole = look(&request) || await(&request);
        count->ticks += read_tsc() - request.submitted;
        count->service += request.reply->service;
        count->waiting += request.reply->waiting;
        int64_t result = request.reply->result;
        if (!whole)
            return restarts(call->number) ? -ERESTARTSYS : -ERESTARTNOHAND;
        if (request.reply->status != DIVER_FAULT)
            return result;
        if (!bring((uint64_t)result, &missing))
            return -EFAULT;
    }
}

#define MSG_NOSIGNAL 0x4000

/* Linux ends a writer whose reader is gone with a signal, too; the agent keeps it from its own. */
static void broken_pipe(const struct call *call) {
    if (call->number == NUMBER_sendto && (call->argument[3] & MSG_NOSIGNAL))
        return;
    struct signal_info info = {.number = SIGPIPE, .code = SI_USER, .pid = APP_PID};
    kernel_lock();
    signal_send(&info, thread_current());
    kernel_unlock();
}

int64_t delegate_call(const struct call *call) {
    struct syscall_count *count = syscall_count(call->number);
    count->forwarded++;
    rings[cpu_index()].in_flight++;
    int64_t result = ask(call, count);
    rings[cpu_index()].in_flight--;
    if (result == -EPIPE)
        broken_pipe(call);
    return result;
}

int64_t delegate_own_call(const struct call *call) {
    kernel_unlock();
    int64_t result = delegate_call(call);
    kernel_lock();
    return result;
}

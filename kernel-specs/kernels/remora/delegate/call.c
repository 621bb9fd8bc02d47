/* One forwarded call: asked, waited for, asked again once a missing page is there, counted. */
#include "channel.h"
#include "remora/delegate.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/signal.h"
#include "remora/syscall.h"
#include "remora/x86.h"

/* Looks while the core does nothing but look: most calls on files are done by then. */
#define LOOKS 2000

static const struct request *awaited;

static bool answered(void) {
    return channel_answered(awaited);
}

/* Looks without a pause first: an answer that is on its way is seen at once. */
static void await(struct request *request) {
    for (int i = 0; i < LOOKS; i++)
        if (channel_answered(request))
            return;
    awaited = request;
    wait_until(FOREVER, answered);
}

static void count(const struct call *call, const struct request *request) {
    struct syscall_count *sums = syscall_count(call->number);
    sums->ticks += read_tsc() - request->submitted;
    sums->service += request->reply->service;
    sums->waiting += request->reply->waiting;
}

/*
 * A page that the agent has missed: brought as for a fault in ring 3. When it is here, though
 * nothing had to be brought, somebody else may just have done so; the same page twice is an error.
 */
static bool bring(uint64_t address, uint64_t *last) {
    bool brought = space_grow_stack(address);
    bool again = brought || address != *last;
    *last = address;
    return again;
}

/* Linux ends a writer whose reader is gone with a signal, too; the agent keeps it from its own. */
static void broken_pipe(void) {
    struct signal_info info = {.number = SIGPIPE, .code = SI_USER, .pid = APP_PID};
    signal_send(&info);
}

static int64_t call_agent(const struct call *call) {
    uint64_t missing = UINT64_MAX;
    for (;;) {
        struct request request =
            channel_submit((uint32_t)call->number, this_line(), call->argument);
        await(&request);
        count(call, &request);
        int64_t result = request.reply->result;
        if (request.reply->status != DIVER_FAULT)
            return result;
        if (!bring((uint64_t)result, &missing))
            return -EFAULT;
    }
}

int64_t delegate_call(const struct call *call) {
    syscall_count(call->number)->forwarded++;
    channel_call_begins();
    int64_t result = call_agent(call);
    channel_call_ends();
    if (result == -EPIPE)
        broken_pipe();
    return result;
}

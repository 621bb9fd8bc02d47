/* The process that serves the co-kernel: it fills the enclave's memory, locks itself up, serves. */
#include "apic.h"
#include "confine.h"
#include "keeper.h"
#include "ledger.h"
#include "lib.h"
#include "report.h"
#include "root.h"
#include "serve.h"
#include "sys.h"

static const struct shared *shared;
static int say;

static void tell(char what) {
    sys(__NR_write, say, &what, 1);
}

static void booted(void) {
    tell(SAID_BOOTED);
}

static void wake(uint32_t core) {
    apic_send_interrupt(__atomic_load_n(&shared->apic_ids[core % CORES_MAX], __ATOMIC_RELAXED),
                        DIVER_WAKE_VECTOR);
}

static void lock_up(const struct keeper *keeper) {
    struct confinement confinement;
    const struct machine machine = {(uint32_t)keeper->options->core_count,
                                    keeper->pages.count * keeper->pages.size};
    root_enter(keeper->options, &machine);
    confine(keeper->options, true, &confinement);
    report_line("{\"event\":\"agent\",\"version\":1,\"pid\":%d,\"confined\":[%s],"
                "\"doorbell\":\"none\"}",
                (int)sys(__NR_getpid), confinement.list);
}

/* Until the keeper has started the kernel. */
static void wait_for_go(int go) {
    char byte;
    int64_t got;
    while ((got = sys(__NR_read, go, &byte, 1)) == -EINTR)
        ;
    if (got != 1)
        sys(__NR_exit_group, 1); /* the keeper has said why */
}

_Noreturn void delegate(struct keeper *keeper, int said, int go) {
    say = said;
    shared = keeper->shared;
    at_failure(NULL);
    sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    keeper->shared->loaded = load(keeper->options, &keeper->grant, keeper->start);
    struct service service = {
        .channel = keeper->shared->loaded.channel,
        .doorbell = -1,
        .parent = -1,
        .wake = wake,
        .booted = booted,
        .tsc_hz = keeper->shared->loaded.info->tsc_hz,
    };
    lock_up(keeper);
    tell(SAID_READY);
    wait_for_go(go);
    if (!load_await(service.channel))
        fail("The kernel did not come up: it was entered, and said nothing for %d seconds.",
             LOAD_ANSWER_S);
    tell(SAID_UP);
    serve(&service);
}

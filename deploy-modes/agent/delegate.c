/* The process that serves the co-kernel: it fills the enclave's memory, locks itself up, serves. */
#include "apic.h"
#include "confine.h"
#include "cpus.h"
#include "describe.h"
#include "keeper.h"
#include "ledger.h"
#include "lib.h"
#include "report.h"
#include "root.h"
#include "serve.h"
#include "sys.h"
#include "view.h"

static struct shared *shared;
static int pages_file;
static int say;

static void tell(char what) {
    sys(__NR_write, say, &what, 1);
}

static void booted(void) {
    tell(SAID_BOOTED);
}

/* What a core has asked that is gone, another may wait for. */
static void wake(uint32_t core) {
    uint64_t cores = __atomic_load_n(&shared->cores, __ATOMIC_RELAXED);
    uint64_t wanted = cores >> core & 1 ? 1ull << core : cores;
    for (uint32_t i = 0; i < CORES_MAX; i++)
        if (wanted >> i & 1)
            apic_send_interrupt(__atomic_load_n(&shared->apic_ids[i], __ATOMIC_RELAXED),
                                DIVER_WAKE_VECTOR);
}

static void follow_piece(struct shared_piece *shared_piece) {
    const struct piece *piece = &shared_piece->piece;
    if (shared_piece->state == PIECE_COMING) {
        int64_t result = view_add(piece->physical, shared->page_size, pages_file, piece->offset);
        if (is_error(result))
            shared->error = result;
        shared_piece->state = PIECE_HERE;
    } else if (shared_piece->state == PIECE_GOING) {
        view_remove(piece->physical, shared->page_size);
        shared_piece->state = PIECE_GONE;
    }
}

static void follow_pieces(uint64_t changes) {
    for (uint64_t i = 0; i < shared->piece_count; i++)
        follow_piece(&shared->pieces[i]);
    __atomic_store_n(&shared->followed, changes, __ATOMIC_RELEASE);
}

/* The enclave may be resized: what it has got is mapped, what it has given back is not any more. */
static void follow(void) {
    uint64_t changes = __atomic_load_n(&shared->changes, __ATOMIC_ACQUIRE);
    if (changes == shared->followed)
        return;
    describe_change(&(struct machine){.cores = shared->cores, .memory = shared->memory});
    follow_pieces(changes);
}

static void lock_up(const struct keeper *keeper) {
    struct confinement confinement;
    const struct machine machine = {shared->cores, shared->memory, first_cores(cpus_possible())};
    root_enter(keeper->options, &machine);
    confine(keeper->options, true, &confinement);
    report_line("{\"event\":\"agent\",\"version\":1,\"pid\":%d,\"confined\":[%s],"
                "\"doorbell\":\"none\"}",
                (int)sys(__NR_getpid), confinement.list);
}

/* Until the keeper says that it may go on. */
static void wait_for(int go) {
    char byte;
    int64_t got;
    while ((got = sys(__NR_read, go, &byte, 1)) == -EINTR)
        ;
    if (got != 1)
        sys(__NR_exit_group, 1); /* the keeper has said why */
}

static void map_memory(void) {
    follow_pieces(__atomic_load_n(&shared->changes, __ATOMIC_ACQUIRE));
    if (shared->error)
        fail("The enclave's memory cannot be mapped: error %d.", (int)-shared->error);
}

_Noreturn void delegate(struct keeper *keeper, int said, int go) {
    say = said;
    shared = keeper->shared;
    pages_file = keeper->pages.file;
    at_failure(NULL);
    sys(__NR_prctl, PR_SET_PDEATHSIG, SIGKILL);
    const struct sources sources = load_open(keeper->options);
    lock_up(keeper);
    wait_for(go); /* the memory is there */
    map_memory();
    keeper->grant.regions = shared->regions;
    keeper->grant.region_count = shared->region_count;
    memcpy(keeper->grant.streams, shared->streams, sizeof shared->streams);
    shared->loaded = load(keeper->options, &sources, &keeper->grant, keeper->start);
    struct service service = {
        .channel = shared->loaded.channel,
        .doorbell = -1,
        .parent = -1,
        .wake = wake,
        .booted = booted,
        .follow = follow,
        .tsc_hz = shared->loaded.info->tsc_hz,
    };
    tell(SAID_READY);
    wait_for(go); /* the kernel has been started */
    if (!load_await(service.channel))
        fail("The kernel did not come up: it was entered, and said nothing for %d seconds.",
             LOAD_ANSWER_S);
    tell(SAID_UP);
    serve(&service);
}

#include "ask.h"
#include "apic.h"
#include "clock.h"
#include "lib.h"
#include "sys.h"
#include "view.h"

static struct {
    struct shared *shared;
    const struct record *record;
    struct diver_resize *resize;
    int delegate; /* readable when the enclave has ended */
} kernel;

/* The first MiB of the enclave's memory has the requests; that is the piece at its start. */
void ask_init(struct shared *shared, const struct pages *pages, const struct record *record) {
    const struct diver_enclave *info;
    kernel.shared = shared;
    kernel.record = record;
    kernel.delegate = (int)process_open(record->delegate);
    for (uint64_t i = 0; i < shared->piece_count; i++)
        if (shared->pieces[i].piece.physical == align_down(shared->base, shared->page_size))
            view_add(shared->pieces[i].piece.physical, shared->page_size, pages->file,
                     shared->pieces[i].piece.offset);
    info = view_at(shared->base, sizeof *info);
    kernel.resize = info ? view_at(info->resize, sizeof *kernel.resize) : NULL;
    if (!kernel.resize)
        fail("The enclave %s has no place for requests.", record->name);
}

static void wake(void) {
    for (uint32_t i = 0; i < CORES_MAX; i++)
        if (kernel.shared->cores >> i & 1)
            apic_send_interrupt(kernel.shared->apic_ids[i], DIVER_WAKE_VECTOR);
}

#define SPIN_NS    200000ull
#define PAUSE_NS   20000
#define AGAIN_NS   20000000ull /* an interrupt may have been lost on a core that was leaving */
#define PATIENCE_S 30

_Noreturn static void give_up(const char *who) {
    int64_t keeper = process_open(kernel.record->keeper);
    if (!is_error(keeper))
        sys(__NR_pidfd_send_signal, keeper, SIGTERM, 0, 0);
    at_failure(NULL); /* all of it is given back by the keeper */
    fail("%s did not answer for %d seconds: the enclave %s is ended.", who, PATIENCE_S,
         kernel.record->name);
}

static void check_alive(void) {
    struct pollfd ended = {kernel.delegate, POLLIN, 0};
    if (kernel.delegate >= 0 && sys(__NR_poll, &ended, 1, 0) == 0)
        return;
    at_failure(NULL);
    fail("The enclave %s has ended meanwhile.", kernel.record->name);
}

void await(const uint64_t *at, uint64_t wanted, const char *who) {
    uint64_t start = nanoseconds(CLOCK_MONOTONIC), woken = start, now;
    while (__atomic_load_n(at, __ATOMIC_ACQUIRE) != wanted) {
        now = nanoseconds(CLOCK_MONOTONIC);
        if (now - start < SPIN_NS)
            continue;
        check_alive();
        if (now - start > PATIENCE_S * 1000000000ull)
            give_up(who);
        if (now - woken > AGAIN_NS) {
            wake();
            woken = now;
        }
        struct timespec pause = {0, PAUSE_NS};
        sys(__NR_nanosleep, &pause, 0);
    }
}

uint64_t ask_cores(void) {
    await(&kernel.resize->answer.sequence, kernel.resize->request.sequence, "The kernel");
    return kernel.resize->answer.cores;
}

struct answer ask(uint32_t kind, uint64_t first, uint64_t second, uint64_t third, uint64_t fourth) {
    struct diver_resize *resize = kernel.resize;
    uint64_t sequence = resize->request.sequence + 1;
    const uint64_t argument[4] = {first, second, third, fourth};
    resize->request.kind = kind;
    memcpy(resize->request.argument, argument, sizeof argument);
    __atomic_store_n(&resize->request.sequence, sequence, __ATOMIC_RELEASE);
    wake();
    await(&resize->answer.sequence, sequence, "The kernel");
    struct answer answer = {
        .result = resize->answer.result,
        .removable = resize->answer.removable,
        .range_count = MIN(resize->answer.range_count, (uint32_t)DIVER_REGIONS_MAX),
    };
    memcpy(answer.ranges, resize->ranges, sizeof answer.ranges);
    return answer;
}

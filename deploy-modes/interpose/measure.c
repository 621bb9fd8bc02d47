#include "measure.h"
#include "options.h"
#include "place.h"
#include "thread.h"

#define TRIALS 1000
#define WARMUP 200

/* The delegate is early by this, and the thread waits for the rest: its way back varies. */
#define SPARE_NS 100

/* The TSC and Linux's clock, read as near to each other as one of a few trials allows. */
static void read_clocks(uint64_t *tsc, uint64_t *nanoseconds) {
    uint64_t nearest = ~0ull;
    for (int i = 0; i < 8; i++) {
        struct timespec time;
        uint64_t before = read_tsc();
        sys(__NR_clock_gettime, CLOCK_MONOTONIC_RAW, &time);
        uint64_t took = read_tsc() - before;
        if (took >= nearest)
            continue;
        nearest = took;
        *tsc = before + took / 2;
        *nanoseconds = (uint64_t)(time.seconds * 1000000000 + time.nanoseconds);
    }
}

static void measure_tsc(void) {
    uint64_t tsc, ns, tsc_after, ns_after;
    read_clocks(&tsc, &ns);
    do
        read_clocks(&tsc_after, &ns_after);
    while (ns_after - ns < 2000000);
    set_tsc((tsc_after - tsc) * 1000000 / (ns_after - ns));
}

static uint64_t median(uint64_t *values) {
    for (unsigned i = 1; i < TRIALS; i++)
        for (unsigned j = i; j > 0 && values[j - 1] > values[j]; j--) {
            uint64_t swapped = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swapped;
        }
    return values[TRIALS / 2];
}

typedef int64_t probe_call(void);

/* getpid from outside of the interposer's own addresses: it is trapped. */
static probe_call *trapped_probe(void) {
    static const uint8_t code[] = {0xb8, __NR_getpid, 0, 0, 0, 0x0f, 0x05, 0xc3};
    int64_t at =
        sys(__NR_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (is_error(at))
        fail("The interposer gets no memory.");
    memcpy((void *)at, code, sizeof code);
    sys(__NR_mprotect, at, PAGE, PROT_READ | PROT_EXEC);
    return (probe_call *)at;
}

static int64_t direct_probe(void) {
    return sys(__NR_getpid);
}

/* Whole calls, in `whole`; of those that the stub made or a delegate, another time in `part`. */
static void time(struct thread *self, probe_call *probe, uint64_t *whole, uint64_t *part) {
    for (int i = -WARMUP; i < TRIALS; i++) {
        uint64_t begun = read_tsc();
        probe();
        uint64_t took = read_tsc() - begun;
        if (i < 0)
            continue;
        whole[i] = took;
        part[i] = options.any_forwarded ? self->mailbox.began - self->mailbox.earliest
                                        : self->ended - self->started;
    }
}

static uint64_t difference(uint64_t more, uint64_t less) {
    return more > less ? more - less : 0;
}

static void measure_forwarding(struct thread *self, probe_call *probe, uint64_t native) {
    static uint64_t whole[TRIALS], late[TRIALS];
    uint8_t chosen[sizeof options.forward];
    memcpy(chosen, options.forward, sizeof chosen);
    memset(options.forward, 0xff, sizeof options.forward);
    time(self, probe, whole, late);
    memcpy(options.forward, chosen, sizeof chosen);
    uint64_t least = difference(median(whole), native), asked = cycles(options.round_trip);
    options.floor = nanoseconds(least);
    if (options.round_trip && asked < least)
        fail("A round trip of %lu ns is under the floor of this machine, %lu ns: ask for more.",
             options.round_trip, options.floor);
    uint64_t rest = difference(asked, least + cycles(SPARE_NS));
    options.delay = rest > 0 ? median(late) + rest : 0;
    options.delay_here = difference(options.round_trip ? asked : least, options.trap);
}

static void print_floor(void) {
    char line[256];
    size_t length =
        format(line, sizeof line,
               "{\"mechanism\":\"%s\",\"floor_ns\":%lu,"
               "\"trap_ns\":%lu,\"delegate_core\":%d}\n",
               MECHANISM, options.floor, nanoseconds(options.trap), options.delegate_core);
    sys(__NR_write, 1, line, length);
    sys(__NR_exit_group, 0);
}

void measure(struct thread *self) {
    static uint64_t whole[TRIALS], part[TRIALS];
    bool forwards = options.any_forwarded || options.floor_only;
    options.any_forwarded = false;
    measure_tsc();
    if (forwards)
        place_program();
    time(self, direct_probe, whole, part);
    uint64_t native = median(whole);
    thread_arm(self);
    probe_call *probe = trapped_probe();
    time(self, probe, whole, part);
    options.bias = difference(median(part), native);
    options.trap = difference(median(whole), native);
    options.any_forwarded = forwards;
    if (forwards)
        measure_forwarding(self, probe, native);
    sys(__NR_munmap, probe, PAGE);
    if (options.floor_only)
        print_floor();
    if (forwards)
        counts_write_forwarding();
    self->counting = false;
    counts_clear(self->counts);
}

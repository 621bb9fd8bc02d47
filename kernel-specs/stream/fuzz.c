/*
 * An end of a stream whose other side is hostile: fuzz SECONDS [SEED]. The header and the bytes are
 * scribbled over, between the calls and meanwhile, by another thread. No call may reach outside of
 * the ring (its neighbours are not mapped), move more than there is room for, say more than it has
 * done, or go on after it has said that the stream is broken.
 */
#define _GNU_SOURCE
#include <diver/stream_linux.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING  4096ull
#define BYTES (DIVER_STREAM_DATA + RING)
#define GUARD 65536ull

static _Thread_local uint64_t state;
static uint8_t *memory;
static volatile bool racing;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled"
 */
static uint64_t any(void) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t limit) {
    return any() % limit;
}

#define MUST(that)                                                                                 \
    do {                                                                                           \
        if (!(that)) {                                                                             \
            printf("not ok - %s:%d: %s\n", __func__, __LINE__, #that);                             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* --- the other side --- */

static uint64_t hostile(uint64_t near) {
    static const uint64_t edges[] = {0,          1,          RING - 1, RING,  RING + 1, 2 * RING,
                                     1ull << 32, 1ull << 63, -1ull,    -RING, -RING - 1};
    switch (below(4)) {
    case 0:
        return any();
    case 1:
        return edges[below(sizeof edges / sizeof *edges)];
    default:
        return near + below(2 * RING) - RING / 2; /* often such as it might be */
    }
}

/* Any word of the header, mostly those that are looked at. */
static void scribble(uint64_t near) {
    struct diver_stream *stream = (struct diver_stream *)memory;
    struct diver_stream_side *side = &stream->sides[below(2)];
    switch (below(8)) {
    case 0:
        ((volatile uint32_t *)memory)[below(sizeof *stream / 4)] = (uint32_t)any();
        break;
    case 1:
        __atomic_store_n(&side->state, (uint32_t)below(4), __ATOMIC_RELAXED);
        break;
    case 2:
        __atomic_store_n(&side->error, (uint32_t)hostile(0), __ATOMIC_RELAXED);
        break;
    case 3:
        __atomic_store_n(&side->sleeping, (uint32_t)below(2), __ATOMIC_RELAXED);
        break;
    case 4:
        __atomic_store_n(&stream->gone[below(2)], (uint32_t)below(2), __ATOMIC_RELAXED);
        break;
    default:
        __atomic_store_n(&side->count, hostile(near), __ATOMIC_RELAXED);
    }
}

static void *race(void *seed) {
    state = (uint64_t)(uintptr_t)seed;
    for (uint64_t i = 0; racing; i++)
        scribble(i);
    return NULL;
}

/* --- this side --- */

static struct diver_stream_end fresh(enum diver_stream_role role) {
    struct diver_stream_end end;
    struct diver_stream *stream = (struct diver_stream *)memory;
    int result;
    do { /* who races may break the header before it is looked at */
        memset(stream, 0, sizeof *stream);
        diver_stream_make(stream, RING);
        result = diver_stream_attach(&end, memory, BYTES, role, NULL);
        MUST(result == 0 || racing);
    } while (result != 0 || end.size != RING);
    return end;
}

/* One of those that have a meaning: a caller knows what to do. */
static bool is_answer(int64_t result) {
    return result >= 0 || (result >= -DIVER_ERROR_MAX && result != -DIVER_EINTR);
}

static void check(const struct diver_stream_end *end, uint64_t before, int64_t result,
                  uint64_t most) {
    MUST(end->size == RING && end->data == memory + DIVER_STREAM_DATA);
    MUST(result <= (int64_t)most && is_answer(result));
    MUST(end->count - before == (result > 0 ? (uint64_t)result : 0));
}

static void copy(struct diver_stream_end *end) {
    static uint8_t buffer[3 * RING + 8];
    uint64_t length = below(3 * RING), before = end->count;
    buffer[length] = 0x5a;
    int64_t result = diver_stream_copy(end, buffer, length);
    check(end, before, result, length);
    MUST(buffer[length] == 0x5a);
}

static void span(struct diver_stream_end *end) {
    uint8_t *at;
    uint64_t before = end->count;
    int64_t result = diver_stream_span(end, &at);
    MUST(end->count == before && is_answer(result) && result <= (int64_t)RING);
    if (result <= 0)
        return;
    MUST(at >= memory + DIVER_STREAM_DATA && at + result <= memory + BYTES);
    if (end->role == DIVER_STREAM_WRITER)
        memset(at, 0x77, (size_t)result);
    diver_stream_advance(end, below((uint64_t)result + 1));
}

static void stays_broken(struct diver_stream_end *end) {
    int64_t error = end->error;
    uint8_t *at;
    scribble(end->count);
    MUST(error < 0 && diver_stream_available(end) == error && diver_stream_span(end, &at) == error);
}

/* How many calls. */
static uint64_t round_of(enum diver_stream_role role) {
    struct diver_stream_end end = fresh(role);
    uint64_t calls = 0;
    for (; calls < 200; calls++) {
        scribble(end.count);
        if (below(2))
            copy(&end);
        else
            span(&end);
        if (end.error) {
            stays_broken(&end);
            break;
        }
    }
    return calls + 1;
}

/* A header that is hostile from the start: what is attached has a size that fits. */
static void attach_anything(void) {
    struct diver_stream_end end;
    struct diver_stream *stream = (struct diver_stream *)memory;
    memset(stream, 0, sizeof *stream);
    diver_stream_make(stream, below(2) ? RING : hostile(RING));
    for (uint64_t i = below(4); i > 0; i--)
        scribble(0);
    if (diver_stream_attach(&end, memory, BYTES, (enum diver_stream_role)below(2), NULL) == 0)
        MUST(end.size == RING);
}

int main(int count, char **arguments) {
    uint64_t seconds = count > 1 ? strtoull(arguments[1], NULL, 10) : 2, calls = 0, rounds = 0;
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : (uint64_t)time(NULL);
    pthread_t racer;
    state = seed * 2 + 1;
    printf("# seed %llu\n", (unsigned long long)seed);
    uint8_t *all = mmap(NULL, 2 * GUARD + BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory = all + GUARD;
    MUST(all != MAP_FAILED && mprotect(memory, BYTES, PROT_READ | PROT_WRITE) == 0);
    for (int phase = 0; phase < 2; phase++) {
        time_t end = time(NULL) + (time_t)(seconds + 1) / 2;
        racing = phase == 1;
        if (racing)
            MUST(pthread_create(&racer, NULL, race, (void *)(uintptr_t)(seed + 7)) == 0);
        for (; time(NULL) < end; rounds++) {
            attach_anything();
            calls += round_of((enum diver_stream_role)(rounds % 2));
        }
    }
    racing = false;
    pthread_join(racer, NULL);
    MUST(calls > rounds);
    printf("ok - %llu streams, %llu calls\n", (unsigned long long)rounds,
           (unsigned long long)calls);
    return 0;
}

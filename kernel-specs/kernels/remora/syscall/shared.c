/* Streams in shared memory behind descriptors: copied in and out here, or mapped by the app. */
#include "remora/shared.h"
#include "remora/boot.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/poll.h"
#include "remora/process.h"
#include "remora/signal.h"
#include "remora/thread.h"
#include "remora/time.h"

#include <diver/stream.h>

static struct shared {
    uint64_t physical, bytes; /* 0: there is none */
    bool attached;            /* by the kernel */
    bool mapped;              /* by the app, whose end it is from then on */
    bool refuses;             /* to wait */
    bool closed;
    struct diver_stream_end end;
} streams[2];

bool shared_is(enum stream stream) {
    return stream <= STREAM_OUT && streams[stream].bytes > 0;
}

uint64_t shared_bytes(enum stream stream) {
    return streams[stream].bytes;
}

static void *memory_of(const struct shared *shared) {
    return physical_to_kernel(shared->physical);
}

static enum diver_stream_role role_of(const struct shared *shared) {
    return shared == &streams[STREAM_IN] ? DIVER_STREAM_READER : DIVER_STREAM_WRITER;
}

const char *shared_init(void) {
    for (int i = STREAM_IN; i <= STREAM_OUT; i++) {
        struct region region = options.shared[i];
        streams[i].physical = region.start;
        streams[i].bytes = region.end - region.start;
        if (streams[i].bytes > 0 && !diver_stream_size(memory_of(&streams[i]), streams[i].bytes))
            return i == STREAM_IN ? "where diver.stream-in is there is no stream"
                                  : "where diver.stream-out is there is no stream";
    }
    return NULL;
}

/* The kernel's end of it; a negated error number if it is the app's, or was attached before. */
static int attach(struct shared *shared) {
    if (shared->attached)
        return 0;
    int result = shared->mapped ? -EBUSY
                                : diver_stream_attach(&shared->end, memory_of(shared),
                                                      shared->bytes, role_of(shared), NULL);
    shared->attached = result == 0;
    return result;
}

/* --- waiting: nobody rings, so a core that waits looks again soon --- */

#define PAUSE_SHORTEST 50000ull /* ns */
#define PAUSE_LONGEST  1000000ull

struct awaited {
    struct diver_stream_end *end;
    int64_t bytes; /* as many are to be there, or to fit */
};

static bool is_there(void *argument) {
    const struct awaited *awaited = argument;
    int64_t available = diver_stream_available(awaited->end);
    return available >= awaited->bytes || (available <= 0 && available != -EAGAIN);
}

enum wait_result shared_wait(bool (*ready)(void *), void *argument, uint64_t deadline) {
    enum wait_result result = WAIT_TIMEOUT;
    for (uint64_t pause = PAUSE_SHORTEST; result == WAIT_TIMEOUT;
         pause = MIN(pause * 2, PAUSE_LONGEST)) {
        uint64_t until = MIN(clock_now() + pause, deadline);
        result = thread_wait(ready, argument, until);
        if (until == deadline)
            break;
    }
    return result;
}

/* False if a signal came first. */
static bool await(struct awaited *awaited) {
    return shared_wait(is_there, awaited, FOREVER) == WAIT_READY;
}

/* --- reading and writing --- */

static void broken_pipe(void) {
    struct signal_info info = {.number = SIGPIPE, .code = SI_USER, .pid = APP_PID};
    signal_send(&info, thread_current());
}

/* One hand-over, of what is physically contiguous. */
static int64_t copy(struct diver_stream_end *end, uint64_t address, uint64_t size) {
    struct span span;
    unsigned access = end->role == DIVER_STREAM_WRITER ? PROT_READ : PROT_WRITE;
    if (!user_span(address, size, access, &span))
        return -EFAULT; /* others may have taken it away meanwhile */
    return diver_stream_copy(end, physical_to_kernel(span.physical), span.length);
}

/*
 * Until all is written, or something is read. What is written waits for a good part of the ring: a
 * byte at a time would be slow, and short writes are not torn apart.
 */
static int64_t transfer(struct shared *shared, uint64_t address, uint64_t size) {
    struct diver_stream_end *end = &shared->end;
    bool writes = end->role == DIVER_STREAM_WRITER;
    struct awaited awaited = {.end = end};
    uint64_t done = 0;
    while (done < size && (writes || done == 0)) {
        awaited.bytes = writes ? (int64_t)MIN(size - done, end->size / 4) : 1;
        if (!is_there(&awaited) && (shared->refuses || !await(&awaited)))
            return done ? (int64_t)done : shared->refuses ? -EAGAIN : -ERESTARTSYS;
        int64_t result = copy(end, address + done, size - done);
        if (result <= 0)
            return done ? (int64_t)done : result;
        done += (uint64_t)result;
    }
    return (int64_t)done;
}

int64_t shared_write(enum stream stream, uint64_t from, uint64_t size) {
    int64_t result = attach(&streams[stream]);
    if (result == 0 && size > 0)
        result = transfer(&streams[stream], from, size);
    if (result == -EPIPE)
        broken_pipe();
    return result;
}

int64_t shared_read(enum stream stream, uint64_t to, uint64_t size) {
    int64_t result = attach(&streams[stream]);
    return result == 0 && size > 0 ? transfer(&streams[stream], to, size) : result;
}

int16_t shared_events(enum stream stream) {
    struct shared *shared = &streams[stream];
    int64_t available = attach(shared);
    if (available == 0)
        available = diver_stream_available(&shared->end);
    if (available == -EAGAIN)
        return 0;
    if (available == 0)
        return POLLHUP;
    return (int16_t)((stream == STREAM_IN ? POLLIN : POLLOUT) | (available < 0 ? POLLERR : 0));
}

bool shared_waits(enum stream stream) {
    return !streams[stream].refuses;
}

void shared_set_waits(enum stream stream, bool waits) {
    streams[stream].refuses = !waits;
}

/* --- mapping --- */

int shared_map(enum stream stream, uint64_t start, uint64_t end, uint64_t offset, unsigned prot) {
    struct shared *shared = &streams[stream];
    if (shared->attached)
        return -EBUSY;
    if (offset > shared->bytes || end - start > shared->bytes - offset)
        return -EINVAL;
    int result = space_share(start, end, shared->physical + offset, prot);
    shared->mapped = shared->mapped || result == 0;
    return result;
}

/* --- the end --- */

/* Says it in the app's place where it has said nothing. */
static void finish(struct shared *shared, uint32_t error) {
    struct diver_stream *stream = memory_of(shared);
    uint32_t *state = &stream->sides[role_of(shared)].state;
    if (shared->attached)
        diver_stream_finish(&shared->end, error);
    else if (__atomic_load_n(state, __ATOMIC_RELAXED) != DIVER_STREAM_ENDED) {
        stream->sides[role_of(shared)].error = error;
        __atomic_store_n(state, DIVER_STREAM_ENDED, __ATOMIC_RELEASE);
    }
    shared->closed = true;
}

void shared_close(enum stream stream) {
    if (shared_is(stream) && !streams[stream].mapped)
        finish(&streams[stream], 0);
}

void shared_end(uint32_t error) {
    for (int i = STREAM_IN; i <= STREAM_OUT; i++)
        if (streams[i].bytes > 0 && !streams[i].closed)
            finish(&streams[i], error);
}

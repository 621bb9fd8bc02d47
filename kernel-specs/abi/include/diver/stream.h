/*
 * A stream of bytes from one program to another through memory that both map: apps on kernels of
 * their own, or processes of one Linux. One end writes, one reads. docs/streams.md has the format
 * in words; diver/stream_linux.h the three hooks of a Linux process.
 *
 * Freestanding: a kernel needs nothing but memcpy.
 *
 * One writer for each cache line, named in a comment. A count is stored last, with release, and
 * loaded first, with acquire. What the other side stores is never trusted: the size is read once,
 * when an end is attached, and a count by which more is in the ring than fits ends the stream with
 * DIVER_EPROTO. So a hostile other side can say what it likes as its bytes, and nothing else.
 */
#pragma once

#include <diver/stream_note.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- the format --- */

#define DIVER_STREAM_MAGIC    0x6d61657274735644ull /* "DVstream" */
#define DIVER_STREAM_DATA     4096u /* where the bytes are, from the start of the header */
#define DIVER_STREAM_SIZE_MIN 4096ull
#define DIVER_STREAM_SIZE_MAX (1ull << 30)

enum diver_stream_role { DIVER_STREAM_WRITER, DIVER_STREAM_READER };

enum diver_stream_state {
    DIVER_STREAM_ABSENT, /* nobody has attached this end yet */
    DIVER_STREAM_OPEN,
    DIVER_STREAM_ENDED /* nothing more is written, or read */
};

/* One line; written by the end that it is of. */
struct diver_stream_side {
    uint64_t count;    /* bytes that it has written, or read, from the beginning on */
    uint32_t state;    /* enum diver_stream_state; stored after the last count and the error */
    uint32_t error;    /* of a writer's end: 0, or why, a Linux error number that the reader gets */
    uint32_t sleeping; /* it waits, and wants the other side to ring */
    uint32_t bell;     /* another value each time this end rings for the other one */
    uint32_t reserved[10];
};

struct diver_stream {
    /* Written by who makes the stream, before anybody attaches an end. */
    uint64_t magic;
    uint32_t version;
    uint32_t flags; /* 0 */
    uint64_t size;  /* of the ring in bytes, a power of two; byte n is at n % size */
    uint64_t reserved[5];
    struct diver_stream_side sides[2]; /* by enum diver_stream_role */
    /* Written by who watches over an end, and knows that it is no more: 1. */
    uint32_t gone[2];
    uint32_t reserved2[14];
};

_Static_assert(sizeof(struct diver_stream_side) == 64, "a side is one line");
_Static_assert(offsetof(struct diver_stream_side, state) == 8, "side");
_Static_assert(offsetof(struct diver_stream_side, bell) == 20, "side");
_Static_assert(offsetof(struct diver_stream, size) == 16, "stream");
_Static_assert(offsetof(struct diver_stream, sides) == 64, "one writer for each line");
_Static_assert(offsetof(struct diver_stream, gone) == 192, "one writer for each line");
_Static_assert(sizeof(struct diver_stream) == 256, "stream");

/* --- errors: negated, with Linux's numbers --- */

#define DIVER_EINTR      4
#define DIVER_EIO        5   /* why an end has ended, if it gives no other reason */
#define DIVER_EAGAIN     11  /* nothing can be read, or written, now */
#define DIVER_EBUSY      16  /* this end has been attached before */
#define DIVER_EINVAL     22  /* there is no stream in this memory */
#define DIVER_EPIPE      32  /* nobody reads any more */
#define DIVER_EPROTO     71  /* the other side has broken the format */
#define DIVER_EMSGSIZE   90  /* the message is longer than the buffer */
#define DIVER_ECONNRESET 104 /* the writer is gone, and has not ended the stream */
#define DIVER_ERROR_MAX  133 /* the greatest that programs of Linux are given: EHWPOISON */

/* --- an end, which is memory of its owner's own --- */

struct diver_stream_end;

/* What a system has to have for the functions that wait. */
struct diver_stream_hooks {
    /* Where the stream of this handle is, and how many bytes can be reached; NULL: nowhere. */
    void *(*map)(int handle, uint64_t *bytes);
    /* Wakes who waits for this word to change. It may be in another kernel, which looks again by
     * itself: then this does nothing. */
    void (*notify)(uint32_t *bell);
    /* Returns when the word is not `value`, or after a millisecond or so at the latest. */
    void (*wait)(struct diver_stream_end *end, uint32_t *bell, uint32_t value);
};

struct diver_stream_end {
    struct diver_stream *shared;
    uint8_t *data;
    uint64_t size;  /* as it was when it was checked */
    uint64_t count; /* this end's */
    enum diver_stream_role role;
    int error; /* for good: the stream is broken */
    int handle;
    uint32_t waits; /* for the hooks */
    const struct diver_stream_hooks *hooks;
};

static inline struct diver_stream_side *diver_stream_mine(const struct diver_stream_end *end) {
    return &end->shared->sides[end->role];
}

static inline struct diver_stream_side *diver_stream_other(const struct diver_stream_end *end) {
    return &end->shared->sides[1 - end->role];
}

/* Makes a stream of memory that is zeroed. `size` is that of the ring. */
static inline void diver_stream_make(void *memory, uint64_t size) {
    struct diver_stream *stream = (struct diver_stream *)memory;
    stream->version = DIVER_STREAM_VERSION;
    stream->size = size;
    __atomic_store_n(&stream->magic, DIVER_STREAM_MAGIC, __ATOMIC_RELEASE);
}

static inline bool diver_stream_size_is_valid(uint64_t size, uint64_t bytes) {
    return size >= DIVER_STREAM_SIZE_MIN && size <= DIVER_STREAM_SIZE_MAX &&
           (size & (size - 1)) == 0 && bytes >= DIVER_STREAM_DATA &&
           size <= bytes - DIVER_STREAM_DATA;
}

/* The size of the ring of the stream that is in this memory; 0 if none is. */
static inline uint64_t diver_stream_size(const void *memory, uint64_t bytes) {
    const struct diver_stream *shared = (const struct diver_stream *)memory;
    if (bytes < sizeof *shared ||
        __atomic_load_n(&shared->magic, __ATOMIC_ACQUIRE) != DIVER_STREAM_MAGIC ||
        shared->version != DIVER_STREAM_VERSION || shared->flags != 0)
        return 0;
    uint64_t size = __atomic_load_n(&shared->size, __ATOMIC_RELAXED);
    return diver_stream_size_is_valid(size, bytes) ? size : 0;
}

/*
 * Attaches one end of the stream that is in this memory, of so many bytes, aligned to a cache line.
 * 0, -DIVER_EINVAL or -DIVER_EBUSY. Without hooks only the functions that do not wait are called.
 */
static inline int diver_stream_attach(struct diver_stream_end *end, void *memory, uint64_t bytes,
                                      enum diver_stream_role role,
                                      const struct diver_stream_hooks *hooks) {
    struct diver_stream *shared = (struct diver_stream *)memory;
    uint64_t size = diver_stream_size(memory, bytes);
    if (size == 0)
        return -DIVER_EINVAL;
    uint32_t absent = DIVER_STREAM_ABSENT;
    if (!__atomic_compare_exchange_n(&shared->sides[role].state, &absent, DIVER_STREAM_OPEN, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return -DIVER_EBUSY;
    *end = (struct diver_stream_end){.shared = shared,
                                     .data = (uint8_t *)memory + DIVER_STREAM_DATA,
                                     .size = size,
                                     .role = role,
                                     .hooks = hooks};
    return 0;
}

/* --- without waiting --- */

/* Whether a reader may be given this, which the writer says: whoever hears EAGAIN or EINTR asks
 * again, and would for ever. */
static inline bool diver_stream_is_reason(uint32_t error) {
    return error <= DIVER_ERROR_MAX && error != DIVER_EAGAIN && error != DIVER_EINTR;
}

/* How the stream ends for a reader that has had all, or a writer whose reader is no more. */
static inline int64_t diver_stream_verdict(const struct diver_stream_end *end, uint32_t state) {
    uint32_t error = __atomic_load_n(&diver_stream_other(end)->error, __ATOMIC_RELAXED);
    if (end->role == DIVER_STREAM_WRITER)
        return -DIVER_EPIPE;
    if (state != DIVER_STREAM_ENDED)
        return -DIVER_ECONNRESET;
    return diver_stream_is_reason(error) ? -(int64_t)error : -DIVER_EPROTO;
}

/*
 * How many bytes a reader can read now, or a writer write. 0: the writer has ended the stream, and
 * all of it has been read. -DIVER_EAGAIN: none now. Any other error is for good.
 */
static inline int64_t diver_stream_available(struct diver_stream_end *end) {
    const struct diver_stream_side *other = diver_stream_other(end);
    if (end->error)
        return end->error;
    /* before the count: who has ended does not count any more */
    bool gone = __atomic_load_n(&end->shared->gone[1 - end->role], __ATOMIC_ACQUIRE) != 0;
    uint32_t state = __atomic_load_n(&other->state, __ATOMIC_ACQUIRE);
    uint64_t count = __atomic_load_n(&other->count, __ATOMIC_ACQUIRE);
    bool writes = end->role == DIVER_STREAM_WRITER, over = gone || state == DIVER_STREAM_ENDED;
    uint64_t used = writes ? end->count - count : count - end->count;
    if (used > end->size)
        return end->error = -DIVER_EPROTO;
    uint64_t available = writes ? end->size - used : used;
    if (over && (writes || available == 0))
        return diver_stream_verdict(end, state);
    return available ? (int64_t)available : -DIVER_EAGAIN;
}

/*
 * The next bytes in a row, of those that are available: *at is where they are read, or written. At
 * the end of the ring they are fewer than there are. Else as diver_stream_available.
 */
static inline int64_t diver_stream_span(struct diver_stream_end *end, uint8_t **at) {
    int64_t available = diver_stream_available(end);
    uint64_t offset = end->count & (end->size - 1);
    *at = end->data + offset;
    return available > (int64_t)(end->size - offset) ? (int64_t)(end->size - offset) : available;
}

static inline void diver_stream_ring_bell(struct diver_stream_end *end) {
    struct diver_stream_side *mine = diver_stream_mine(end);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&diver_stream_other(end)->sleeping, __ATOMIC_RELAXED))
        return;
    __atomic_store_n(&mine->bell, mine->bell + 1, __ATOMIC_RELEASE);
    if (end->hooks)
        end->hooks->notify(&mine->bell);
}

/* So many bytes of the span have been written, or read: they are the other side's from now on. */
static inline void diver_stream_advance(struct diver_stream_end *end, uint64_t bytes) {
    end->count += bytes;
    __atomic_store_n(&diver_stream_mine(end)->count, end->count, __ATOMIC_RELEASE);
    diver_stream_ring_bell(end);
}

/* Copies as many bytes as there are, or fit, up to `bytes`; or 0 or an error, as
 * diver_stream_available. */
static inline int64_t diver_stream_copy(struct diver_stream_end *end, void *buffer,
                                        uint64_t bytes) {
    uint64_t done = 0;
    while (done < bytes) {
        uint8_t *at;
        int64_t span = diver_stream_span(end, &at);
        if (span <= 0)
            return done ? (int64_t)done : span;
        uint64_t part = (uint64_t)span < bytes - done ? (uint64_t)span : bytes - done;
        if (end->role == DIVER_STREAM_WRITER)
            __builtin_memcpy(at, (const uint8_t *)buffer + done, part);
        else
            __builtin_memcpy((uint8_t *)buffer + done, at, part);
        diver_stream_advance(end, part);
        done += part;
    }
    return (int64_t)done;
}

/* Ends the stream: nothing more is written, or read. `error`: why, for a reader; 0: as it should.
 * The end is of no use afterwards. */
static inline void diver_stream_finish(struct diver_stream_end *end, uint32_t error) {
    struct diver_stream_side *mine = diver_stream_mine(end);
    mine->error = error;
    __atomic_store_n(&mine->state, DIVER_STREAM_ENDED, __ATOMIC_RELEASE);
    diver_stream_ring_bell(end);
    end->error = -DIVER_EPIPE;
}

/* --- waiting --- */

#define DIVER_STREAM_LOOKS 2000 /* before it sleeps: an answer may be on its way */

/* Looks once more after it has said that it sleeps, so that no bell is missed. */
static inline int64_t diver_stream_sleep(struct diver_stream_end *end, uint8_t **at) {
    struct diver_stream_side *mine = diver_stream_mine(end);
    uint32_t *bell = &diver_stream_other(end)->bell;
    uint32_t value = __atomic_load_n(bell, __ATOMIC_ACQUIRE);
    __atomic_store_n(&mine->sleeping, 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    int64_t span = diver_stream_span(end, at);
    if (span == -DIVER_EAGAIN)
        end->hooks->wait(end, bell, value);
    __atomic_store_n(&mine->sleeping, 0, __ATOMIC_RELAXED);
    return span;
}

static inline int64_t diver_stream_await(struct diver_stream_end *end, uint8_t **at) {
    int64_t span = -DIVER_EAGAIN;
    for (unsigned i = 0; i < DIVER_STREAM_LOOKS && span == -DIVER_EAGAIN; i++) {
        span = diver_stream_span(end, at);
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    while (span == -DIVER_EAGAIN)
        span = diver_stream_sleep(end, at);
    return span;
}

/* --- what programs use --- */

/* Attaches one end of the stream of this handle; 0, -DIVER_EINVAL or -DIVER_EBUSY. */
static inline int diver_stream_open(struct diver_stream_end *end, int handle,
                                    enum diver_stream_role role,
                                    const struct diver_stream_hooks *hooks) {
    uint64_t bytes = 0;
    void *memory = hooks->map(handle, &bytes);
    if (!memory)
        return -DIVER_EINVAL;
    int result = diver_stream_attach(end, memory, bytes, role, hooks);
    end->handle = handle;
    return result;
}

/* Waits for room: how many bytes can be written to *at, at least 1; or an error. */
static inline int64_t diver_stream_reserve(struct diver_stream_end *end, uint8_t **at) {
    return diver_stream_await(end, at);
}

/* The first `bytes` of what was reserved have been written. */
static inline void diver_stream_commit(struct diver_stream_end *end, uint64_t bytes) {
    diver_stream_advance(end, bytes);
}

/* Waits for bytes: how many can be read at *at; 0 at the end of the stream; or an error. */
static inline int64_t diver_stream_peek(struct diver_stream_end *end, const uint8_t **at) {
    return diver_stream_await(end, (uint8_t **)at);
}

/* The first `bytes` of what was peeked at are of no more use. */
static inline void diver_stream_release(struct diver_stream_end *end, uint64_t bytes) {
    diver_stream_advance(end, bytes);
}

/* Writes all; 0 or an error. */
static inline int diver_stream_write(struct diver_stream_end *end, const void *bytes,
                                     uint64_t count) {
    for (uint64_t done = 0; done < count;) {
        uint8_t *at;
        int64_t room = diver_stream_reserve(end, &at);
        if (room < 0)
            return (int)room;
        done += (uint64_t)diver_stream_copy(end, (uint8_t *)(uintptr_t)bytes + done, count - done);
    }
    return 0;
}

/* Reads what has come, up to `count` bytes, at least 1; 0 at the end of the stream; or an error. */
static inline int64_t diver_stream_read(struct diver_stream_end *end, void *bytes, uint64_t count) {
    const uint8_t *at;
    int64_t there = diver_stream_peek(end, &at);
    return there <= 0 || count == 0 ? there : diver_stream_copy(end, bytes, count);
}

/* All of it; -DIVER_ECONNRESET where the stream ends within. 1, 0 at the end of the stream. */
static inline int diver_stream_read_all(struct diver_stream_end *end, void *bytes, uint64_t count) {
    for (uint64_t done = 0; done < count;) {
        int64_t got = diver_stream_read(end, (uint8_t *)bytes + done, count - done);
        if (got <= 0)
            return got == 0 && done > 0 ? -DIVER_ECONNRESET : (int)got;
        done += (uint64_t)got;
    }
    return 1;
}

/* --- messages: four bytes that say how many follow, little-endian, and these --- */

static inline int diver_stream_send(struct diver_stream_end *end, const void *message,
                                    uint32_t bytes) {
    int result = diver_stream_write(end, &bytes, sizeof bytes);
    return result ? result : diver_stream_write(end, message, bytes);
}

/* *bytes is how long the message is; 1, 0 at the end of the stream, or an error: with
 * -DIVER_EMSGSIZE nothing of the message but its length has been read. */
static inline int diver_stream_receive(struct diver_stream_end *end, void *message, uint32_t room,
                                       uint32_t *bytes) {
    int result = diver_stream_read_all(end, bytes, sizeof *bytes);
    if (result != 1)
        return result;
    if (*bytes > room)
        return -DIVER_EMSGSIZE;
    result = diver_stream_read_all(end, message, *bytes);
    return *bytes == 0 ? 1 : result == 0 ? -DIVER_ECONNRESET : result;
}

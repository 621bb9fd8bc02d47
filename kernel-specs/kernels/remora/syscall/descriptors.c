/* Which descriptors are open, and to which stream. */
#include "remora/descriptors.h"
#include "remora/delegate.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/shared.h"
#include "remora/syscall.h"

#define O_WRONLY   1
#define O_RDWR     2
#define O_NONBLOCK 04000
#define O_CLOEXEC  02000000

static struct {
    bool open, close_on_exec;
    enum stream stream;
} descriptors[DESCRIPTORS];

void descriptors_init(void) {
    for (int i = STREAM_IN; i <= STREAM_ERR; i++) {
        descriptors[i].open = !delegate_available() || shared_is((enum stream)i);
        descriptors[i].stream = (enum stream)i;
    }
}

static bool is_open(uint64_t descriptor) {
    return descriptor < DESCRIPTORS && descriptors[descriptor].open;
}

bool descriptor_stream(uint64_t descriptor, enum stream *stream) {
    descriptor = (uint32_t)descriptor; /* an int: the upper half is anything */
    if (!is_open(descriptor))
        return false;
    *stream = descriptors[descriptor].stream;
    return true;
}

/* The last that leads to a stream ends it. */
static void close_one(uint64_t descriptor) {
    enum stream stream = descriptors[descriptor].stream;
    descriptors[descriptor].open = false;
    for (uint64_t i = 0; i < DESCRIPTORS; i++)
        if (is_open(i) && descriptors[i].stream == stream)
            return;
    shared_close(stream);
}

/* Makes `to`, which both are below DESCRIPTORS, lead where `from` does. */
static int64_t duplicate(uint64_t from, uint64_t to, bool close_on_exec) {
    if (is_open(to))
        close_one(to);
    descriptors[to] = descriptors[from];
    descriptors[to].close_on_exec = close_on_exec;
    return (int64_t)to;
}

void descriptor_follow(uint64_t from, uint64_t to) {
    duplicate(from, to, false);
}

void descriptor_forget(uint64_t first, uint64_t last) {
    for (uint64_t i = first; i <= last && i < DESCRIPTORS; i++)
        if (is_open(i))
            close_one(i);
}

static int64_t duplicate_from(uint64_t from, uint64_t lowest, bool close_on_exec) {
    if (lowest >= DESCRIPTORS)
        return -EINVAL;
    for (uint64_t to = lowest; to < DESCRIPTORS; to++)
        if (!is_open(to))
            return duplicate(from, to, close_on_exec);
    return -EMFILE;
}

int64_t sys_close(const struct call *call) {
    uint32_t descriptor = (uint32_t)call->argument[0];
    if (!is_open(descriptor))
        return -EBADF;
    close_one(descriptor);
    return 0;
}

int64_t sys_close_range(const struct call *call) {
    uint32_t first = (uint32_t)call->argument[0], last = (uint32_t)call->argument[1];
    if (first > last)
        return -EINVAL;
    if (call->argument[2] & CLOSE_RANGE_CLOEXEC)
        for (uint64_t i = first; i <= last && i < DESCRIPTORS; i++)
            descriptors[i].close_on_exec = true;
    else
        descriptor_forget(first, last);
    return 0;
}

int64_t sys_dup(const struct call *call) {
    uint32_t from = (uint32_t)call->argument[0];
    return is_open(from) ? duplicate_from(from, 0, false) : -EBADF;
}

int64_t sys_dup2(const struct call *call) {
    uint32_t from = (uint32_t)call->argument[0], to = (uint32_t)call->argument[1];
    if (!is_open(from) || to >= DESCRIPTORS)
        return -EBADF;
    return from == to ? to : duplicate(from, to, false);
}

int64_t sys_dup3(const struct call *call) {
    uint32_t from = (uint32_t)call->argument[0], to = (uint32_t)call->argument[1];
    uint64_t flags = call->argument[2];
    if (from == to || (flags & ~(uint64_t)O_CLOEXEC))
        return -EINVAL;
    if (!is_open(from) || to >= DESCRIPTORS)
        return -EBADF;
    return duplicate(from, to, flags & O_CLOEXEC);
}

static int64_t flags_of(enum stream stream) {
    if (!shared_is(stream))
        return stream == STREAM_IN ? 0 : O_WRONLY;
    return O_RDWR | (shared_waits(stream) ? 0 : O_NONBLOCK); /* both map all of it */
}

int64_t sys_fcntl(const struct call *call) {
    uint32_t descriptor = (uint32_t)call->argument[0];
    uint64_t value = call->argument[2];
    if (!is_open(descriptor))
        return -EBADF;
    switch ((int)call->argument[1]) {
    case F_DUPFD:
        return duplicate_from(descriptor, value, false);
    case F_DUPFD_CLOEXEC:
        return duplicate_from(descriptor, value, true);
    case F_GETFD:
        return descriptors[descriptor].close_on_exec;
    case F_SETFD:
        descriptors[descriptor].close_on_exec = value & 1;
        return 0;
    case F_GETFL:
        return flags_of(descriptors[descriptor].stream);
    case F_SETFL: /* O_APPEND means nothing to these streams, nor does O_NONBLOCK to the console's
                   */
        if (shared_is(descriptors[descriptor].stream))
            shared_set_waits(descriptors[descriptor].stream, !(value & O_NONBLOCK));
        return 0;
    default:
        return -EINVAL;
    }
}

/* poll: the console's output is always ready. */
#include "remora/poll.h"
#include "remora/delegate.h"
#include "remora/descriptors.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/process.h"
#include "remora/shared.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/time.h"
#include "remora/x86.h"

struct polled {
    uint64_t count;
    struct pollfd of[DESCRIPTORS];
};

static int16_t poll_one(const struct pollfd *p) {
    enum stream stream;
    if (p->descriptor < 0)
        return 0;
    if (!descriptor_stream((uint32_t)p->descriptor, &stream))
        return POLLNVAL;
    if (shared_is(stream))
        return shared_events(stream) & (p->events | POLLERR | POLLHUP);
    if (stream != STREAM_IN)
        return p->events & POLLOUT;
    return console_readable() ? p->events & POLLIN : 0;
}

static int64_t poll_all(struct polled *polled) {
    int64_t ready = 0;
    for (uint64_t i = 0; i < polled->count; i++) {
        polled->of[i].returned = poll_one(&polled->of[i]);
        ready += polled->of[i].returned != 0;
    }
    return ready;
}

static bool poll_ready(void *polled) {
    return poll_all(polled) > 0;
}

/* Can this ever end? Only if it waits for input, or for a stream's other side. */
static bool poll_can_end(const struct polled *polled) {
    enum stream stream;
    for (uint64_t i = 0; i < polled->count; i++)
        if (polled->of[i].descriptor >= 0 &&
            descriptor_stream((uint32_t)polled->of[i].descriptor, &stream) &&
            (shared_is(stream) || (stream == STREAM_IN && (polled->of[i].events & POLLIN))))
            return true;
    return false;
}

/* Descriptors of the agent's cannot be waited for together with ours. */
static bool has_others(const struct polled *polled) {
    enum stream stream;
    for (uint64_t i = 0; i < polled->count; i++)
        if (polled->of[i].descriptor >= 0 &&
            !descriptor_stream((uint32_t)polled->of[i].descriptor, &stream))
            return true;
    return false;
}

static int64_t poll_until(const struct call *call, uint64_t deadline) {
    uint64_t address = call->argument[0];
    struct polled polled = {.count = (uint32_t)call->argument[1]};
    if (polled.count > DESCRIPTORS)
        return -EINVAL;
    size_t size = polled.count * sizeof polled.of[0];
    if (!user_read(polled.of, address, size) || !user_check(address, size, PROT_WRITE))
        return -EFAULT;
    if (delegate_available() && has_others(&polled))
        return -EINVAL;
    enum wait_result end = WAIT_READY;
    if (!poll_ready(&polled))
        end =
            poll_can_end(&polled)
                ? (delegate_available() ? shared_wait : thread_wait)(poll_ready, &polled, deadline)
                : thread_sleep("poll waits for nothing that could happen", deadline);
    if (end == WAIT_INTERRUPTED)
        return -ERESTARTNOHAND;
    int64_t ready = poll_all(&polled);
    user_write(address, polled.of, size);
    return ready;
}

int64_t sys_poll(const struct call *call) {
    int32_t milliseconds = (int32_t)call->argument[2];
    return poll_until(call, milliseconds < 0
                                ? FOREVER
                                : clock_now() + (uint64_t)milliseconds * (NANOSECONDS / 1000));
}

int64_t sys_ppoll(const struct call *call) {
    uint64_t nanoseconds = FOREVER;
    if (call->argument[2]) {
        int result = time_read(call->argument[2], &nanoseconds);
        if (result != 0)
            return result;
    }
    return poll_until(call, deadline_in(nanoseconds));
}

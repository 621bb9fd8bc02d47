/*
 * Streams in shared memory where all other descriptors are the agent's: which calls stay here. The
 * agent has each of their descriptors, too, so that no other one gets its number; what it leads to
 * there is of no use.
 */
#include "remora/delegate.h"
#include "remora/descriptors.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/numbers.h"
#include "remora/poll.h"
#include "remora/shared.h"
#include "remora/syscall.h"
#include "remora/thread.h"

static bool leads(uint64_t descriptor) {
    enum stream stream;
    return descriptor_stream(descriptor, &stream);
}

static bool is_duplication(uint64_t command) {
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

/* Whether any of a poll's descriptors leads to one. */
static bool polls(const struct call *call) {
    struct pollfd one;
    uint32_t count = (uint32_t)call->argument[1];
    for (uint32_t i = 0; i < MIN(count, DELEGATED_DESCRIPTORS); i++)
        if (user_read(&one, call->argument[0] + i * sizeof one, sizeof one) &&
            one.descriptor >= 0 && leads((uint32_t)one.descriptor))
            return true;
    return false;
}

/* Where a call has a second descriptor, its argument's number. */
static bool leads_either(const struct call *call, unsigned second) {
    return leads(call->argument[0]) || leads(call->argument[second]);
}

/* Also of a call with both kinds of descriptors, which nobody serves: ENOSYS. */
static bool is_ours(const struct call *call) {
    bool first = leads(call->argument[0]);
    switch (call->number) {
    case NUMBER_read:
    case NUMBER_write:
    case NUMBER_readv:
    case NUMBER_writev:
    case NUMBER_lseek:
    case NUMBER_pread64:
    case NUMBER_pwrite64:
    case NUMBER_preadv:
    case NUMBER_pwritev:
    case NUMBER_ioctl:
    case NUMBER_fstat:
    case NUMBER_fsync:
    case NUMBER_fdatasync:
    case NUMBER_ftruncate:
    case NUMBER_preadv2:
    case NUMBER_pwritev2:
        return first;
    case NUMBER_newfstatat:
        return first && (call->argument[3] & AT_EMPTY_PATH);
    case NUMBER_fcntl:
        return first && !is_duplication(call->argument[1]) && call->argument[1] != F_GETFD &&
               call->argument[1] != F_SETFD;
    case NUMBER_poll:
    case NUMBER_ppoll:
        return polls(call);
    case NUMBER_dup2:
    case NUMBER_dup3:
        return first && (uint32_t)call->argument[1] >= DESCRIPTORS;
    case NUMBER_sendfile:
    case NUMBER_tee:
        return leads_either(call, 1);
    case NUMBER_splice:
    case NUMBER_copy_file_range:
        return leads_either(call, 2);
    case NUMBER_epoll_ctl:
        return leads(call->argument[2]);
    default:
        return false;
    }
}

static bool any(void) {
    return shared_is(STREAM_IN) || shared_is(STREAM_OUT);
}

bool beside_serves(const struct call *call) {
    return any() && is_ours(call);
}

/* The agent's new descriptor is the same as this one. */
static int64_t follow_duplicate(uint64_t from, int64_t to) {
    if (to < DESCRIPTORS) {
        descriptor_follow(from, (uint64_t)to);
        return to;
    }
    delegate_ask(NUMBER_close, (uint64_t)to);
    return -EMFILE;
}

static int64_t follow(const struct call *call, int64_t result) {
    uint64_t first = (uint32_t)call->argument[0], second = (uint32_t)call->argument[1];
    switch (call->number) {
    case NUMBER_close:
        descriptor_forget(first, first);
        break;
    case NUMBER_close_range:
        if (!(call->argument[2] & CLOSE_RANGE_CLOEXEC))
            descriptor_forget(first, second);
        break;
    case NUMBER_dup2:
    case NUMBER_dup3:
        if (first != second)
            descriptor_forget(second, second);
        return leads(first) && first != second ? follow_duplicate(first, result) : result;
    case NUMBER_dup:
        return leads(first) ? follow_duplicate(first, result) : result;
    case NUMBER_fcntl:
        return leads(first) && is_duplication(call->argument[1]) ? follow_duplicate(first, result)
                                                                 : result;
    default:
        break;
    }
    return result;
}

void beside_follow(const struct call *call) {
    int64_t result = (int64_t)call->frame->rax;
    if (result < 0 || !any())
        return;
    kernel_lock();
    call->frame->rax = (uint64_t)follow(call, result);
    kernel_unlock();
}

/* Checks of single calls. Each returns true if it has dealt with the call and filled *outcome. */
#include "special.h"
#include "lib.h"
#include "sys.h"
#include "table.h"
#include "window.h"

special new_descriptor, any_close, check_open, check_close_range, check_select, check_poll,
    check_fcntl, check_ioctl, check_node, check_socketpair, check_transfer, check_owned;

static bool answer(struct outcome *outcome, int64_t result) {
    *outcome = (struct outcome){.result = result, .status = DIVER_DONE};
    return true;
}

/* True, with a fault, if what the third argument points to is not the app's to use so. */
static bool misses(const struct request *request, uint64_t *argument, uint64_t bytes, bool written,
                   struct outcome *outcome) {
    uint64_t at;
    if (loan_take(&request->loans[2], *argument, bytes, written, request->may_wait, argument, &at))
        return false;
    *outcome = (struct outcome){.result = (int64_t)at, .status = DIVER_FAULT};
    return true;
}

/* --- descriptors --- */

bool new_descriptor(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    (void)request, (void)argument, (void)outcome;
    descriptors_changed();
    return false;
}

bool any_close(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    return new_descriptor(request, argument, outcome);
}

#define CLOSE_RANGE_CLOEXEC 4

/* The agent's own descriptors are above what the app has; and all threads keep one table. */
bool check_close_range(const struct request *request, uint64_t argument[6],
                       struct outcome *outcome) {
    uint32_t first = (uint32_t)argument[0], last = (uint32_t)argument[1];
    (void)request;
    descriptors_changed();
    if (first > last || first >= DESCRIPTORS_END)
        return answer(outcome, first > last ? -EINVAL : 0);
    argument[1] = MIN(last, DESCRIPTORS_END - 1);
    argument[2] &= CLOSE_RANGE_CLOEXEC;
    return false;
}

bool check_fcntl(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    switch ((int32_t)argument[1]) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        descriptors_changed();
        return false;
    case F_SETFL: /* no signals: a terminal's would end whoever works at it, Diver, too */
        argument[2] &= ~(uint64_t)O_ASYNC;
        return false;
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case F_SETPIPE_SZ:
    case F_GETPIPE_SZ:
    case F_ADD_SEALS:
    case F_GET_SEALS:
        return false;
    case F_GETLK:
    case F_OFD_GETLK:
        return misses(request, &argument[2], 32 /* struct flock */, true, outcome);
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return misses(request, &argument[2], 32, false, outcome);
    default:
        return answer(outcome, -EINVAL);
    }
}

/* Requests that are known, with what their third argument points to. */
static const struct {
    uint32_t request, bytes, access;
} ioctls[] = {
    {TCGETS, 36, ACCESS_WRITE},
    {TCSETS, 36, ACCESS_READ},
    {TCSETSW, 36, ACCESS_READ},
    {TCSETSF, 36, ACCESS_READ},
    {0x540f /* TIOCGPGRP */, 4, ACCESS_WRITE},
    {0x5413 /* TIOCGWINSZ */, 8, ACCESS_WRITE},
    {0x541b /* FIONREAD */, 4, ACCESS_WRITE},
    {0x5421 /* FIONBIO */, 4, ACCESS_READ},
    {0x5450 /* FIONCLEX */, 0, ACCESS_READ},
    {0x5451 /* FIOCLEX */, 0, ACCESS_READ},
};

bool check_ioctl(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++)
        if ((uint32_t)argument[1] == ioctls[i].request)
            return misses(request, &argument[2], ioctls[i].bytes, ioctls[i].access == ACCESS_WRITE,
                          outcome);
    return answer(outcome, -ENOTTY);
}

/* No devices: mknod, whose mode comes second, and mknodat. */
bool check_node(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    uint32_t type = (uint32_t)argument[request->number == __NR_mknod ? 1 : 2] & S_IFMT;
    if (type == 0 || type == S_IFREG || type == S_IFIFO)
        return false;
    return answer(outcome, -EPERM);
}

/* --- opening --- */

#define O_CREATE_NEW (O_WRONLY | O_CREAT | O_TRUNC) /* creat(2) */

/* A pipe's other end, and some devices, are waited for. */
bool open_may_wait(const struct diver_request *request) {
    const uint64_t *argument = request->argument;
    bool at = request->number == __NR_openat;
    int32_t folder = at ? (int32_t)argument[0] : AT_FDCWD;
    uint64_t path = at ? argument[1] : argument[0], there, fault;
    size_t length;
    struct stat status;
    struct loan loan = {0};
    if ((folder != AT_FDCWD && (uint32_t)folder >= DESCRIPTORS_END) ||
        !window_check_string(path, PATH_LIMIT, &length, &fault) ||
        !loan_take(&loan, path, MIN(length + 1, PATH_LIMIT), false, false, &there, &fault))
        return false; /* it fails */
    bool found = !is_error(sys(__NR_newfstatat, folder, there, &status, 0));
    loan_return(&loan, 0, &fault);
    uint32_t type = status.mode & S_IFMT;
    return found && type != S_IFREG && type != S_IFDIR; /* else it makes a file, or fails */
}

/* The leader never waits, whatever has come to be at the path: it opens without waiting, and takes
 * that back. */
bool check_open(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    uint64_t *flags = &argument[request->number == __NR_openat ? 2 : 1], wanted = *flags;
    uint32_t number = request->number;
    descriptors_changed();
    if (request->may_wait)
        return false;
    if (number == __NR_creat) {
        number = __NR_open;
        argument[2] = argument[1];
        wanted = O_CREATE_NEW;
    }
    if (wanted & (O_NONBLOCK | O_PATH))
        return false;
    *flags = wanted | O_NONBLOCK;
    *outcome = execute_checked(number, argument);
    if (!is_error(outcome->result))
        sys(__NR_fcntl, outcome->result, F_SETFL, wanted);
    return true;
}

/* --- the streams' files --- */

static struct stat streams[3];

void protect_streams(void) {
    for (int stream = 0; stream < 3; stream++)
        sys(__NR_fstat, stream, &streams[stream]);
}

/* Changes of a file's mode, owner, times or attributes by its descriptor. */
bool check_owned(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    struct stat status;
    (void)request;
    if (is_error(sys(__NR_fstat, argument[0], &status)))
        return false; /* AT_FDCWD, or none */
    uint32_t type = status.mode & S_IFMT;
    bool owned = type == S_IFREG || type == S_IFDIR || type == S_IFIFO;
    for (size_t i = 0; i < ARRAY_SIZE(streams); i++)
        owned &= status.device != streams[i].device || status.inode != streams[i].inode;
    return !owned && answer(outcome, -EPERM);
}

/* --- waiting for several --- */

/* The sets are checked for 1024 descriptors. */
bool check_select(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    (void)request, (void)outcome;
    if ((int32_t)argument[0] > DESCRIPTORS_END)
        argument[0] = DESCRIPTORS_END;
    return false;
}

/* Executed from a copy of its own, in which the agent's descriptors are none. */
bool check_poll(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    struct pollfd polled[DESCRIPTORS_END];
    uint64_t array = request->app[0], at;
    uint32_t count = (uint32_t)argument[1];
    if (count > DESCRIPTORS_END)
        return answer(outcome, -EINVAL);
    if (!window_read(polled, array, count * sizeof polled[0], &at))
        return answer(outcome, -EFAULT);
    for (uint32_t i = 0; i < count; i++)
        if (polled[i].descriptor >= DESCRIPTORS_END)
            polled[i].descriptor = INT32_MAX; /* POLLNVAL */
    request->loans[0].written = false;
    argument[0] = (uint64_t)polled;
    *outcome = execute_checked(request->number, argument);
    for (uint32_t i = 0; i < count && outcome->result >= 0; i++)
        if (!window_write(array + i * sizeof polled[0] + offsetof(struct pollfd, revents),
                          &polled[i].revents, sizeof polled[i].revents, &at))
            return answer(outcome, -EFAULT);
    return true;
}

/* --- sockets: pairs of the app's own, without addresses --- */

#define AF_UNIX      1
#define EAFNOSUPPORT 97

bool check_socketpair(const struct request *request, uint64_t argument[6],
                      struct outcome *outcome) {
    (void)request;
    if ((int32_t)argument[0] != AF_UNIX)
        return answer(outcome, -EAFNOSUPPORT);
    descriptors_changed();
    return false;
}

/* sendto and recvfrom. */
bool check_transfer(const struct request *request, uint64_t argument[6], struct outcome *outcome) {
    (void)request;
    if (argument[4] != 0)
        return answer(outcome, -EAFNOSUPPORT);
    argument[5] = 0;
    return false;
}

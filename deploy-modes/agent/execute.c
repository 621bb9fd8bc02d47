/* Checks a request by its row of the table and executes it. */
#include "execute.h"
#include "lib.h"
#include "sys.h"
#include "table.h"
#include "window.h"

#define PATH_LIMIT   4096
#define VECTOR_LIMIT 1024 /* as in Linux: UIO_MAXIOV */

#define F_SETLKW     7
#define F_OFD_SETLKW 38

static uint64_t refused[NUMBERS + 1];

static const struct rule *rule_of(uint32_t number) {
    return number < NUMBERS ? &rules[number] : NULL;
}

/* --- what may wait --- */

/* Of each descriptor, whether it may wait; valid where the generation agrees. It grows whenever a
 * descriptor may have come to mean something else. */
static uint32_t descriptor_generation = 1;
static uint64_t descriptor_waits[DESCRIPTORS_END]; /* generation << 1 | waits */

static bool descriptor_may_wait(uint64_t descriptor) {
    if (descriptor >= DESCRIPTORS_END)
        return false;
    uint32_t generation = __atomic_load_n(&descriptor_generation, __ATOMIC_ACQUIRE);
    uint64_t known = __atomic_load_n(&descriptor_waits[descriptor], __ATOMIC_RELAXED);
    if (known >> 1 == generation)
        return known & 1;
    struct stat status;
    if (is_error(sys(__NR_fstat, descriptor, &status)))
        return false;
    uint32_t type = status.mode & S_IFMT;
    bool waits = type != S_IFREG && type != S_IFDIR;
    __atomic_store_n(&descriptor_waits[descriptor], (uint64_t)generation << 1 | waits,
                     __ATOMIC_RELAXED);
    return waits;
}

static void descriptors_changed(void) {
    __atomic_add_fetch(&descriptor_generation, 1, __ATOMIC_RELEASE);
}

bool execute_may_block(const struct diver_request *request) {
    const struct rule *rule = rule_of(request->number);
    if (!rule || rule->class <= CLASS_INLINE)
        return false;
    if (request->number == __NR_fcntl)
        return request->argument[1] == F_SETLKW || request->argument[1] == F_OFD_SETLKW;
    return rule->class == CLASS_BLOCKS || descriptor_may_wait((uint32_t)request->argument[0]);
}

/* --- arguments --- */

/* A request on its way through the checks. */
struct checked {
    uint64_t argument[6];
    struct iovec vector[VECTOR_LIMIT];
    struct outcome outcome;
};

static bool answer(struct outcome *outcome, int64_t result) {
    *outcome = (struct outcome){.result = result, .status = DIVER_DONE};
    return false;
}

static bool fault(struct outcome *outcome, uint64_t address) {
    *outcome = (struct outcome){.result = (int64_t)address, .status = DIVER_FAULT};
    return false;
}

static bool check_range(struct outcome *outcome, uint64_t address, uint64_t bytes, bool written) {
    uint64_t at;
    if (window_check(address, bytes, written ? ACCESS_WRITE : ACCESS_READ, &at))
        return true;
    return fault(outcome, at);
}

static bool check_path(struct outcome *outcome, uint64_t address) {
    uint64_t at;
    size_t length;
    /* Linux itself says ENAMETOOLONG of what is longer */
    return window_check_string(address, PATH_LIMIT, &length, &at) || fault(outcome, at);
}

/* The vector is executed from the copy that was checked. */
static bool check_vector(struct checked *c, uint64_t *argument, uint64_t count, bool written) {
    uint64_t at;
    if (count > VECTOR_LIMIT)
        return answer(&c->outcome, -EINVAL);
    if (!window_read(c->vector, *argument, count * sizeof c->vector[0], &at))
        return fault(&c->outcome, at);
    for (uint64_t i = 0; i < count; i++)
        if (!check_range(&c->outcome, c->vector[i].base, c->vector[i].length, written))
            return false;
    *argument = (uint64_t)c->vector;
    return true;
}

static bool check_descriptor(struct outcome *outcome, uint64_t value, bool at) {
    int32_t descriptor = (int32_t)value; /* an int: the upper half is anything */
    if ((at && descriptor == AT_FDCWD) || (uint32_t)descriptor < DESCRIPTORS_END)
        return true;
    return answer(outcome, -EBADF);
}

/* How much read(2) and its kin move at most. */
#define TRANSFER_LIMIT 0x7ffff000ull

static uint64_t size_of(const struct parameter *p, const uint64_t argument[6]) {
    if (p->size_from == NOBODY)
        return p->size;
    uint64_t count = argument[p->size_from];
    if (p->size == 1)
        return MIN(count, TRANSFER_LIMIT);
    return (uint64_t)(uint32_t)count * p->size; /* counts of more than a byte each are ints */
}

static bool check_argument(struct checked *c, const struct parameter *p, int i) {
    uint64_t *value = &c->argument[i];
    if (p->optional && *value == 0)
        return true;
    switch (p->kind) {
    case KIND_FD:
    case KIND_FD_AT:
        return check_descriptor(&c->outcome, *value, p->kind == KIND_FD_AT);
    case KIND_PATH:
        return check_path(&c->outcome, *value);
    case KIND_IN:
    case KIND_OUT:
        return check_range(&c->outcome, *value, size_of(p, c->argument), p->kind == KIND_OUT);
    case KIND_IOVEC_IN:
    case KIND_IOVEC_OUT:
        return check_vector(c, value, c->argument[p->size_from], p->kind == KIND_IOVEC_OUT);
    case KIND_NONE:
        *value = 0;
        return true;
    default:
        return true;
    }
}

struct outcome execute(const struct diver_request *request) {
    const struct rule *rule = rule_of(request->number);
    struct checked c;
    if (!rule || rule->class == CLASS_REFUSED) {
        __atomic_add_fetch(&refused[MIN(request->number, NUMBERS)], 1, __ATOMIC_RELAXED);
        return (struct outcome){.result = -ENOSYS, .status = DIVER_DONE};
    }
    memcpy(c.argument, request->argument, sizeof c.argument);
    for (int i = 0; i < 6; i++)
        if (rule->parameter[i].kind != KIND_VALUE && !check_argument(&c, &rule->parameter[i], i))
            return c.outcome;
    if (rule->special && rule->special(c.argument, &c.outcome))
        return c.outcome;
    uint64_t start = read_tsc();
    int64_t result = syscall6(request->number, c.argument[0], c.argument[1], c.argument[2],
                              c.argument[3], c.argument[4], c.argument[5]);
    return (struct outcome){result, DIVER_DONE, read_tsc() - start};
}

void execute_report(char *to, size_t size) {
    size_t length = format(to, size, "[");
    for (size_t i = 0; i <= NUMBERS && length + 64 < size; i++)
        if (refused[i] != 0)
            length += format(to + length, size - length, "%s{\"nr\":%lu,\"count\":%lu}",
                             length > 1 ? "," : "", i, refused[i]);
    format(to + length, size - length, "]");
}

/* --- what the table cannot say --- */

special new_descriptor, any_close, check_close_range, check_select, check_fcntl, check_ioctl;

/* A number that meant one thing may mean another now. */
bool new_descriptor(uint64_t argument[6], struct outcome *outcome) {
    (void)argument, (void)outcome;
    descriptors_changed();
    return false;
}

bool any_close(uint64_t argument[6], struct outcome *outcome) {
    (void)argument, (void)outcome;
    descriptors_changed();
    return false;
}

/* The agent's own descriptors are above what the app has. */
bool check_close_range(uint64_t argument[6], struct outcome *outcome) {
    uint32_t first = (uint32_t)argument[0], last = (uint32_t)argument[1];
    descriptors_changed();
    if (first > last || first >= DESCRIPTORS_END) {
        answer(outcome, first > last ? -EINVAL : 0);
        return true;
    }
    argument[1] = MIN(last, DESCRIPTORS_END - 1);
    return false;
}

/* The sets are checked for 1024 descriptors. */
bool check_select(uint64_t argument[6], struct outcome *outcome) {
    (void)outcome;
    if ((int32_t)argument[0] > DESCRIPTORS_END)
        argument[0] = DESCRIPTORS_END;
    return false;
}

#define F_DUPFD      0
#define F_GETFD      1
#define F_SETFD      2
#define F_GETFL      3
#define F_SETFL      4
#define F_GETLK      5
#define F_SETLK      6
#define F_OFD_GETLK  36
#define F_OFD_SETLK  37
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define F_ADD_SEALS  1033
#define F_GET_SEALS  1034
#define FLOCK_SIZE   32

bool check_fcntl(uint64_t argument[6], struct outcome *outcome) {
    switch ((int32_t)argument[1]) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        descriptors_changed();
        return false;
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case F_SETFL:
    case F_SETPIPE_SZ:
    case F_GETPIPE_SZ:
    case F_ADD_SEALS:
    case F_GET_SEALS:
        return false;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
        return !check_range(outcome, argument[2], FLOCK_SIZE, true);
    default:
        answer(outcome, -EINVAL);
        return true;
    }
}

/* Requests that are known, with what their third argument points to. */
static const struct {
    uint32_t request, bytes;
} ioctls[] = {
    {0x5401 /* TCGETS */, 36},   {0x5402 /* TCSETS */, 36},    {0x5403 /* TCSETSW */, 36},
    {0x5404 /* TCSETSF */, 36},  {0x5413 /* TIOCGWINSZ */, 8}, {0x541b /* FIONREAD */, 4},
    {0x5421 /* FIONBIO */, 4},   {0x5450 /* FIONCLEX */, 0},   {0x5451 /* FIOCLEX */, 0},
    {0x540f /* TIOCGPGRP */, 4},
};

bool check_ioctl(uint64_t argument[6], struct outcome *outcome) {
    for (size_t i = 0; i < ARRAY_SIZE(ioctls); i++)
        if ((uint32_t)argument[1] == ioctls[i].request)
            return !check_range(outcome, argument[2], ioctls[i].bytes, true);
    answer(outcome, -ENOTTY);
    return true;
}

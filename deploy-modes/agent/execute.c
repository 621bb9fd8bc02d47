/* Checks a request by its row of the table and executes it. */
#include "execute.h"
#include "lib.h"
#include "loan.h"
#include "special.h"
#include "sys.h"
#include "table.h"
#include "view.h"
#include "window.h"

#define VECTOR_LIMIT 1024 /* as in Linux: UIO_MAXIOV */

static uint64_t refused[NUMBERS + 1];

static const struct rule *rule_of(uint32_t number) {
    return number < NUMBERS ? &rules[number] : NULL;
}

static const char *name_of(uint32_t number) {
    const struct rule *rule = rule_of(number);
    return rule && rule->name ? rule->name : "unknown";
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

void descriptors_changed(void) {
    __atomic_add_fetch(&descriptor_generation, 1, __ATOMIC_RELEASE);
}

/* Of these calls only some commands wait: for a lock, or for a terminal's output. */
static bool command_may_wait(uint32_t number, uint32_t command) {
    return number == __NR_fcntl ? command == F_SETLKW || command == F_OFD_SETLKW
                                : command == TCSETSW || command == TCSETSF;
}

bool execute_may_block(const struct diver_request *request) {
    const struct rule *rule = rule_of(request->number);
    if (!rule || rule->class <= CLASS_INLINE)
        return false;
    if (rule->class == CLASS_OPEN)
        return open_may_wait(request);
    if (request->number == __NR_fcntl || request->number == __NR_ioctl)
        return command_may_wait(request->number, (uint32_t)request->argument[1]);
    return rule->class == CLASS_BLOCKS || descriptor_may_wait((uint32_t)request->argument[0]);
}

/* --- arguments --- */

/* A request on its way through the checks. */
struct checked {
    uint64_t argument[6];
    bool may_wait;
    struct loan loans[6]; /* of the arguments */
    struct loan gathered; /* of all that a vector leads to */
    struct iovec whole;   /* the vector that is executed then */
    struct iovec vector[VECTOR_LIMIT];
    uint64_t vector_count;
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

static bool check_range(struct checked *c, int i, uint64_t bytes, bool written) {
    uint64_t at;
    if (loan_take(&c->loans[i], c->argument[i], bytes, written, c->may_wait, &c->argument[i], &at))
        return true;
    return fault(&c->outcome, at);
}

static bool check_path(struct checked *c, int i) {
    uint64_t at;
    size_t length;
    /* Linux itself says ENAMETOOLONG of what is longer */
    if (!window_check_string(c->argument[i], PATH_LIMIT, &length, &at))
        return fault(&c->outcome, at);
    return check_range(c, i, MIN(length + 1, PATH_LIMIT), false);
}

/* Where memory is not mirrored a vector is executed as one piece. */
static bool gather(struct checked *c, uint64_t *count, bool written) {
    uint64_t bytes = 0, at;
    c->vector_count = *count;
    for (uint64_t i = 0; i < *count; i++)
        bytes = MIN(bytes + MIN(c->vector[i].length, LOAN_LIMIT), LOAN_LIMIT);
    loan_copy(&c->gathered, bytes);
    c->gathered.written = written;
    for (uint64_t i = 0, done = 0, piece; i < *count && !written; i++, done += piece) {
        piece = MIN(c->vector[i].length, bytes - done);
        if (!window_read(c->gathered.copy + done, c->vector[i].base, piece, &at))
            return fault(&c->outcome, at);
    }
    c->whole = (struct iovec){(uint64_t)c->gathered.copy, bytes};
    *count = 1;
    return true;
}

/* Gives the vector what has been read. */
static bool scatter(struct checked *c, uint64_t bytes) {
    uint64_t at;
    for (uint64_t i = 0, done = 0, piece; i < c->vector_count && done < bytes; i++, done += piece) {
        piece = MIN(c->vector[i].length, bytes - done);
        if (!window_write(c->vector[i].base, c->gathered.copy + done, piece, &at))
            return false;
    }
    return true;
}

/* The vector is executed from the copy that was checked. */
static bool check_vector(struct checked *c, uint64_t *argument, uint64_t *count, bool written) {
    uint64_t at;
    if (*count > VECTOR_LIMIT)
        return answer(&c->outcome, -EINVAL);
    if (!window_read(c->vector, *argument, *count * sizeof c->vector[0], &at))
        return fault(&c->outcome, at);
    for (uint64_t i = 0; i < *count; i++)
        if (!window_check(c->vector[i].base, c->vector[i].length,
                          written ? ACCESS_WRITE : ACCESS_READ, &at))
            return fault(&c->outcome, at);
    *argument = (uint64_t)(view_is_used() ? &c->whole : c->vector);
    return !view_is_used() || gather(c, count, written);
}

static bool check_descriptor(struct outcome *outcome, uint64_t value, bool at) {
    int32_t descriptor = (int32_t)value; /* an int: the upper half is anything */
    if ((at && descriptor == AT_FDCWD) || (uint32_t)descriptor < DESCRIPTORS_END)
        return true;
    return answer(outcome, -EBADF);
}

/* How much read(2) and its kin move at most. */
#define TRANSFER_LIMIT 0x7ffff000ull

/* Whether the argument's size is another argument, in bytes; then the call's result is how many of
 * them were moved. */
static bool is_counted(const struct parameter *p) {
    return p->size_from != NOBODY && p->size == 1;
}

static uint64_t size_of(const struct parameter *p, const uint64_t argument[6]) {
    if (p->size_from == NOBODY)
        return p->size;
    uint64_t count = argument[p->size_from];
    if (p->size == 1)
        return MIN(count, TRANSFER_LIMIT);
    return (uint64_t)(uint32_t)count * p->size; /* counts of more than a byte each are ints */
}

static bool check_bytes(struct checked *c, const struct parameter *p, int i) {
    if (!check_range(c, i, size_of(p, c->argument), p->kind == KIND_OUT))
        return false;
    if (c->loans[i].copy && is_counted(p)) /* no more than has been copied */
        c->argument[p->size_from] = c->loans[i].bytes;
    return true;
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
        return check_path(c, i);
    case KIND_IN:
    case KIND_OUT:
        return check_bytes(c, p, i);
    case KIND_IOVEC_IN:
    case KIND_IOVEC_OUT:
        return check_vector(c, value, &c->argument[p->size_from], p->kind == KIND_IOVEC_OUT);
    case KIND_NONE:
        *value = 0;
        return true;
    default:
        return true;
    }
}

struct outcome execute_checked(uint32_t number, const uint64_t argument[6]) {
    struct outcome outcome = {.status = DIVER_DONE, .started = read_tsc()};
    outcome.result = syscall6(number, argument[0], argument[1], argument[2], argument[3],
                              argument[4], argument[5]);
    outcome.ended = read_tsc();
    return outcome;
}

/* Gives the app what the call has written to copies. */
static void return_loans(struct checked *c, const struct rule *rule) {
    uint64_t at, moved = (uint64_t)MAX(c->outcome.result, 0);
    bool whole = !c->gathered.copy || !c->gathered.written || scatter(c, moved);
    loan_return(&c->gathered, 0, &at);
    for (int i = 0; i < 6; i++) {
        const struct parameter *p = &rule->parameter[i];
        bool counted = p->kind == KIND_OUT && is_counted(p);
        whole &= loan_return(&c->loans[i], counted ? moved : UINT64_MAX, &at);
    }
    if (!whole) /* it has been taken away meanwhile */
        answer(&c->outcome, -EFAULT);
}

static void check_and_call(struct checked *c, const struct diver_request *asked,
                           const struct rule *rule) {
    for (int i = 0; i < 6; i++)
        if (rule->parameter[i].kind != KIND_VALUE && !check_argument(c, &rule->parameter[i], i))
            return;
    const struct request request = {asked->number, c->may_wait, asked->argument, c->loans};
    if (!rule->special || !rule->special(&request, c->argument, &c->outcome))
        c->outcome = execute_checked(asked->number, c->argument);
}

static struct outcome check_and_execute(const struct diver_request *request, bool may_wait) {
    const struct rule *rule = rule_of(request->number);
    struct checked c;
    if (!rule || rule->class == CLASS_REFUSED) {
        __atomic_add_fetch(&refused[MIN(request->number, NUMBERS)], 1, __ATOMIC_RELAXED);
        return (struct outcome){.result = -ENOSYS, .status = DIVER_DONE};
    }
    memcpy(c.argument, request->argument, sizeof c.argument);
    c.may_wait = may_wait;
    c.gathered.copy = NULL;
    c.vector_count = 0;
    for (int i = 0; i < 6; i++)
        c.loans[i].copy = NULL;
    check_and_call(&c, request, rule);
    return_loans(&c, rule);
    return c.outcome;
}

#define ATTEMPTS 3

/* What Linux has not found may have been forgotten since its check, while the call waited or for
 * want of room, though the app still has it: then it is checked and executed once more. */
struct outcome execute(const struct diver_request *request, bool may_wait) {
    struct outcome outcome;
    uint64_t before;
    int attempt = 0;
    do {
        before = window_drops();
        outcome = check_and_execute(request, may_wait);
    } while (outcome.status == DIVER_DONE && outcome.result == -EFAULT && !view_is_used() &&
             window_drops() != before && ++attempt < ATTEMPTS);
    return outcome;
}

void execute_report(char *to, size_t size) {
    size_t length = format(to, size, "[");
    for (uint32_t i = 0; i <= NUMBERS && length + 96 < size; i++) {
        if (refused[i] == 0)
            continue;
        length += format(to + length, size - length, "%s{\"nr\":%u,\"name\":\"%s\",\"count\":%lu}",
                         length > 1 ? "," : "", i, name_of(i), refused[i]);
    }
    format(to + length, size - length, "]");
}

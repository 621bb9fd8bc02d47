/* futex: threads that wait for a word of the app's memory to change (futex(2)). */
#include "remora/device.h"
#include "remora/errno.h"
#include "remora/lib.h"
#include "remora/memory.h"
#include "remora/syscall.h"
#include "remora/thread.h"
#include "remora/time.h"

#define FUTEX_WAIT           0
#define FUTEX_WAKE           1
#define FUTEX_REQUEUE        3
#define FUTEX_CMP_REQUEUE    4
#define FUTEX_WAKE_OP        5
#define FUTEX_WAIT_BITSET    9
#define FUTEX_WAKE_BITSET    10
#define FUTEX_COMMAND        0x7f
#define FUTEX_CLOCK_REALTIME 0x100

#define FUTEX_ANY UINT32_MAX

/* All that wait, in the order they came. */
static struct thread *first;

/* --- the queue --- */

static void append(struct thread *thread, uint64_t address, uint32_t bits) {
    struct thread **last = &first;
    while (*last)
        last = &(*last)->futex_next;
    *last = thread;
    thread->futex = address;
    thread->futex_bits = bits;
    thread->futex_next = NULL;
}

static void leave(struct thread *thread) {
    struct thread **at = &first;
    while (*at && *at != thread)
        at = &(*at)->futex_next;
    if (*at)
        *at = thread->futex_next;
    thread->futex = 0;
}

static int64_t wake(uint64_t address, int most, uint32_t bits) {
    int64_t woken = 0;
    struct thread *next;
    for (struct thread *t = first; t && woken < most; t = next) {
        next = t->futex_next;
        if (t->futex != address || !(t->futex_bits & bits))
            continue;
        leave(t);
        thread_wake(t);
        woken++;
    }
    return woken;
}

static int64_t requeue(uint64_t from, uint64_t to, int most) {
    int64_t moved = 0;
    for (struct thread *t = first; t && moved < most; t = t->futex_next)
        if (t->futex == from) {
            t->futex = to;
            moved++;
        }
    return moved;
}

/* --- words of the app's memory, which other cores change meanwhile --- */

/* NULL unless it is aligned and has the access. */
static uint32_t *word_at(uint64_t address, unsigned access) {
    struct span span;
    if (address % sizeof(uint32_t) != 0 || !user_span(address, sizeof(uint32_t), access, &span))
        return NULL;
    return physical_to_kernel(span.physical);
}

static bool read_word(uint64_t address, uint32_t *value) {
    const uint32_t *word = word_at(address, PROT_READ);
    if (word)
        *value = __atomic_load_n(word, __ATOMIC_SEQ_CST);
    return word;
}

/* --- waiting --- */

/* WAIT's timeout is a span of time, WAIT_BITSET's a point in it. */
static int read_deadline(const struct call *call, uint64_t *deadline) {
    uint64_t operation = call->argument[1], timeout = call->argument[3], time;
    *deadline = FOREVER;
    if (timeout == 0)
        return 0;
    int result = time_read(timeout, &time);
    if (result != 0)
        return result;
    if ((operation & FUTEX_COMMAND) == FUTEX_WAIT) {
        *deadline = deadline_in(time);
        return 0;
    }
    uint64_t now = operation & FUTEX_CLOCK_REALTIME ? clock_wall() : clock_now();
    *deadline = time > now ? deadline_in(time - now) : 0;
    return 0;
}

static int64_t wait(const struct call *call, uint32_t bits) {
    struct thread *self = thread_current();
    uint64_t deadline;
    uint32_t value;
    if (bits == 0)
        return -EINVAL;
    int result = read_deadline(call, &deadline);
    if (result != 0)
        return result;
    if (!read_word(call->argument[0], &value))
        return -EFAULT;
    if (value != (uint32_t)call->argument[2])
        return -EAGAIN;
    append(self, call->argument[0], bits);
    enum wait_result end = thread_sleep("it waits for a futex that nobody can wake", deadline);
    if (end == WAIT_READY)
        return 0;
    leave(self);
    if (end == WAIT_TIMEOUT)
        return -ETIMEDOUT;
    return deadline == FOREVER ? -ERESTARTSYS : -EINTR;
}

/* --- WAKE_OP --- */

static uint32_t operate(uint32_t operation, uint32_t value, uint32_t argument) {
    switch (operation) {
    case 0:
        return argument;
    case 1:
        return value + argument;
    case 2:
        return value | argument;
    case 3:
        return value & ~argument;
    default:
        return value ^ argument;
    }
}

static bool compare(uint32_t comparison, int32_t value, int32_t argument) {
    switch (comparison) {
    case 0:
        return value == argument;
    case 1:
        return value != argument;
    case 2:
        return value < argument;
    case 3:
        return value <= argument;
    case 4:
        return value > argument;
    default:
        return value >= argument;
    }
}

#define ARGUMENT_SHIFTS 8 /* in the operation: 1 << argument is meant */

static int32_t signed_12(uint32_t bits) {
    return (int32_t)(bits << 20) >> 20;
}

static int64_t wake_operate(const struct call *call) {
    uint64_t second = call->argument[4];
    uint32_t encoded = (uint32_t)call->argument[5];
    uint32_t operation = encoded >> 28, comparison = encoded >> 24 & 0xf;
    uint32_t argument = (uint32_t)signed_12(encoded >> 12);
    if (operation & ARGUMENT_SHIFTS)
        argument = 1u << (argument & 31);
    operation &= ~(uint32_t)ARGUMENT_SHIFTS;
    if (operation > 4 || comparison > 5)
        return -ENOSYS;
    uint32_t *word = word_at(second, PROT_READ | PROT_WRITE), before;
    if (!word)
        return second % sizeof(uint32_t) ? -EINVAL : -EFAULT;
    before = __atomic_load_n(word, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(word, &before, operate(operation, before, argument), false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        ;
    int64_t woken = wake(call->argument[0], (int)call->argument[2], FUTEX_ANY);
    if (compare(comparison, (int32_t)before, signed_12(encoded)))
        woken += wake(second, (int)call->argument[3], FUTEX_ANY);
    return woken;
}

static int64_t wake_and_requeue(const struct call *call, bool compares) {
    uint64_t from = call->argument[0], to = call->argument[4];
    int most = (int)call->argument[2], moved = (int)call->argument[3];
    uint32_t value;
    if (most < 0 || moved < 0 || to % sizeof(uint32_t) != 0)
        return -EINVAL;
    if (!word_at(to, PROT_READ) || !read_word(from, &value))
        return -EFAULT;
    if (compares && value != (uint32_t)call->argument[5])
        return -EAGAIN;
    int64_t woken = wake(from, most, FUTEX_ANY);
    return woken + (from == to ? 0 : requeue(from, to, moved));
}

int64_t sys_futex(const struct call *call) {
    uint64_t address = call->argument[0];
    uint32_t bits = (uint32_t)call->argument[5];
    if (address % sizeof(uint32_t) != 0)
        return -EINVAL;
    if (address >= USER_END)
        return -EFAULT;
    switch (call->argument[1] & FUTEX_COMMAND) {
    case FUTEX_WAIT:
        return wait(call, FUTEX_ANY);
    case FUTEX_WAIT_BITSET:
        return wait(call, bits);
    case FUTEX_WAKE:
        return wake(address, (int)call->argument[2], FUTEX_ANY);
    case FUTEX_WAKE_BITSET:
        return bits == 0 ? -EINVAL : wake(address, (int)call->argument[2], bits);
    case FUTEX_REQUEUE:
        return wake_and_requeue(call, false);
    case FUTEX_CMP_REQUEUE:
        return wake_and_requeue(call, true);
    case FUTEX_WAKE_OP:
        return wake_operate(call);
    default:
        return -ENOSYS;
    }
}

/* --- the end of a thread (Linux, Documentation/locking/robust-futexes.rst) --- */

#define FUTEX_WAITERS    0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID        0x3fffffffu
#define ROBUST_MOST      2048 /* entries, since the list may have no end */

struct robust_list {
    uint64_t next;
    int64_t offset; /* from an entry to its futex */
    uint64_t pending;
};

/* A lock that the thread holds, or (pending) was about to take or give. */
static void release(uint64_t address, const struct thread *thread, bool pending) {
    uint32_t *word = word_at(address, PROT_READ | PROT_WRITE);
    if (!word)
        return;
    uint32_t value = __atomic_load_n(word, __ATOMIC_SEQ_CST);
    do {
        if (pending && (value & FUTEX_TID) == 0)
            wake(address, 1, FUTEX_ANY);
        if ((value & FUTEX_TID) != (uint32_t)thread->tid)
            return;
    } while (!__atomic_compare_exchange_n(word, &value, (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED,
                                          false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    if (value & FUTEX_WAITERS)
        wake(address, 1, FUTEX_ANY);
}

#define PI_FLAG 1ull /* in an entry's address */

static void release_all(const struct thread *thread) {
    struct robust_list list;
    uint64_t head = thread->robust_list, next;
    if (head == 0 || !user_read(&list, head, sizeof list))
        return;
    uint64_t pending = list.pending & ~PI_FLAG;
    uint64_t entry = list.next & ~PI_FLAG;
    for (int i = 0; i < ROBUST_MOST && entry != head; i++, entry = next & ~PI_FLAG) {
        bool readable = user_read(&next, entry, sizeof next);
        if (entry != pending)
            release(entry + (uint64_t)list.offset, thread, false);
        if (!readable)
            break;
    }
    if (pending)
        release(pending + (uint64_t)list.offset, thread, true);
}

void futex_thread_ends(struct thread *thread) {
    release_all(thread);
    uint32_t *word = thread->clear_tid ? word_at(thread->clear_tid, PROT_READ | PROT_WRITE) : NULL;
    if (word) {
        __atomic_store_n(word, 0, __ATOMIC_SEQ_CST);
        wake(thread->clear_tid, 1, FUTEX_ANY);
    }
}

/* A lock that sleeps (futex(2)); never held across a call that may block. */
#pragma once

#include "sys.h"

struct lock {
    uint32_t state; /* 0 free, 1 taken, 2 taken and somebody waits */
};

static inline void lock(struct lock *lock) {
    uint32_t seen = 0;
    if (__atomic_compare_exchange_n(&lock->state, &seen, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return;
    while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0)
        sys(__NR_futex, &lock->state, FUTEX_WAIT_PRIVATE, 2, 0);
}

static inline void unlock(struct lock *lock) {
    if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
        sys(__NR_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1);
}

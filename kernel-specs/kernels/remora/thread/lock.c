/* The kernel lock. Who spins for it has interrupts off, so it sees to what others want of it. */
#include "remora/thread.h"

static uint32_t locked __attribute__((aligned(64)));

void kernel_lock(void) {
    while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE))
        while (__atomic_load_n(&locked, __ATOMIC_RELAXED)) {
            core_attend();
            __asm__ volatile("pause");
        }
}

void kernel_unlock(void) {
    __atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
}
